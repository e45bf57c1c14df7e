import { Random, seededEnvironment } from "@usctp/sim";
import { describe, expect, test } from "vitest";
import { verifyAuth } from "../../src/association/auth/verify.ts";
import { Secrets } from "../../src/association/handshake/secrets.ts";
import { bytesEqualSecret } from "../../src/base/bytes.ts";
import { asTsn } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import { ladderTest, PORT_A, PORT_Z } from "../support/ladder-test.ts";
import { makePacket } from "./packets.ts";

/** RFC 9260 §5.3.1, §8.5: who cannot see an association must guess 32 bits, and hears nothing of his misses. */

const blind: readonly Chunk[] = [
  { type: "ABORT", tBit: false, causes: [] },
  { type: "ABORT", tBit: true, causes: [] },
  { type: "SHUTDOWN-COMPLETE", tBit: false },
  { type: "SHUTDOWN-COMPLETE", tBit: true },
  { type: "SHUTDOWN", cumulativeTsn: asTsn(0) },
  { type: "HEARTBEAT", info: new Uint8Array(8) },
  { type: "COOKIE-ACK" },
  { type: "ERROR", causes: [] },
];

for (const chunk of blind) {
  const bits = "tBit" in chunk && chunk.tBit ? " with the T bit" : "";
  ladderTest(
    `a thousand guesses of the tag of ${chunk.type}${bits} do nothing, and none is answered`,
    {},
    (pair) => {
      const { a, z, network, connect, rungs } = pair;
      connect();
      const [source, destination] = [z.host.addresses[0], a.host.addresses[0]];
      if (source === undefined || destination === undefined) throw new Error("no address");
      const rights = [a.association.localTag, a.association.peerTag];
      for (let i = 0; i < 1_000; i++) {
        // Neighbours of the right ones among them.
        const tag = i < 64 ? ((rights[i & 1] ?? 0) ^ (1 << (i >> 1))) >>> 0 : (i * 0x9e37_79b9) >>> 0 || 1;
        const bytes = makePacket({ from: PORT_Z, to: PORT_A, tag }, chunk);
        a.host.stack.handleDatagram(network.now, { bytes, source, sourcePort: z.host.udpPort, destination });
        a.host.driver.wake();
      }
      network.run(500);
      expect(rungs()).toEqual([]);
      expect([a.association.state, z.association.state]).toEqual(["established", "established"]);
      expect(a.host.stack.statistics.dropped.tag).toBe(1_000);
      a.send(100);
      network.run(500);
      expect(z.deliveries).toHaveLength(1);
    },
  );
}

/** Counts the bytes that are looked at. */
class Watched {
  count = 0;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = new Proxy(bytes, {
      get: (target, name) => {
        if (typeof name === "string" && /^\d+$/.test(name)) this.count += 1;
        return Reflect.get(target, name, target);
      },
    });
  }
}

/** The bytes, and copies of which one byte differs each. */
function withOneWrong(right: Uint8Array): Uint8Array[] {
  return Array.from(right, (byte, at) => right.with(at, byte ^ 1));
}

describe("the comparison of a MAC looks at as many bytes wherever the difference is", () => {
  test("by itself", () => {
    const right = new Uint8Array(16).fill(7);
    for (const given of [right, ...withOneWrong(right)]) {
      const watched = new Watched(given);
      expect(bytesEqualSecret(watched.bytes, right)).toBe(given === right);
      expect(watched.count).toBe(16);
    }
  });

  test("of a cookie", () => {
    const secrets = new Secrets(seededEnvironment(Random.of(1, "cookies")));
    const data = new Uint8Array(80).fill(3);
    const right = secrets.sign(0, data);
    for (const given of [right, ...withOneWrong(right)]) {
      const watched = new Watched(given);
      expect(secrets.verify(0, data, watched.bytes)).toBe(given === right);
      expect(watched.count).toBe(16);
    }
  });

  test("of an AUTH chunk", () => {
    const right = Uint8Array.from({ length: 20 }, (_, i) => i);
    const length = 8 + right.length;
    for (const given of [right, ...withOneWrong(right)]) {
      const watched = new Watched(right);
      const environment = { ...seededEnvironment(Random.of(1, "auth")), hmacSha1: () => watched.bytes };
      // RFC 4895 §4.1: type 15, key 0, HMAC Identifier 1.
      const chunk = Uint8Array.from([15, 0, 0, length, 0, 0, 0, 1, ...given]);
      const verifier = { environment, keyOf: () => new Uint8Array(8), hmacs: [1] };
      const { kind } = verifyAuth(verifier, chunk, 0, length);
      expect(kind).toBe(given === right ? "valid" : "refused");
      expect(watched.count).toBe(20);
    }
  });
});
