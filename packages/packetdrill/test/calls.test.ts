import { describe, expect, test } from "vitest";
import { CONNECTED, CONNECTED_LINES, judge, told } from "./support.ts";

const SOCKET = "0.0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3\n";
const MANY = "0.0 socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP) = 3\n";
const PEER = '{sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("192.0.2.1")}';
const LOCAL = '{sa_family=AF_INET, sin_port=htons(7000), sin_addr=inet_addr("192.168.0.1")}';
/** A message of the peer, and its acknowledgement. */
const MESSAGE = `
+0 < sctp: DATA[flgs=IBE, len=20, tsn=1, sid=2, ssn=0, ppid=46]
+0 > sctp: SACK[flgs=0, cum_tsn=1, a_rwnd=..., gaps=[], dups=[]]
`;
const sent = (fields: string): string => `+0 > sctp: DATA[flgs=BE, len=26, tsn=1, ${fields}]`;

async function passes(source: string): Promise<void> {
  expect(told(await judge(source))).toBe("passed");
}

describe("making, binding and closing", () => {
  test.each([
    [
      "socket",
      "0 socket(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP) = 3\n+0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 5",
    ],
    ["socket", "0 socket(..., SOCK_DGRAM, IPPROTO_SCTP) = -1 ESOCKTNOSUPPORT"],
    ["socket", "0 socket(..., SOCK_STREAM, IPPROTO_UDP) = -1 EPROTONOSUPPORT"],
    [
      "bind, getsockname",
      `${SOCKET}+0 bind(3, ${LOCAL}, 16) = 0\n+0 getsockname(3, ${LOCAL}, [16]) = 0\n+0 bind(3, ..., ...) = -1 EINVAL`,
    ],
    [
      "bind",
      `${SOCKET}+0 bind(3, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("10.9.9.9")}, 16) = -1 EADDRNOTAVAIL`,
    ],
    [
      "bind",
      `${SOCKET}+0 bind(3, {sa_family=AF_INET, sin_port=htons(7), sin_addr=htonl(INADDR_ANY)}, 16) = 0`,
    ],
    [
      "sctp_bindx",
      `${SOCKET}+0 sctp_bindx(3, [...], 1, SCTP_BINDX_ADD_ADDR) = 0\n+0 sctp_bindx(3, [...], 1, SCTP_BINDX_REM_ADDR) = -1 EINVAL`,
    ],
    [
      "listen, accept",
      `${SOCKET}+0 fcntl(3, F_SETFL, O_NONBLOCK) = 0\n+0 listen(3, 1) = 0\n+0 accept(3, ..., ...) = -1 EWOULDBLOCK`,
    ],
    ["accept", `${SOCKET}+0 accept(3, ..., ...) = -1 EINVAL`],
    [
      "fcntl",
      `${SOCKET}+0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)\n+0 fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK) = 0`,
    ],
    ["getpeername", `${SOCKET}+0 getpeername(3, ..., ...) = -1 ENOTCONN`],
    ["getpeername", `${CONNECTED}+0 getpeername(3, ${PEER}, ...) = 0`],
    ["connect", `${CONNECTED}+0 connect(3, ..., ...) = -1 EISCONN`],
    ["sctp_connectx", `${MANY}+0 sctp_connectx(3, [...], 1, [3]) = -1 EINPROGRESS\n+0 > sctp: INIT[...]`],
    ["sctp_peeloff", `${SOCKET}+0 sctp_peeloff(3, 3) = -1 EOPNOTSUPP`],
    ["sctp_getpaddrs", `${CONNECTED}+0 sctp_getpaddrs(3, 0, [${PEER}]) = 1\n+0 sctp_freepaddrs(...) = 0`],
    [
      "sctp_getladdrs",
      `${SOCKET}+0 bind(3, ${LOCAL}, 16) = 0\n+0 sctp_getladdrs(3, 0, [${LOCAL}]) = 1\n+0 sctp_freeladdrs(...) = 0`,
    ],
    ["shutdown", `${SOCKET}+0 shutdown(3, SHUT_WR) = -1 ENOTCONN`],
    ["shutdown", `${CONNECTED}+0 shutdown(3, SHUT_RDWR) = 0\n+0 > sctp: SHUTDOWN[flgs=0, cum_tsn=0]`],
    ["close", `${SOCKET}+0 close(3) = 0\n+0 close(3) = -1 EBADF\n+0 read(9, ..., 1) = -1 EBADF`],
  ])("%s: %s", async (_name, source) => passes(source));
});

describe("options", () => {
  test.each([
    [
      "setsockopt, getsockopt",
      "+0 setsockopt(3, IPPROTO_SCTP, SCTP_MAX_BURST, {assoc_value=7}, 8) = 0\n+0 getsockopt(3, IPPROTO_SCTP, SCTP_MAX_BURST, {assoc_id=0, assoc_value=7}, [8]) = 0",
    ],
    [
      "of a number",
      "+0 setsockopt(3, IPPROTO_SCTP, SCTP_NODELAY, [1], 4) = 0\n+0 getsockopt(3, IPPROTO_SCTP, SCTP_NODELAY, [1], [4]) = 0",
    ],
    [
      "of names, and FreeBSD's numbers for them",
      "+0 getsockopt(3, IPPROTO_SCTP, SCTP_STATUS, {sstat_state=SCTP_ESTABLISHED, sstat_primary={spinfo_state=1}}, [176]) = 0\n+0 getsockopt(3, IPPROTO_SCTP, SCTP_STATUS, {sstat_state=8}, [176]) = 0",
    ],
    [
      "of flags in FreeBSD's numbers",
      "+0 setsockopt(3, IPPROTO_SCTP, SCTP_DEFAULT_SNDINFO, {snd_flags=0x0400}, 16) = 0\n+0 getsockopt(3, IPPROTO_SCTP, SCTP_DEFAULT_SNDINFO, {snd_flags=SCTP_UNORDERED}, [16]) = 0",
    ],
    [
      "of addresses",
      `+0 setsockopt(3, IPPROTO_SCTP, SCTP_PRIMARY_ADDR, {ssp_addr=${PEER}}, 136) = 0\n+0 getsockopt(3, IPPROTO_SCTP, SCTP_GET_PEER_ADDR_INFO, {spinfo_address=${PEER}, spinfo_mtu=1468}, [152]) = 0`,
    ],
    [
      "of keys",
      "+0 setsockopt(3, IPPROTO_SCTP, SCTP_AUTH_KEY, {sca_keynumber=5, sca_keylength=2, sca_key=[1, 2]}, 10) = 0\n+0 setsockopt(3, IPPROTO_SCTP, SCTP_AUTH_ACTIVE_KEY, {scact_keynumber=5}, 8) = 0",
    ],
    [
      "of SOL_SOCKET",
      "+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, 8) = 0\n+0 getsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, [8]) = 0\n+0 getsockopt(3, SOL_SOCKET, SO_TYPE, [SOCK_STREAM], [4]) = 0",
    ],
    ["that there are not", "+0 getsockopt(3, SOL_SOCKET, SO_REUSEADDR, [0], [4]) = -1 ENOPROTOOPT"],
    ["sctp_opt_info", "+0 sctp_opt_info(3, 3, SCTP_RTOINFO, {srto_min=1000}, [16]) = 0"],
  ])("%s", async (_name, lines) => passes(`${CONNECTED}${lines}`));

  // Before a peer has been told of them.
  test("of lists", async () => {
    const idents = "{shmac_number_of_idents=1, shmac_idents=[SCTP_AUTH_HMAC_ID_SHA1]}";
    await passes(
      `${SOCKET}+0 setsockopt(3, IPPROTO_SCTP, SCTP_HMAC_IDENT, ${idents}, 8) = 0\n+0 getsockopt(3, IPPROTO_SCTP, SCTP_HMAC_IDENT, {shmac_idents=[1]}, [8]) = 0`,
    );
  });

  test("of a buffer that was sent before it ends", async () => {
    await passes(`${MANY}+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0`);
  });
});

describe("sending", () => {
  test.each([
    ["write", "+0 write(3, ..., 10) = 10", sent("sid=0, ssn=0, ppid=0")],
    ["writev", "+0 writev(3, [{iov_base=..., iov_len=4}, {..., 6}], 2) = 10", sent("sid=0, ssn=0, ppid=0")],
    ["send", "+0 send(3, ..., 10, 0) = 10", sent("sid=0, ssn=0, ppid=0")],
    ["sendto", "+0 sendto(3, ..., 10, 0, ..., ...) = 10", sent("sid=0, ssn=0, ppid=0")],
    ["sendto", "+0 sendto(3, ..., 10, 0, NULL, 0) = 10", sent("sid=0, ssn=0, ppid=0")],
    [
      "sendmsg",
      "+0 sendmsg(3, {msg_name(...)=..., msg_iov(1)=[{iov_base=..., iov_len=10}], msg_control(28)=[{cmsg_len=28, cmsg_level=IPPROTO_SCTP, cmsg_type=SCTP_SNDINFO, cmsg_data={snd_sid=3, snd_ppid=htonl(9)}}], msg_flags=0}, 0) = 10",
      sent("sid=3, ssn=0, ppid=9"),
    ],
    [
      "sctp_sendmsg",
      "+0 sctp_sendmsg(3, ..., 10, ..., ..., htonl(9), 0, 3, 0, 0) = 10",
      sent("sid=3, ssn=0, ppid=9"),
    ],
    [
      "sctp_sendmsg, with a PPID in this machine's order",
      "+0 sctp_sendmsg(3, ..., 10, NULL, 0, 0x09000000, 0, 3, 0, 0) = 10",
      sent("sid=3, ssn=0, ppid=9"),
    ],
    [
      "sctp_send",
      "+0 sctp_send(3, ..., 10, {sinfo_stream=3, sinfo_ppid=htonl(9)}, 0) = 10",
      sent("sid=3, ssn=0, ppid=9"),
    ],
    [
      "sctp_sendx",
      "+0 sctp_sendx(3, ..., 10, [...], 1, {sinfo_stream=3, sinfo_ppid=htonl(9)}, 0) = 10",
      sent("sid=3, ssn=0, ppid=9"),
    ],
    [
      "sctp_sendv",
      "+0 sctp_sendv(3, [{..., 10}], 1, NULL, 0, {snd_sid=3, snd_ppid=htonl(9)}, 16, SCTP_SENDV_SNDINFO, 0) = 10",
      sent("sid=3, ssn=0, ppid=9"),
    ],
    [
      "sctp_sendv, with FreeBSD's number",
      "+0 sctp_sendv(3, [{..., 10}], 1, NULL, 0, NULL, 0, 0, 0) = 10",
      sent("sid=0, ssn=0, ppid=0"),
    ],
    ["send, with a flag that no SCTP socket takes", "+0 send(3, ..., 10, MSG_EOF) = -1 EINVAL", ""],
    ["send, with a flag that the face does not take", "+0 send(3, ..., 10, MSG_DONTROUTE) = -1 EINVAL", ""],
    ["what fails", "+0 sctp_sendmsg(3, ..., 10, NULL, 0, 0, 0, 4, 0, 0) = -1 EINVAL", ""],
  ])("%s", async (_name, call, packet) => passes(`${CONNECTED}${call}\n${packet}`));
});

describe("receiving", () => {
  test.each([
    ["read", "+0 read(3, ..., 100) = 4\n+0 read(3, ..., 100) = -1 EAGAIN"],
    ["read, what the peer sent", "+0 read(3, [0x55, 0x55, 0x55, 0x55], 4) = 4"],
    ["readv", "+0 readv(3, [{iov_base=..., iov_len=3}, {..., 1}], 2) = 4"],
    ["recv", "+0 recv(3, ..., 100, MSG_PEEK) = 4\n+0 recv(3, ..., 100, 0) = 4"],
    ["recvfrom", `+0 recvfrom(3, ..., 100, 0, ${PEER}, [16]) = 4`],
    [
      "recvmsg",
      `+0 recvmsg(3, {msg_name(16)=${PEER}, msg_iov(1)=[{iov_base=..., iov_len=3}], msg_control(0)=[], msg_flags=0}, 0) = 3\n+0 recvmsg(3, {msg_iov(1)=[{iov_base="U", iov_len=3}], msg_flags=MSG_EOR}, 0) = 1`,
    ],
    [
      "recvmsg with ancillary data",
      "+0 setsockopt(3, IPPROTO_SCTP, SCTP_RECVRCVINFO, [1], 4) = 0\n+0 recvmsg(3, {msg_iov(1)=[{iov_base=..., iov_len=9}], msg_control(40)=[{cmsg_len=40, cmsg_level=IPPROTO_SCTP, cmsg_type=SCTP_RCVINFO, cmsg_data={rcv_sid=2, rcv_ppid=htonl(46), rcv_tsn=1}}], msg_flags=MSG_EOR}, 0) = 4",
    ],
    ["sctp_recvmsg", `+0 sctp_recvmsg(3, ..., 100, ${PEER}, 16, ..., MSG_EOR) = 4`],
    [
      "sctp_recvv",
      "+0 setsockopt(3, IPPROTO_SCTP, SCTP_RECVRCVINFO, [1], 4) = 0\n+0 sctp_recvv(3, [{..., 100}], 1, ..., 16, {rcv_sid=2, rcv_ssn=0, rcv_ppid=htonl(46)}, [28], [SCTP_RECVV_RCVINFO], [MSG_EOR]) = 4",
    ],
    [
      "sctp_recvv, where there is no room for more",
      "+0 setsockopt(3, IPPROTO_SCTP, SCTP_RECVRCVINFO, [1], 4) = 0\n+0 sctp_recvv(3, [{..., 100}], 1, ..., 16, NULL, [0], [SCTP_RECVV_NOINFO], [MSG_EOR]) = 4",
    ],
  ])("%s", async (_name, lines) => passes(`${CONNECTED}${MESSAGE}${lines}`));
});

describe("what a call gives otherwise is told", () => {
  const line = CONNECTED_LINES + 1;
  test.each([
    ["+0 write(3, ..., 10) = 9", `${line} result: 9 | 10`],
    ["+0 read(3, ..., 10) = 3", `${line} result: 3 | -1 EAGAIN`],
    ["+0 read(3, ..., 10) = -1 EBADF", `${line} result: -1 EBADF | -1 EAGAIN`],
    ["+0 getsockopt(3, IPPROTO_SCTP, SCTP_NODELAY, [1], [4]) = 0", `${line} value: 1 | 0`],
    [
      "+0 getsockopt(3, IPPROTO_SCTP, SCTP_STATUS, {sstat_state=SCTP_CLOSED}, [176]) = 0",
      `${line} value.sstat_state: SCTP_CLOSED | SCTP_ESTABLISHED`,
    ],
    [
      "+0 getsockopt(3, IPPROTO_SCTP, SCTP_STATUS, {sstat_primary={spinfo_mtu=1}}, [176]) = 0",
      `${line} value.sstat_primary.spinfo_mtu: 1 | 1468`,
    ],
    [`+0 getpeername(3, ${LOCAL}, ...) = 0`, `${line} address: 192.168.0.1 port 7000 | 192.0.2.1 port 8080`],
    ["+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0", `${line} value: ETIMEDOUT | 0`],
  ])("%s", async (call, difference) => {
    expect(told(await judge(`${CONNECTED}${call}`))).toBe(difference);
  });

  test.each([
    ['+0 read(3, "Uwu", 10) = 4', "data: 3 bytes: 55 77 75 | 4 bytes: 55 55 55 55"],
    ["+0 recvmsg(3, {msg_iov(1)=[{iov_base=..., iov_len=9}], msg_flags=0}, 0) = 4", "msg_flags: 0 | 128"],
    [
      "+0 recvmsg(3, {msg_iov(1)=[{iov_base=..., iov_len=9}], msg_flags=MSG_EOR|MSG_CTRUNC}, 0) = 4",
      "msg_flags: 136 | 128",
    ],
    [
      "+0 sctp_recvmsg(3, {sac_state=SCTP_COMM_UP}, 9, ..., ..., ..., MSG_EOR) = 4",
      "notification: a structure | nothing",
    ],
    [
      "+0 recvmsg(3, {msg_iov(1)=[{..., 9}], msg_control(1)=[{cmsg_type=SCTP_RCVINFO}]}, 0) = 4",
      "msg_control.length: 1 | 0",
    ],
  ])("%s", async (call, difference) => {
    const verdict = told(await judge(`${CONNECTED}${MESSAGE}${call}`));
    expect(verdict.slice(verdict.indexOf(" ") + 1)).toBe(difference);
  });
});

/** What the peer ends: notifications of 20 bytes and of 8 in the ABIs of C, of 21 and more here. */
const NOTIFIED = `${CONNECTED}
+0 setsockopt(3, IPPROTO_SCTP, SCTP_EVENT, {se_type=SCTP_SHUTDOWN_EVENT, se_on=1}, 8) = 0
+0 < sctp: SHUTDOWN[cum_tsn=0]
+0 > sctp: SHUTDOWN_ACK[flgs=0]
`;

describe("the length of a notification is an ABI's", () => {
  const calls = [
    ["read", "read(3, ..., 2000)"],
    ["readv", "readv(3, [{..., 2000}], 1)"],
    ["recv", "recv(3, ..., 2000, 0)"],
    ["recvfrom", "recvfrom(3, ..., 2000, 0, ..., ...)"],
    ["recvmsg", "recvmsg(3, {msg_iov(1)=[{..., 2000}], msg_flags=...}, 0)"],
    ["sctp_recvmsg", "sctp_recvmsg(3, ..., 2000, ..., ..., ..., ...)"],
    ["sctp_recvv", "sctp_recvv(3, [{..., 2000}], 1, ..., ..., ..., ..., ..., ...)"],
  ] as const;

  test.each(calls)("%s: some", async (_name, call) => {
    await passes(`${NOTIFIED}+0 ${call} = 8`);
    await passes(`${NOTIFIED}+0 ${call} = 20`);
    await passes(`${NOTIFIED}+0 ${call} = 1999`);
  });

  test.each(calls)("%s: not none, not an error, and not more than there is room for", async (_name, call) => {
    for (const wanted of ["0", "-1", "-1 EAGAIN", "2001"]) {
      const verdict = told(await judge(`${NOTIFIED}+0 ${call} = ${wanted}`));
      expect(verdict).toMatch(new RegExp(`^\\d+ result: ${wanted} \\| \\d+$`));
    }
  });

  test("that of data is not", async () => {
    const verdict = told(await judge(`${CONNECTED}${MESSAGE}+0 read(3, ..., 100) = 5`));
    expect(verdict).toMatch(/ result: 5 \| 4$/);
  });
});

test("data is compared to its last byte", async () => {
  const received = (text: string): string => `${CONNECTED}
+0 < sctp: DATA[flgs=IBE, len=76, tsn=1, sid=0, ssn=0, ppid=0]
+0 > sctp: SACK[cum_tsn=1]
+0 read(3, "${text}", 60) = 60`;
  await passes(received("U".repeat(60)));
  expect(told(await judge(received(`${"U".repeat(59)}V`)))).toMatch(/ 56 \| 60 bytes: 55 .* 55$/);
});

describe("what there is not is refused where it stands", () => {
  test.each([
    [
      "0 sokket(..., SOCK_STREAM, IPPROTO_SCTP) = 3",
      "1:3 script: a script | there is no system call sokket()",
    ],
    ["0 bind(3, ...) = 0", "1:3 script: a script | bind() takes 3 arguments, not 2"],
    [
      "0 socket(..., SOCK_STRAM, IPPROTO_SCTP) = 3",
      "1:15 script: a script | there is no constant SOCK_STRAM",
    ],
    [
      "0 getsockopt(3, IPPROTO_SCTP, SCTP_RTOINFO, {srto_initail=...}, [16]) = 0",
      "1:46 script: a script | no structure has a member srto_initail",
    ],
    [
      "0 setsockopt(3, IPPROTO_SCTP, SCTP_RTOINFO, {100, 200, 300}, 16) = 0",
      "1:46 script: a script | a member of a structure has a name, NAME=VALUE",
    ],
    [
      "0 setsockopt(3, IPPROTO_SCTP, SCTP_INITMSG, {sinit_num_ostream=1}, 16) = 0",
      "1:46 script: a script | no structure has a member sinit_num_ostream",
    ],
    [
      "0 sendmsg(3, {msg_iov(1)=[{..., 4}], msg_control(16)=[{cmsg_data={1, 2}}]}, 0) = 4",
      "1:67 script: a script | a member of a structure has a name, NAME=VALUE",
    ],
    ["0 fcntl(3) = 0", "1:3 script: a script | fcntl() takes 3 arguments, not 1"],
    ["0 socket(EFOO, SOCK_STREAM, 0) = 3", "1:10 script: a script | there is no constant EFOO"],
    ["0 close(3) = -1 EFOOBAR", "1:17 script: a script | EFOOBAR is not the name of an errno"],
    ["0 close(htonq(3)) = 0", "1:9 script: a script | there is no function htonq()"],
    ["0 close(3) = -1 BAD", "1:17 script: a script | BAD is not the name of an errno"],
    ["0 close(DATA[tsn=1]) = 0", "1:9 script: a script | a value should stand here, not DATA[...]"],
    ["0 `reboot`", "1:1 script: a script | this command is not known: reboot"],
    [
      "0 `sysctl -w net.inet.sctp.warp=1`",
      "1:1 script: a script | this command is not known: sysctl -w net.inet.sctp.warp=1",
    ],
    ["--warp=9\n0 close(3) = 0", "1:1 script: a script | there is no option --warp"],
    [
      "--mtu=10\n0 close(3) = 0",
      "1:1 script: a script | --mtu takes a whole number from 576 to 65507, not 10",
    ],
    ["0...0.1 < sctp: ABORT[]", "1:1 script: a script | only a call has a time at which it ends"],
  ])("%s", async (source, refusal) => {
    expect(told(await judge(source))).toBe(refusal);
  });
});
