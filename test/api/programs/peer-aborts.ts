import { connect, createServer } from "../../../src/api/message/index.ts";

// The server listens to nothing: no "error", no catch. Whatever its peers do must not end it.
const server = createServer(async (association) => {
  association.stream(1).write("to nobody");
  for await (const { data } of association) await association.send(data);
});
await server.listen({ port: 5_000, addresses: ["127.0.0.1"], udpPort: 0 });
const to = { port: 5_000, addresses: ["127.0.0.1"], udpPort: server.udpPort };
for (const end of ["abort", "close"] as const) {
  const association = await connect(to);
  for (let i = 0; i < 100; i++) association.trySend(Buffer.alloc(1_000));
  await association[end]();
}
const last = await connect(to);
await last.close();
await server.close();
process.stdout.write("done\n");
