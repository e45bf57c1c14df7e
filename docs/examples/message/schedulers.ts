/**
 * Two streams that share an association as their weights say (RFC 8260 §3.6), with any peer.
 *
 *     npx tsx docs/examples/message/schedulers.ts
 */
import { connect, createServer } from "usctp";

const order: number[] = [];
const server = createServer((association) => {
  association.on("message", ({ stream }) => order.push(stream));
});
await server.listen({ port: 0, addresses: "127.0.0.1", udpPort: 0 });

const association = await connect({
  port: server.port,
  addresses: "127.0.0.1",
  udpPort: server.udpPort,
  scheduler: "weighted-fair",
  streamValues: new Map([
    [1, 3], // three messages of stream 1 for one of stream 2
    [2, 1],
  ]),
});
for (let i = 0; i < 300; i++) {
  for (const stream of [1, 2]) association.trySend(Buffer.alloc(1_000), { stream });
}
await association.close();
const share = order.slice(0, 300).filter((stream) => stream === 1).length / 300;
console.log(`stream 1 had ${Math.round(share * 100)} % of the first half`);
await server.close();
