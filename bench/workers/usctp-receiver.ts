import { createServer } from "../../src/api/message/index.ts";
import { Meter, numberArgument, obey, search } from "./worker.ts";

const meter = new Meter();
const receiveBuffer = numberArgument(3);
const server = createServer({ receiveBuffer, pathMtuSearch: search() }, (association) => {
  association.on("message", ({ data }) => meter.add(data.length));
});
await server.listen({ port: 5_000, addresses: "127.0.0.1", udpPort: 0 });
obey(server.udpPort, { meter });
