/**
 * A one-to-many echo server that tells what happens to its associations (RFC 6458 §3, §6).
 *
 *     npx tsx docs/examples/socket/one-to-many-echo.ts 127.0.0.1
 */
import {
  AF_INET6,
  IPPROTO_SCTP,
  SCTP_ALL_ASSOC,
  SCTP_ASSOC_CHANGE,
  SCTP_EVENT,
  SCTP_PEER_ADDR_CHANGE,
  SCTP_RECVRCVINFO,
  SCTP_RECVV_RCVINFO,
  SCTP_SENDV_SNDINFO,
  SCTP_SHUTDOWN_EVENT,
  type SctpNotification,
  SOCK_SEQPACKET,
  socket,
} from "usctp/socket";

const addresses = process.argv.length > 2 ? process.argv.slice(2) : ["127.0.0.1", "::1"];

const server = socket(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
for (const se_type of [SCTP_ASSOC_CHANGE, SCTP_PEER_ADDR_CHANGE, SCTP_SHUTDOWN_EVENT]) {
  server.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_assoc_id: SCTP_ALL_ASSOC, se_type, se_on: 1 });
}
server.setsockopt(IPPROTO_SCTP, SCTP_RECVRCVINFO, 1);
await server.bindx(addresses.map((address) => ({ address, port: 5000 })));
await server.listen(10);
console.log(`listening at ${addresses.join(", ")}, SCTP port 5000, UDP port ${server.udpPort}`);

for (;;) {
  const message = await server.recvv();
  if (message.notification !== undefined) {
    console.log(describe(message.notification));
  } else if (message.infotype === SCTP_RECVV_RCVINFO) {
    const { rcv_assoc_id, rcv_sid, rcv_ppid } = message.info;
    console.log(`${message.data.length} bytes on stream ${rcv_sid} of association ${rcv_assoc_id}`);
    const info = { snd_assoc_id: rcv_assoc_id, snd_sid: rcv_sid, snd_ppid: rcv_ppid };
    // Not awaited: a peer that reads slowly, or is gone, holds up no other.
    server
      .sendv(message.data, { infotype: SCTP_SENDV_SNDINFO, info })
      .catch((error: Error) => console.log(error.message));
  }
}

function describe(notification: SctpNotification): string {
  switch (notification.sn_type) {
    case SCTP_ASSOC_CHANGE:
      return `association ${notification.sac_assoc_id}: ${notification.sac_state}`;
    case SCTP_PEER_ADDR_CHANGE:
      return `association ${notification.spc_assoc_id}: ${notification.spc_aaddr.address} ${notification.spc_state}`;
    case SCTP_SHUTDOWN_EVENT:
      return `association ${notification.sse_assoc_id}: the peer has shut down`;
    default:
      return notification.sn_type;
  }
}
