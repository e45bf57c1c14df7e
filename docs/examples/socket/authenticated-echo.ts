/**
 * An echo server that takes only peers who know a shared key (RFC 4895), and hears when one signs with another.
 *
 *     npx tsx docs/examples/socket/authenticated-echo.ts 127.0.0.1
 */
import {
  AF_INET6,
  IPPROTO_SCTP,
  SCTP_AUTH_ACTIVE_KEY,
  SCTP_AUTH_CHUNK,
  SCTP_AUTH_DEACTIVATE_KEY,
  SCTP_AUTH_DELETE_KEY,
  SCTP_AUTH_KEY,
  SCTP_AUTHENTICATION_EVENT,
  SCTP_EVENT,
  SOCK_SEQPACKET,
  socket,
} from "usctp/socket";

const [address = "127.0.0.1", secret = "a secret that both sides have"] = process.argv.slice(2);
const DATA = 0;
const COOKIE_ECHO = 10;

const server = socket(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
// All of it before listen(): what is required is told to peers, and the keys are those of associations to come.
for (const sauth_chunk of [DATA, COOKIE_ECHO])
  server.setsockopt(IPPROTO_SCTP, SCTP_AUTH_CHUNK, { sauth_chunk });
server.setsockopt(IPPROTO_SCTP, SCTP_AUTH_KEY, { sca_keynumber: 1, sca_key: Buffer.from(secret) });
server.setsockopt(IPPROTO_SCTP, SCTP_AUTH_ACTIVE_KEY, { scact_keynumber: 1 });
// The null key 0 is there at first, and who has seen the handshake could sign with it.
server.setsockopt(IPPROTO_SCTP, SCTP_AUTH_DEACTIVATE_KEY, { scact_keynumber: 0 });
server.setsockopt(IPPROTO_SCTP, SCTP_AUTH_DELETE_KEY, { scact_keynumber: 0 });
server.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_type: SCTP_AUTHENTICATION_EVENT, se_on: 1 });
await server.bind({ address, port: 5000 });
await server.listen(10);
console.log(`listening at ${address}`);

for (;;) {
  const { msg_name, data, notification } = await server.recvmsg();
  if (notification?.sn_type === SCTP_AUTHENTICATION_EVENT)
    console.log(`${notification.auth_indication}, key ${notification.auth_keynumber}`);
  else if (data.length > 0 && msg_name !== undefined) await server.sendto(data, 0, msg_name);
}
