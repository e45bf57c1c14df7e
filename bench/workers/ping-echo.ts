import { createServer, type ProtocolOptions } from "../../src/api/message/index.ts";
import { given, obey } from "./worker.ts";

/** Small messages go on this stream, and bulk on the next. */
const PING = 0;

const { protocol } = given<{ readonly protocol: ProtocolOptions }>();
const server = createServer(protocol, (association) => {
  association.on("message", ({ stream, data }) => {
    if (stream === PING) association.trySend(data, { stream: PING });
  });
});
await server.listen({ port: 5_000, addresses: "127.0.0.1", udpPort: 0 });
obey(server.udpPort);
