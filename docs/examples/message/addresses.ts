/**
 * An endpoint that moves to another address while an association is up, and the peer that follows (RFC 5061).
 *
 *     npx tsx docs/examples/message/addresses.ts
 */
import { once } from "node:events";
import { connect, createServer } from "usctp";

const [first, second] = ["127.0.0.1", "127.0.0.2"];

const server = createServer({ addressReconfiguration: true }, async (association) => {
  for await (const { data } of association) await association.send(data); // echo
});
await server.listen({ port: 0, addresses: first, udpPort: 0 });

const association = await connect({
  port: server.port,
  addresses: first,
  udpPort: server.udpPort,
  localAddresses: first,
  addressReconfiguration: true,
});
association.on("path", ({ change, path }) => {
  if (change === "confirmed" || change === "removed") console.log(`${path.destination} is ${change}`);
});

await server.addAddresses([second]); // the peer is told, and verifies the address
while (!association.paths.some(({ destination, state }) => destination === second && state === "active")) {
  await once(association, "path");
}
await server.removeAddresses([first]); // nothing goes there any more
while (association.paths.length > 1) await once(association, "path");

await association.send("hello at");
for await (const { data } of association) {
  console.log(`${data} ${association.paths.map(({ destination }) => destination)}`);
  break;
}
await association.close();
await server.close();
