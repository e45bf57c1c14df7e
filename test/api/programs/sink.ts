import { createServer } from "../../../src/api/message/index.ts";

/** Reads whatever comes, and says its UDP port on the first line. */
const server = createServer({}, async (association) => {
  for await (const _ of association);
});
await server.listen({ port: 5_000, addresses: ["127.0.0.1", "127.0.0.2"], udpPort: 0 });
process.stdout.write(`${server.udpPort}\n`);
