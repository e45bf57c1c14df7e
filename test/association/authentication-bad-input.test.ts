import { describe, expect } from "vitest";
import type { AssociationConfig } from "../../src/association/config.ts";
import { writeChecksum } from "../../src/base/crc32c.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import {
  AUTH,
  associationKeyOf,
  authentication,
  hmacOf,
  keyVectorOf,
  rawChunks,
  SHA1,
  secretOf,
} from "../support/authentication.ts";
import { ladderTest, type Script, scriptedTest } from "../support/ladder-test.ts";

/** RFC 4895 §6.1, §6.3: AUTH chunks and parameters that are not as they must be. The peer signs with node:crypto. */

const config: Partial<AssociationConfig> = {
  authentication: authentication({ requiredChunks: [ChunkType.DATA], hmacs: [SHA1] }),
};
const random: Parameter = { type: "RANDOM", random: new Uint8Array(32).fill(5) };
const hmacAlgo: Parameter = { type: "HMAC-ALGO", identifiers: [SHA1] };
const said: readonly Parameter[] = [random, hmacAlgo];

/** The peer's association key of the key 7. */
function associate({ peer }: Script): Uint8Array {
  const init = peer.packet({ tag: 0 }, { type: "INIT", ...peer.initBody({ parameters: said }) });
  const { cookie, initAck } = peer.init({ parameters: said });
  const ours = keyVectorOf(rawChunks(init)[0]?.bytes ?? new Uint8Array(0));
  const theirs = keyVectorOf(rawChunks(peer.packet({}, initAck))[0]?.bytes ?? new Uint8Array(0));
  peer.send({ type: "COOKIE-ECHO", cookie });
  peer.await("COOKIE-ACK");
  return associationKeyOf(secretOf("seven"), ours, theirs);
}

interface Signature {
  readonly key: Uint8Array;
  readonly keyId?: number;
  readonly hmacId?: number;
  readonly length?: number;
  /** Bytes of the HMAC that are spoilt. */
  readonly spoil?: number;
}

/** An AUTH chunk in front of chunks, and others before it. */
function signed(
  script: Script,
  signature: Signature,
  chunks: readonly Chunk[],
  before: readonly Chunk[] = [],
) {
  const { key, keyId = 7, hmacId = SHA1, length = 20, spoil } = signature;
  const auth: Chunk = { type: "AUTH", keyId, hmacId, hmac: new Uint8Array(length) };
  const packet = script.peer.packet({}, ...before, auth, ...chunks);
  const at = rawChunks(packet).find(({ type }) => type === AUTH)?.offset ?? 0;
  const mac = hmacOf(packet, at, hmacId, key).subarray(0, length);
  packet.set(mac, at + 8);
  if (spoil !== undefined) packet[at + 8 + spoil] = (packet[at + 8 + spoil] ?? 0) ^ 1;
  packet.fill(0, 8, 12);
  writeChecksum(packet, packet.length);
  return packet;
}

describe("§6.3: an AUTH chunk", () => {
  scriptedTest("that is right lets DATA pass", { config }, (script) => {
    const key = associate(script);
    script.peer.sendBytes(signed(script, { key }, [script.peer.data()]));
    script.network.run(300);
    expect(script.a.deliveries).toHaveLength(1);
  });

  const wrong: readonly [string, Partial<Signature>][] = [
    ["with a wrong first byte of its HMAC", { spoil: 0 }],
    ["with a wrong last byte of its HMAC", { spoil: 19 }],
    ["of an unknown key", { keyId: 9 }],
    ["of the null key, which is not there", { keyId: 0 }],
    ["with an HMAC that is cut", { length: 16 }],
    ["without an HMAC", { length: 0 }],
    ["with the HMAC of another key", { key: secretOf("x") }],
  ];
  for (const [what, parts] of wrong) {
    scriptedTest(`${what} lets nothing pass, silently`, { config }, (script) => {
      const key = associate(script);
      const data = script.peer.data();
      script.peer.sendBytes(signed(script, { key, ...parts }, [data]));
      script.peer.expectNothing(500);
      expect(script.a.deliveries).toEqual([]);
      // Nothing has moved: the same DATA is taken when it comes as it must.
      script.peer.sendBytes(signed(script, { key }, [data]));
      script.network.run(300);
      expect(script.a.deliveries).toHaveLength(1);
    });
  }

  scriptedTest("of an HMAC that was not offered is told of", { config }, (script) => {
    const key = associate(script);
    script.peer.sendBytes(signed(script, { key, hmacId: 3, length: 32 }, [script.peer.data()]));
    expect(script.peer.expect("ERROR").causes).toEqual([{ type: "UNSUPPORTED-HMAC", hmacId: 3 }]);
    script.network.run(300);
    expect(script.a.deliveries).toEqual([]);
  });

  scriptedTest("behind the DATA does not authenticate it", { config }, (script) => {
    const key = associate(script);
    script.peer.sendBytes(signed(script, { key }, [], [script.peer.data()]));
    script.peer.expectNothing(500);
    expect(script.a.deliveries).toEqual([]);
  });

  scriptedTest("that comes twice is passed over, and the rest is authenticated", { config }, (script) => {
    const key = associate(script);
    const second: Chunk = { type: "AUTH", keyId: 9, hmacId: 9, hmac: new Uint8Array(20) };
    script.peer.sendBytes(signed(script, { key }, [second, script.peer.data()]));
    script.network.run(300);
    expect(script.a.deliveries).toHaveLength(1);
  });

  scriptedTest("is not needed before chunks that are not required", { config }, (script) => {
    associate(script);
    script.peer.send({ type: "HEARTBEAT", info: Uint8Array.of(1, 2, 3, 4) });
    script.peer.await("HEARTBEAT-ACK", 1_000);
  });

  scriptedTest("is unrecognized where it is off: what follows is left", {}, (script) => {
    script.peer.associate();
    const auth: Chunk = { type: "AUTH", keyId: 0, hmacId: 1, hmac: new Uint8Array(20) };
    script.peer.send(auth, { type: "HEARTBEAT", info: Uint8Array.of(1, 2, 3, 4) });
    script.peer.expectNothing(500);
  });
});

describe("§6.1: the Random Number", () => {
  for (const length of [0, 31, 33]) {
    const short: Parameter = { type: "RANDOM", random: new Uint8Array(length) };
    scriptedTest(`of ${length} bytes in an INIT is answered with an ABORT`, { config }, ({ peer }) => {
      peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ parameters: [short, hmacAlgo] }) });
      const { causes } = peer.expect("ABORT");
      expect(causes.map(({ type }) => type)).toEqual(["PROTOCOL-VIOLATION"]);
    });

    scriptedTest(`of ${length} bytes in an INIT ACK ends it`, { config }, ({ a, peer }) => {
      a.connect([peer.socket.address]);
      peer.answerInit({ parameters: [short, hmacAlgo] });
      expect(peer.await("ABORT").causes.map(({ type }) => type)).toEqual(["PROTOCOL-VIOLATION"]);
      expect(a.end).toBe("protocol-violation");
    });
  }
});

ladderTest(
  "RFC 5061 §4.1.1: ASCONF is authenticated, with the null key where there is no other",
  { config: { addressReconfiguration: true } },
  (pair) => {
    pair.connect();
    pair.a.association.setPeerPrimary(pair.a.host.addresses[0] as never);
    pair.a.host.driver.wake();
    pair.network.run(500);
    expect(pair.rungs()).toEqual(["A → AUTH ASCONF", "Z → AUTH ASCONF-ACK"]);
  },
);

scriptedTest("§6.3: a peer that began anew signs with the key of its new handshake", { config }, (script) => {
  const before = associate(script);
  script.peer.restart();
  const after = associate(script);
  expect(script.a.events("restarted")).toHaveLength(1);
  expect(after).not.toEqual(before);
  const data = script.peer.data();
  script.peer.sendBytes(signed(script, { key: before }, [data]));
  script.network.run(300);
  expect(script.a.deliveries).toEqual([]);
  script.peer.sendBytes(signed(script, { key: after }, [data]));
  script.network.run(300);
  expect(script.a.deliveries).toHaveLength(1);
});

scriptedTest("§6.3: out of the blue, what stands behind an AUTH chunk is answered", { config }, (script) => {
  const { peer } = script;
  const auth: Chunk = { type: "AUTH", keyId: 7, hmacId: SHA1, hmac: new Uint8Array(20) };
  peer.sendWith({ tag: 0x77777777 }, auth, peer.data());
  expect(peer.expect("ABORT")).toMatchObject({ tBit: true });
  peer.sendWith({ tag: 0x77777777 }, auth, { type: "ABORT", tBit: false, causes: [] });
  peer.expectNothing(500);
});
