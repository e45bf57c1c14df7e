/**
 * A one-to-many server that peels each association off to a socket of its own (RFC 6458 §9.2).
 *
 *     npx tsx docs/examples/socket/peeloff-echo.ts 127.0.0.1
 */
import {
  AF_INET6,
  IPPROTO_SCTP,
  SCTP_ASSOC_CHANGE,
  SCTP_COMM_UP,
  SCTP_EVENT,
  type SctpSocket,
  SOCK_SEQPACKET,
  socket,
} from "usctp/socket";

const addresses = process.argv.length > 2 ? process.argv.slice(2) : ["127.0.0.1", "::1"];

const server = socket(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
server.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_type: SCTP_ASSOC_CHANGE, se_on: 1 });
await server.bindx(addresses.map((address) => ({ address, port: 5000 })));
await server.listen(10);
console.log(`listening at ${addresses.join(", ")}`);

for (;;) {
  const { notification } = await server.recvmsg();
  if (notification?.sn_type !== SCTP_ASSOC_CHANGE || notification.sac_state !== SCTP_COMM_UP) continue;
  const peeled = server.peeloff(notification.sac_assoc_id);
  // It inherited the subscription.
  peeled.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_type: SCTP_ASSOC_CHANGE, se_on: 0 });
  const { address, port } = peeled.getpeername();
  echo(peeled, `${address} port ${port}`).catch((error: Error) => console.log(error.message));
}

/** Until the association is over: then there is nothing to read. */
async function echo(peeled: SctpSocket, peer: string): Promise<void> {
  console.log(`${peer} has a socket of its own`);
  for (let data = await peeled.recv(); data.length > 0; data = await peeled.recv()) await peeled.send(data);
  console.log(`${peer} is gone`);
  await peeled.close();
}
