import { expect, test } from "vitest";
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

test("the comparison of a MAC looks at as many bytes wherever the difference is", () => {
  const right = new Uint8Array(16).fill(7);
  const looks = (given: Uint8Array): number => {
    let count = 0;
    const counted = new Proxy(given, {
      get(target, name) {
        if (typeof name === "string" && /^\d+$/.test(name)) count += 1;
        return Reflect.get(target, name, target);
      },
    });
    bytesEqualSecret(counted, right);
    return count;
  };
  for (let at = 0; at < 16; at++) {
    const wrong = right.slice();
    wrong[at] = 8;
    expect(looks(wrong)).toBe(16);
  }
  expect(looks(right)).toBe(16);
});
