import { createServer } from "../../src/api/message/index.ts";
import { extensionOptions } from "./extension-sets.ts";
import { Meter, numberArgument, obey } from "./worker.ts";

const meter = new Meter();
const server = createServer(extensionOptions(numberArgument(2)), (association) => {
  association.on("message", ({ data }) => meter.add(data.length));
});
await server.listen({ port: 5_000, addresses: "127.0.0.1", udpPort: 0 });
obey(server.udpPort, { meter });
