import { connect, createServer } from "../../../src/api/message/index.ts";

// Opens and closes everything there is, and then has nothing more to do.
const server = createServer(async (association) => {
  for await (const { data } of association) await association.send(data);
});
await server.listen({ port: 5_000, addresses: ["127.0.0.1", "0.0.0.0"], udpPort: 0 });
const { udpPort } = server;
const association = await connect({ port: 5_000, addresses: ["127.0.0.1"], udpPort });
await association.send("ping");
for await (const { data } of association) {
  if (data.toString() === "ping") break;
}
await association.close({ timeout: 60_000 });
await connect({ port: 5_001, addresses: ["127.0.0.1"], udpPort, timeout: 5_000 }).catch(() => {});
await connect({ port: 5_000, addresses: ["127.0.0.1"], udpPort: 1, timeout: 20 }).catch(() => {});
await server.close({ timeout: 60_000 });
process.stdout.write("done\n");
