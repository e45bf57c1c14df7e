/**
 * Streams that begin anew, and streams that are added, while an association is up (RFC 6525).
 *
 *     npx tsx docs/examples/message/reset-streams.ts
 */
import { connect, createServer } from "usctp";

const server = createServer({ inboundStreams: 64 }, (association) => {
  association.on("message", ({ data, stream }) => console.log(`${data} on stream ${stream}`));
  association.on("streamsReset", ({ streams }) => console.log(`the peer began streams ${streams} anew`));
  association.on("streamsAdded", ({ count }) => console.log(`the peer has ${count} streams more`));
});
await server.listen({ port: 0, addresses: "127.0.0.1", udpPort: 0 });

const association = await connect({
  port: server.port,
  addresses: "127.0.0.1",
  udpPort: server.udpPort,
  outboundStreams: 4,
});
await association.send("first", { stream: 3 });
await association.send("second", { stream: 3 });
console.log((await association.resetStreams({ outgoing: [3] })).outgoing);
await association.send("third", { stream: 3 });
await association.addStreams({ outgoing: 4 });
await association.send("fourth", { stream: 7 });
await association.close();
await server.close();
