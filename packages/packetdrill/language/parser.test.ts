import { describe, expect, test } from "vitest";
import { print } from "../packets/print.ts";
import type { Script, ScriptEvent } from "./ast.ts";
import { parseScript } from "./parser.ts";
import { ScriptError } from "./position.ts";

function only(script: Script): ScriptEvent {
  const [event] = script.events;
  if (event === undefined || script.events.length !== 1) throw new Error("one event was expected");
  return event;
}

/** Where reading stops, as "line:column". */
function stopsAt(source: string): string {
  try {
    parseScript(source);
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    return `${error.position.line}:${error.position.column} ${error.message}`;
  }
  return "it does not stop";
}

describe("times", () => {
  test.each([
    ["0.5 close(3) = 0", { kind: "absolute", seconds: 0.5 }],
    ["1 close(3) = 0", { kind: "absolute", seconds: 1 }],
    ["+0 close(3) = 0", { kind: "relative", seconds: 0 }],
    ["+.25 close(3) = 0", { kind: "relative", seconds: 0.25 }],
    ["* > sctp: SHUTDOWN[]", { kind: "any" }],
    [
      "+0.1~+0.3 > sctp: SHUTDOWN[]",
      { kind: "between", from: { kind: "relative", seconds: 0.1 }, to: { kind: "relative", seconds: 0.3 } },
    ],
  ])("%s", (source, time) => {
    expect(only(parseScript(source)).time).toEqual(time);
  });

  test("of a call that waits", () => {
    const { time, until } = only(parseScript("0.1...0.25 read(3, ..., 10) = 4"));
    expect(time).toEqual({ kind: "absolute", seconds: 0.1 });
    expect(until).toEqual({ kind: "absolute", seconds: 0.25 });
    expect(only(parseScript("+0...+0.25 accept(3, ..., ...) = 4")).until).toEqual({
      kind: "relative",
      seconds: 0.25,
    });
  });
});

test("a call, its errno and what stands between commas have places", () => {
  const { action } = only(parseScript("+0 listen(\n3, {onoff=1, 2}) = -1 EBADF"));
  if (action.kind !== "call") throw new Error("a call was expected");
  const struct = action.args[1];
  const items = struct?.kind === "struct" ? struct.items : [];
  const places = [action.at, ...items.map(({ at }) => at), action.errno?.at];
  expect(places.map((at) => `${at?.line}:${at?.column}`)).toEqual(["1:4", "2:5", "2:14", "2:23"]);
});

describe("calls", () => {
  test.each([
    "socket(..., SOCK_STREAM, IPPROTO_SCTP)",
    "fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK)",
    "getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4])",
    'bind(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("192.0.2.1")}, 16)',
    "sendmsg(3, {msg_name(...)=..., msg_iov(1)=[{iov_base=..., iov_len=10}], msg_flags=0}, 0)",
    "sctp_sendv(3, [{..., 500}, {..., 500}], 2, NULL, 0, NULL, 0, SCTP_SENDV_NOINFO, 0)",
    "setsockopt(3, IPPROTO_SCTP, SCTP_AUTH_KEY, {sca_keynumber=1, sca_key=[0, 255]}, 10)",
  ])("%s", (call) => {
    const { action } = only(parseScript(`+0.0 ${call} = 0`));
    if (action.kind !== "call") throw new Error("a call was expected");
    expect(`${action.name}(${action.args.map(print).join(", ")})`).toBe(call);
  });

  test.each([
    ["= 3", "3", undefined],
    ["= 0x02 (flags O_RDWR)", "2", undefined],
    ["= -1 EINPROGRESS (Operation now in progress)", "-1", "EINPROGRESS"],
    ["= -1 EAGAIN (it isn't there (yet))", "-1", "EAGAIN"],
    ["= -1 // ECONNRESET on one system", "-1", undefined],
    ["= -1 (ENOPROTOOPT)", "-1", undefined],
    ["= ...", "...", undefined],
  ])("end in %s", (end, result, errno) => {
    const { events } = parseScript(`+0 close(3) ${end}\n+0 close(4) = 0`);
    const action = events[0]?.action;
    if (action?.kind !== "call") throw new Error("a call was expected");
    expect([print(action.result), action.errno?.name]).toEqual([result, errno]);
    expect(events.length).toBe(2);
  });
});

describe("packets", () => {
  test.each([
    "INIT[flgs=0, tag=1, a_rwnd=1500, os=1, is=1, tsn=1, IPV4_ADDRESS[addr=1.1.1.1], ...]",
    "INIT_ACK[tag=1, IPV6_ADDRESS[addr=fe80::250:56ff:fe24:9e6], STATE_COOKIE[len=4, val=...]]",
    "SACK[cum_tsn=1, a_rwnd=..., gaps=[2:2, 4:7], dups=[1, 2]]",
    "FORWARD_TSN[cum_tsn=1, ids=[{1, 0}, {2, 3}]]",
    'ERROR[flgs=0, UNRESOLVABLE_ADDRESS[param=HOSTNAME_ADDRESS[addr="@A"]]]',
    "ERROR[UNRECOGNIZED_CHUNK_TYPE[chk=CHUNK[type=207, flgs=0, len=7, val=[1, 2, 3]]]]",
    "COOKIE_ACK[flgs=0]; DATA[flgs=IUBE, len=116, tsn=1, sid=0, ssn=0, ppid=0]",
    "[1, 0, 255]",
  ])("%s", (chunks) => {
    for (const direction of ["<", ">"]) {
      const { action } = only(parseScript(`+0 ${direction} sctp: ${chunks}`));
      if (action.kind !== "packet") throw new Error("a packet was expected");
      expect(action.direction).toBe(direction === "<" ? "in" : "out");
      expect(action.chunks.map(print).join("; ")).toBe(chunks);
    }
  });

  test.each([
    ["sctp(tag=7)", { tag: 7, badChecksum: false, udp: undefined }],
    ["sctp(bad_crc32c)", { tag: undefined, badChecksum: true, udp: undefined }],
    ["sctp(tag=0x10, bad_crc32c)", { tag: 16, badChecksum: true, udp: undefined }],
    ["sctp/udp(1 > 9899)", { tag: undefined, badChecksum: false, udp: { source: 1, destination: 9899 } }],
    ["sctp(tag=7)/udp(1 > 2)", { tag: 7, badChecksum: false, udp: { source: 1, destination: 2 } }],
    ["[ect0] sctp", { tag: undefined, badChecksum: false, udp: undefined }],
  ])("headers: %s", (header, wanted) => {
    expect(only(parseScript(`+0 < ${header}: ABORT[]`)).action).toMatchObject(wanted);
  });
});

describe("a script", () => {
  test("has options, comments and commands", () => {
    const { options, events } = parseScript(
      "\t--ip_version=ipv6 --mtu=1280\n/* one\n two */\n0 `sysctl -w net.inet.sctp.pr_enable=0` // three\n",
    );
    expect(options.map(({ name, value, at }) => [name, value, at.line, at.column])).toEqual([
      ["ip_version", "ipv6", 1, 2],
      ["mtu", "1280", 1, 20],
    ]);
    expect(events.map(({ action }) => action)).toEqual([
      { kind: "command", text: "sysctl -w net.inet.sctp.pr_enable=0" },
    ]);
  });

  test("has lines for one system", () => {
    const { events } = parseScript(
      "#ifdef FreeBSD\n+0 close(3) = 0\n#endif\n+0 close(4) = 0\n#ifdef Linux\n+0 close(5) = 0\n#endif",
    );
    expect(events.map(({ system }) => system)).toEqual(["FreeBSD", undefined, "Linux"]);
  });

  test.each([
    ["+0.0 socket(..., SOCK_STREAM\n = 3", '2:2 ")" should stand here, not "="'],
    ["+0 < sctp: DATA[flgs=BE", '1:24 "]" should stand here, not the end of the script'],
    ["\n  +0 < tcp: S", '2:8 "sctp" should stand here, not "tcp"'],
    ["socket(1) = 3", '1:1 a time should stand here (0.1, +0.1 or *), not "socket"'],
    ["+0 < sctp: 5", "1:12 a chunk should stand here, NAME[...], or a list of its bytes"],
    ["+0 ? ", '1:4 "?" cannot stand here'],
    ["#ifdef A\n#ifdef B", "2:1 #ifdef cannot stand in another one"],
    ["#endif", "1:1 there is no #ifdef before this #endif"],
    ["#ifdef A\n", "2:1 #endif is missing: #ifdef A"],
    ["+0 < sctp(tag=x): ABORT[]", "1:15 a tag should stand here, 0 to 4294967295"],
    ["+0 < sctp(tag=4294967296): ABORT[]", "1:15 a tag should stand here, 0 to 4294967295"],
    ["+0 < sctp(tag=-1): ABORT[]", "1:15 a tag should stand here, 0 to 4294967295"],
    ["+0 < sctp(bad_crc32c, tagg=1): ABORT[]", "1:23 here stand tag=NUMBER and bad_crc32c"],
    ["+0 > [ce] sctp: ABORT[]", "1:6 the ECN bits of what is sent cannot be seen here"],
    ["+0 > [noecn] sctp: ABORT[]", "1:6 the ECN bits of what is sent cannot be seen here"],
    ["+0 < [ec] sctp: ABORT[]", '1:7 ECN bits should stand here, not "ec"'],
    ["+0 close(3) = 0\nfoo", '2:1 a time should stand here (0.1, +0.1 or *), not "foo"'],
    ["+0 close(3) = -1 EBADF\n\nclose(4) = 0", '3:1 a time should stand here (0.1, +0.1 or *), not "close"'],
    ["+0 close(3) = -1 (a note)\nclose(4) = 0", '2:1 a time should stand here (0.1, +0.1 or *), not "close"'],
    ["+0 < sctp/udp(1 > 70000): ABORT[]", '1:19 a UDP port should stand here, not "70000"'],
    ["+0 close(3) = 0 (not closed", "1:17 this parenthesis is not closed"],
    ["+0 close(3) = 0\n+0 close(-x) = 0", '2:11 a number should stand here, not "x"'],
    ["+0 close(3) = `x`", '1:15 a value should stand here, not "x"'],
  ])("that makes no sense is refused where it does not: %j", (source, where) => {
    expect(stopsAt(source)).toBe(where);
  });
});
