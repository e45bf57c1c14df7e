/**
 * The path MTU as a search by probes finds it (RFC 8899): towards this machine itself, about 64 KiB.
 *
 *     npx tsx docs/examples/message/path-mtu.ts
 */
import { once } from "node:events";
import { connect, createServer } from "usctp";

const server = createServer({ pathMtuSearch: "own" });
await server.listen({ port: 0, addresses: "127.0.0.1", udpPort: 0 });

const association = await connect({
  port: server.port,
  addresses: "127.0.0.1",
  udpPort: server.udpPort,
  pathMtuSearch: "own", // "always": everywhere, up to the MTU of our link
});
let mtu = association.paths[0]?.mtu ?? 0;
console.log(mtu <= 1_500 ? "begins small" : "begins large");
while (mtu < 60_000) {
  const [{ path }] = await once(association, "path");
  mtu = path.mtu;
}
console.log(`packets of ${mtu} bytes`);
await association.close();
await server.close();
