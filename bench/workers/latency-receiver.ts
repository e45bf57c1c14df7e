import { createServer } from "../../src/api/message/index.ts";
import { latencyOptions, SMALL } from "./latency-options.ts";
import { monotonicMs, obey } from "./worker.ts";

const arrived: number[] = [];
const server = createServer(latencyOptions(), (association) => {
  association.on("message", ({ stream }) => {
    if (stream === SMALL) arrived.push(monotonicMs());
  });
});
await server.listen({ port: 5_000, addresses: "127.0.0.1", udpPort: 0 });
obey(server.udpPort, { times: () => arrived });
