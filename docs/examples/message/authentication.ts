/**
 * Messages that are authenticated with a shared key (RFC 4895): a server that takes none other, and a client.
 *
 *     npx tsx docs/examples/message/authentication.ts
 */
import { connect, createServer } from "usctp";

const keys = new Map([[1, Buffer.from("a secret that both sides have")]]);

// DATA (0) and COOKIE ECHO (10): who does not know the key gets no association, and delivers nothing.
const server = createServer({ authentication: { keys, requiredChunks: [0, 10] } }, async (association) => {
  for await (const { data } of association) console.log(`${data}, authenticated`);
});
await server.listen({ port: 0, addresses: "127.0.0.1", udpPort: 0 });
const { port, udpPort } = server;

const association = await connect({ port, addresses: "127.0.0.1", udpPort, authentication: { keys } });
console.log(`both sides authenticate: ${association.extensions.authentication}`);
await association.send("hello");
await association.close();

const stranger = { keys: new Map([[1, Buffer.from("another secret")]]) };
try {
  await connect({ port, addresses: "127.0.0.1", udpPort, authentication: stranger, timeout: 1_000 });
} catch (error) {
  console.log((error as NodeJS.ErrnoException).code);
}
await server.close();
