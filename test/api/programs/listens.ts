import { connect, createServer } from "../../../src/api/message/index.ts";

// The server alone keeps the process alive: the timer does not. What has ended keeps nothing alive.
const server = createServer();
await server.listen({ port: 5_000, addresses: ["127.0.0.1"], udpPort: 0 });
setTimeout(async () => {
  const association = await connect({ port: 5_000, addresses: ["127.0.0.1"], udpPort: server.udpPort });
  await association.close();
  server.unref();
  process.stdout.write("done\n");
}, 100).unref();
