import { createServer, type ProtocolOptions } from "../../src/api/message/index.ts";
import { given, Meter, meterOrders, obey } from "./worker.ts";

export interface ReceiverOptions {
  readonly addresses: readonly string[];
  readonly protocol: ProtocolOptions;
  /** Whether the times of messages matter. */
  readonly timed: boolean;
}

const { addresses, protocol, timed } = given<ReceiverOptions>();
const meter = new Meter(timed);
const server = createServer(protocol, (association) => {
  association.on("message", ({ data }) => meter.add(data.length));
});
await server.listen({ port: 5_000, addresses, udpPort: 0 });
obey(server.udpPort, meterOrders(meter));
