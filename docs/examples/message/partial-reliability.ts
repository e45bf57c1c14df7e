/**
 * Messages that are given up when they come too late to be of use (RFC 3758, RFC 7496). Both sides are partially reliable
 * unless they say `partialReliability: false`.
 *
 *     npx tsx docs/examples/message/partial-reliability.ts
 */
import { connect, createServer } from "usctp";

const server = createServer({ receiveBuffer: 64_000 });
await server.listen({ port: 0, addresses: "127.0.0.1", udpPort: 0 });

const association = await connect({
  port: server.port,
  addresses: "127.0.0.1",
  udpPort: server.udpPort,
});
association.on("failed", ({ context }) => console.log(`given up: ${context}`));

// Nobody reads at the server, so that its window is soon full, and what is behind has to wait.
await association.send(Buffer.alloc(100_000), { stream: 0, context: "the first" });
await association.send("position 1", { stream: 1, lifetime: 100, context: "position 1" });
await association.send("position 2", { stream: 1, maxRetransmits: 0, lifetime: 100, context: "position 2" });
await association.send("goodbye", { stream: 1 });

// Now somebody does. Positions are out of date; "goodbye" is not held up by them.
setTimeout(async () => {
  for await (const accepted of server) {
    for await (const { data, end } of accepted) {
      if (end) console.log(data.length < 20 ? data.toString() : "the first has come");
      if (data.toString() === "goodbye") break;
    }
    break;
  }
}, 300);
await association.close();
await server.close();
