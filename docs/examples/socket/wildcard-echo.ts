/**
 * A server at every address of this machine, IPv4 and IPv6: it answers from the address that was asked.
 *
 *     npx tsx docs/examples/socket/wildcard-echo.ts
 */
import { AF_INET6, IPPROTO_SCTP, SOCK_SEQPACKET, socket } from "usctp/socket";

const server = socket(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
await server.bind({ address: "::", port: 5000 });
await server.listen(10);
const addresses = server.getladdrs().map(({ address }) => address);
console.log(`listening at ${addresses.join(" ")}`);

for (;;) {
  const { data, msg_name } = await server.recvmsg();
  if (msg_name !== undefined) await server.sendto(data, 0, msg_name);
}
