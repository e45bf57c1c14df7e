import { createServer } from "../../src/api/message/index.ts";
import { type ExtensionSet, extensionOptions } from "./extension-sets.ts";
import { given, Meter, meterOrders, obey } from "./worker.ts";

const { set } = given<{ readonly set: ExtensionSet }>();
const meter = new Meter();
const server = createServer(extensionOptions(set), (association) => {
  association.on("message", ({ data }) => meter.add(data.length));
});
await server.listen({ port: 5_000, addresses: "127.0.0.1", udpPort: 0 });
obey(server.udpPort, meterOrders(meter));
