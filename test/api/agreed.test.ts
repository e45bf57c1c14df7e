import { expect, test } from "vitest";
import { connect, createServer, type ProtocolOptions } from "../../src/api/message/index.ts";

/** `association.extensions`: what both sides have on. */

const all: ProtocolOptions = {
  partialReliability: true,
  reconfiguration: true,
  interleaving: true,
  authentication: { keys: new Map([[1, Buffer.from("a secret")]]) },
  addressReconfiguration: true,
};
const names = [
  "partialReliability",
  "reconfiguration",
  "interleaving",
  "authentication",
  "addressReconfiguration",
] as const;

async function agreed(here: ProtocolOptions, there: ProtocolOptions): Promise<unknown[]> {
  const server = createServer(there);
  const accepted = new Promise<unknown>((resolve) =>
    server.on("association", (association) => resolve({ ...association.extensions })),
  );
  await server.listen({ port: 0, addresses: "127.0.0.1", udpPort: 0 });
  const { port, udpPort } = server;
  const association = await connect({ port, addresses: "127.0.0.1", udpPort, ...here });
  const both = [{ ...association.extensions }, await accepted];
  association.abort();
  await server.close();
  return both;
}

test("all of them where both sides have them on", async () => {
  const yes = Object.fromEntries(names.map((name) => [name, true]));
  expect(await agreed(all, all)).toEqual([yes, yes]);
});

for (const name of names) {
  test(`not ${name} where one side has it off`, async () => {
    const off = { ...all, [name]: name === "authentication" ? undefined : false };
    // There is no changing of addresses without authentication (RFC 5061 §4.2.7).
    if (name === "authentication") off.addressReconfiguration = false;
    const expected = Object.fromEntries(
      names.map((it) => [it, it !== name && !(name === "authentication" && it === "addressReconfiguration")]),
    );
    expect(await agreed(off, all)).toEqual([expected, expected]);
    expect(await agreed(all, off)).toEqual([expected, expected]);
  });
}
