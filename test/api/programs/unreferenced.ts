import { connect, createServer } from "../../../src/api/message/index.ts";

// Everything stays open, and nothing of it keeps the process alive.
const server = createServer((association) => association.unref());
await server.listen({ port: 5_000, addresses: ["127.0.0.1"], udpPort: 0 });
const association = await connect({ port: 5_000, addresses: ["127.0.0.1"], udpPort: server.udpPort });
await association.send("x", { until: "acknowledged" });
association.unref();
server.unref();
process.stdout.write("done\n");
