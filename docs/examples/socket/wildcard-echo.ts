/**
 * A server at every address of this machine, IPv4 and IPv6: it answers from the address that was asked.
 *
 *     npx tsx docs/examples/socket/wildcard-echo.ts
 */
import {
  AF_INET6,
  IPPROTO_SCTP,
  SCTP_RECVRCVINFO,
  SCTP_RECVV_RCVINFO,
  SCTP_SENDV_SNDINFO,
  SOCK_SEQPACKET,
  socket,
} from "usctp/socket";

const server = socket(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
server.setsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO, 1);
await server.bind({ address: "::", port: 5000 });
await server.listen(10);
const addresses = server.getladdrs().map(({ address }) => address);
console.log(`listening at ${addresses.join(" ")}`);

for (;;) {
  const message = await server.recvv();
  if (message.infotype !== SCTP_RECVV_RCVINFO) continue;
  const info = { snd_assoc_id: message.info.rcv_assoc_id };
  server
    .sendv(message.data, { infotype: SCTP_SENDV_SNDINFO, info })
    .catch((error: Error) => console.log(error.message));
}
