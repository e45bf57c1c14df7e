import { expect, test } from "vitest";
import { asSerial } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import type { DecodedPacket } from "../../src/packet/packet.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import type { Endpoint, Stack } from "../../src/stack/index.ts";
import { associate, events, feed, INIT, ip, listen, makeStack, PEER_PORT, poll, pollAll } from "./support.ts";

/** RFC 9260 §12.2.4.3: what a packet without a tag of ours looks through is bounded, whoever lists the address. */

const MOST = 1_024;

function addressOf(text: string): Extract<Parameter, { type: "IPV4-ADDRESS" }> {
  return { type: "IPV4-ADDRESS", address: ip(text) };
}

/** The answers of the stack to the COOKIE ECHO of a peer. */
function handshake(
  stack: Stack,
  i: number,
  from: { readonly init: string; readonly echo: string; readonly lists: readonly string[] },
): DecodedPacket["chunks"] {
  const options = { udpPort: 2_000 + i };
  const parameters = from.lists.map(addressOf);
  feed(
    stack,
    0,
    { ...options, tag: 0, from: from.init },
    { type: "INIT", ...INIT, initiateTag: i + 1, parameters },
  );
  const initAck = pollAll(stack, 0).find(({ chunks }) => chunks[0]?.type === "INIT-ACK")?.chunks[0];
  const cookie =
    initAck?.type === "INIT-ACK" ? initAck.parameters.find(({ type }) => type === "STATE-COOKIE") : undefined;
  if (initAck?.type !== "INIT-ACK" || cookie?.type !== "STATE-COOKIE") throw new Error("no cookie");
  const echo = { type: "COOKIE-ECHO", cookie: cookie.cookie } as const;
  feed(stack, 0, { ...options, tag: initAck.initiateTag, from: from.echo }, echo);
  return pollAll(stack, 0).flatMap(({ chunks }) => chunks);
}

function lookedThrough(endpoint: Endpoint, address: string): number {
  return endpoint.find(PEER_PORT, ip(address)).size;
}

const elsewhere = (i: number): string => `10.9.${i >> 8}.${i & 0xff}`;

for (const [what, from] of [
  [
    "the INIT came from it, and the COOKIE ECHO from one that it lists",
    (i: number) => ({ init: "10.0.0.2", echo: elsewhere(i), lists: [elsewhere(i)] }),
  ],
  ["the INIT lists it", (i: number) => ({ init: elsewhere(i), echo: elsewhere(i), lists: ["10.0.0.2"] })],
] as const) {
  test(`an address has 1,024 associations at most where ${what}`, () => {
    const stack = makeStack();
    const endpoint = listen(stack, "10.0.0.1");
    let answer: DecodedPacket["chunks"] = [];
    for (let i = 0; i < MOST + 50; i++) answer = handshake(stack, i, from(i));
    expect([stack.associations, lookedThrough(endpoint, "10.0.0.2")]).toEqual([MOST, MOST]);
    expect(stack.statistics.dropped.limit).toBe(50);
    expect(answer[0]).toMatchObject({ type: "ABORT", causes: [{ type: "OUT-OF-RESOURCE" }] });
    // Of other addresses there is room.
    associate(stack, 0, { from: "10.0.0.3" });
    expect(stack.associations).toBe(MOST + 1);
  });
}

const RECONFIGURES: Parameter = { type: "SUPPORTED-EXTENSIONS", chunkTypes: [0xc1, 0x80] };
const unauthenticated = { config: { addressReconfiguration: "unauthenticated" } } as const;

function change(
  type: "ADD-IP-ADDRESS" | "DELETE-IP-ADDRESS",
  n: number,
  from: string,
  address: string,
): Chunk {
  return {
    type: "ASCONF",
    serial: asSerial(INIT.initialTsn + n),
    address: addressOf(from),
    parameters: [{ type, correlationId: n, address: addressOf(address) }],
  };
}

test("an address that associations add by ASCONF is looked through for 1,024 of them, and all go on", () => {
  const stack = makeStack();
  const endpoint = listen(stack, "10.0.0.1", unauthenticated);
  const peers = Array.from({ length: MOST + 20 }, (_, i) => {
    const from = elsewhere(i);
    return { from, tag: associate(stack, 0, { from }, { initiateTag: i + 1, parameters: [RECONFIGURES] }) };
  });
  for (const { from, tag } of peers)
    feed(stack, 1, { tag, from }, change("ADD-IP-ADDRESS", 0, from, "10.0.0.2"));
  const all = [...endpoint.associations];
  expect(all.filter(({ paths }) => paths.length === 2).length).toBe(MOST + 20);
  expect(lookedThrough(endpoint, "10.0.0.2")).toBe(MOST);
  pollAll(stack, 2);
  // One that is not found by the address is found by its tag, from there, too.
  const last = peers.at(-1) as { readonly tag: number };
  feed(stack, 3, { tag: last.tag, from: "10.0.0.2" }, { type: "HEARTBEAT", info: new Uint8Array(4) });
  expect(poll(stack, 3)?.chunks[0]?.type).toBe("HEARTBEAT-ACK");
  for (const association of all) association.abort(new Uint8Array(0));
  expect([lookedThrough(endpoint, "10.0.0.2"), stack.associations]).toEqual([0, 0]);
});

test("an association waits for the routes of the paths that it has, and for no others", () => {
  const stack = makeStack();
  const endpoint = listen(stack, "10.0.0.1", unauthenticated);
  const tag = associate(stack, 0, {}, { parameters: [RECONFIGURES] });
  const [association] = endpoint.associations;
  const asked: string[] = [];
  for (let n = 0; n < 2_000; n++) {
    const address = `10.20.${(n >> 1) >> 8}.${(n >> 1) & 0xff}`;
    feed(
      stack,
      n,
      { tag },
      change(n % 2 === 0 ? "ADD-IP-ADDRESS" : "DELETE-IP-ADDRESS", n, "10.0.0.2", address),
    );
    pollAll(stack, n);
    for (const event of events(stack)) if (event.type === "route") asked.push(event.destination);
  }
  expect([asked.length, association?.paths.length]).toEqual([1_000, 1]);
  expect(association?.askedRoutes.size).toBeLessThanOrEqual(1);
  // An answer that comes late is for nobody.
  stack.handleRoute(2_000, { destination: ip("10.20.0.0"), source: ip("10.0.0.1") });
  expect(association?.paths.length).toBe(1);
});
