import { expect, test } from "vitest";
import { defaultConfig } from "../../src/association/config.ts";
import type { IpAddress } from "../../src/base/address.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { feed, INIT, ip, listen, makeStack, PORT, packetOf, pollAll } from "../stack/support.ts";
import { authentication, SHA1 } from "../support/authentication.ts";
import { scriptedTest } from "../support/ladder-test.ts";
import { unknownChunk } from "../support/scripted-peer.ts";
import { HMAC_ALGO, RANDOM } from "../support/signing-peer.ts";

/** RFC 5062 §5 to §10: who has not proved an address cannot have us send much to it. */

/** An unrecognized parameter that is to be reported, without a value. */
const unknown: Parameter = { type: "UNKNOWN", typeCode: 0xc777, bytes: Uint8Array.of(0xc7, 0x77, 0, 4) };
const listed = (count: number): Parameter[] =>
  Array.from({ length: count }, (_, i) => ({
    type: "IPV6-ADDRESS",
    address: ip(`fd00::${(i + 1).toString(16)}`),
  }));

const ownAddress = (parameter: Parameter): readonly IpAddress[] =>
  parameter.type === "IPV4-ADDRESS" || parameter.type === "IPV6-ADDRESS" ? [parameter.address] : [];

const inits: readonly [string, readonly Parameter[]][] = [
  ["that is bare", []],
  ["with 256 unknown parameters", Array.from({ length: 256 }, () => unknown)],
  ["with 1,000 addresses", listed(1_000)],
  ["with AUTH", [RANDOM, HMAC_ALGO, { type: "CHUNKS", chunkTypes: [0] }]],
];

for (const [what, parameters] of inits) {
  test(`one INIT ${what} gets one INIT ACK, at most 512 bytes longer`, () => {
    const stack = makeStack();
    listen(stack, "10.0.0.1", {
      config: {
        authentication: authentication({ requiredChunks: [0], hmacs: [SHA1] }),
        addressReconfiguration: true,
        interleaving: true,
        adaptation: 7,
      },
    });
    const chunk = { type: "INIT", ...INIT, parameters } as const;
    const asked = packetOf({ tag: 0 }, chunk).length;
    feed(stack, 0, { tag: 0 }, chunk);
    const answers = pollAll(stack, 0);
    expect(answers.map(({ chunks }) => chunks.map(({ type }) => type))).toEqual([["INIT-ACK"]]);
    expect(answers[0]?.bytes.length).toBeLessThanOrEqual(asked + 512);
    // It is forgotten: nothing is repeated.
    expect([stack.pollTimeout(), stack.associations]).toEqual([Number.POSITIVE_INFINITY, 0]);
  });
}

for (const [what, parameters] of inits) {
  test(`where we have 200 addresses, one INIT ${what} gets one INIT ACK, at most 512 bytes longer`, () => {
    const stack = makeStack();
    const addresses = Array.from({ length: 200 }, (_, i) =>
      ip(i % 2 === 0 ? `10.0.0.${i + 1}` : `fd00:1::${i}`),
    );
    stack.createEndpoint({ port: PORT, addresses, listening: true, config: defaultConfig });
    const chunk = { type: "INIT", ...INIT, parameters } as const;
    const asked = packetOf({ tag: 0 }, chunk).length;
    feed(stack, 0, { tag: 0 }, chunk);
    const [answer, ...others] = pollAll(stack, 0);
    expect([answer?.chunks.map(({ type }) => type), others]).toEqual([["INIT-ACK"], []]);
    expect(answer?.bytes.length).toBeLessThanOrEqual(asked + 512);
    const [initAck] = answer?.chunks ?? [];
    const own = initAck?.type === "INIT-ACK" ? initAck.parameters.flatMap((it) => ownAddress(it)) : [];
    // In the endpoint's order, 128 at most; where there is no room for these, not the one that the packet comes from.
    const known = addresses.slice(1);
    expect(own.length).toBeGreaterThan(12);
    expect(own).toEqual(expect.arrayContaining(known.slice(0, 12)));
    expect(own.includes(ip("10.0.0.1"))).toBe(own.length === 128);
  });
}

test("where our addresses have room, an INIT ACK lists them all", () => {
  const stack = makeStack();
  const addresses = ["10.0.0.1", "10.0.1.1", "fd00:1::1"].map(ip);
  stack.createEndpoint({ port: PORT, addresses, listening: true, config: defaultConfig });
  feed(stack, 0, { tag: 0 }, { type: "INIT", ...INIT });
  const initAck = pollAll(stack, 0)[0]?.chunks[0];
  expect(initAck?.type === "INIT-ACK" && initAck.parameters.flatMap((it) => ownAddress(it))).toEqual(
    addresses,
  );
});

scriptedTest(
  "of a thousand listed addresses 32 are used, and they get one HEARTBEAT an RTO together",
  { paths: 2 },
  ({ a, peer, network }) => {
    const victims: Parameter[] = Array.from({ length: 1_000 }, (_, i) => ({
      type: "IPV4-ADDRESS",
      address: ip(`10.1.${1 + (i >> 8)}.${i & 0xff}`),
    }));
    let bombs: { readonly at: number; readonly length: number }[] = [];
    network.tap(({ source, destination, bytes, time }) => {
      if (source.endsWith(".0.1") && destination.startsWith("10.1."))
        bombs.push({ at: time, length: bytes.length });
    });
    peer.associate({ parameters: victims });
    expect(a.association.paths).toHaveLength(32);
    // The attacker asks for much, and acknowledges nothing: all the same it goes to nobody else (§5).
    for (let i = 0; i < 20; i++) a.send(1_000);
    network.run(10_000);
    expect(bombs.length).toBeGreaterThan(3);
    for (let i = 1; i < bombs.length; i++) {
      expect(bombs[i]!.at - bombs[i - 1]!.at).toBeGreaterThanOrEqual(999);
    }
    // RFC 5062 §6.3, 3: no large HEARTBEATs for path confirmation.
    for (const { length } of bombs) expect(length).toBeLessThanOrEqual(64);
    bombs = [];
    network.run(30_000);
    expect(bombs.length).toBeLessThanOrEqual(31);
  },
);

scriptedTest(
  "HEARTBEATs and unknown chunks from an address that is not confirmed bring it no more than it sent",
  { paths: 2 },
  ({ a, peer, network }) => {
    const victim = network.socket("10.1.0.9");
    network.link("10.1.0.9", "10.1.0.1");
    peer.associate({ parameters: [{ type: "IPV4-ADDRESS", address: victim.address }] });
    network.run(500);
    victim.received.length = 0;
    const [, second] = a.host.addresses;
    if (second === undefined) throw new Error("no second address");
    const heartbeats = Array.from(
      { length: 60 },
      () => ({ type: "HEARTBEAT", info: new Uint8Array(8) }) as const,
    );
    const packet = peer.packet({}, ...heartbeats, unknownChunk(0xc7), unknownChunk(0xc8));
    victim.send(packet, second);
    network.run(100);
    const sent = victim.received.splice(0);
    expect(sent.length).toBeLessThanOrEqual(1);
    expect(sent[0]?.bytes.length ?? 0).toBeLessThanOrEqual(packet.length);
    // ERROR chunks do not go to it (RFC 9260 §5.4).
    victim.send(peer.packet({}, unknownChunk(0xc7)), second);
    network.run(100);
    expect(victim.received).toEqual([]);
  },
);

scriptedTest("one packet is answered by one, whatever it asks for", {}, ({ peer, network }) => {
  peer.associate();
  const chunks = Array.from({ length: 300 }, (_, i) =>
    i % 2 === 0 ? ({ type: "HEARTBEAT", info: new Uint8Array(40) } as const) : unknownChunk(0xc7, 40),
  );
  peer.send(...chunks);
  network.run(500);
  expect(peer.socket.received).toHaveLength(1);
  expect(peer.socket.received[0]?.bytes.length).toBeLessThanOrEqual(1_500);
});
