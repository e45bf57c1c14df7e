/**
 * A small message that overtakes a large one which is under way: interleaving, and a scheduler by priority (RFC 8260).
 *
 *     npx tsx docs/examples/message/interleaving.ts
 */
import { connect, createServer } from "usctp";

const server = createServer({ interleaving: true }, (association) => {
  association.on("message", ({ data, stream }) => console.log(`${data.length} bytes on stream ${stream}`));
});
await server.listen({ port: 0, addresses: "127.0.0.1", udpPort: 0 });

const association = await connect({
  port: server.port,
  addresses: "127.0.0.1",
  udpPort: server.udpPort,
  interleaving: true,
  scheduler: "priority",
  streamValues: new Map([[1, 9]]), // stream 1 goes last; 0, as all others have it, is the highest
});
await association.send(Buffer.alloc(1_000_000), { stream: 1 });
await association.send("urgent", { stream: 2 });
await association.close();
await server.close();
