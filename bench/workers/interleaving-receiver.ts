import { createServer } from "../../src/api/message/index.ts";
import { type InterleavingOptions, protocolOf, SMALL } from "./interleaving-options.ts";
import { given, monotonicMs, obey } from "./worker.ts";

const arrived: number[] = [];
const server = createServer(protocolOf(given<InterleavingOptions>()), (association) => {
  association.on("message", ({ stream }) => {
    if (stream === SMALL) arrived.push(monotonicMs());
  });
});
await server.listen({ port: 5_000, addresses: "127.0.0.1", udpPort: 0 });
obey(server.udpPort, { times: () => arrived });
