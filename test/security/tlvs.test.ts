import { expect } from "vitest";
import { writeChecksum } from "../../src/base/crc32c.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { type Script, scriptedTest } from "../support/ladder-test.ts";

/** Lengths that lie: lists without end, and elements of no length, on which a loop would never get on. */

/** Sends a chunk whose value is these bytes, and whose length field may say something else. */
function sendRaw(
  { peer }: Script,
  type: number,
  value: Uint8Array,
  options: { readonly tag?: number; readonly length?: number } = {},
): void {
  const header = peer.packet(options).subarray(0, 12);
  const length = options.length ?? value.length + 4;
  const bytes = Uint8Array.of(...header, type, 0, length >> 8, length & 0xff, ...value);
  writeChecksum(bytes);
  peer.sendBytes(bytes);
}

const fixed: readonly [string, number, number][] = [
  ["INIT", ChunkType.INIT, 16],
  ["INIT ACK", ChunkType.INIT_ACK, 16],
  ["ERROR", ChunkType.ERROR, 0],
  ["HEARTBEAT", ChunkType.HEARTBEAT, 0],
  ["HEARTBEAT ACK", ChunkType.HEARTBEAT_ACK, 0],
  ["RE-CONFIG", ChunkType.RE_CONFIG, 0],
  ["ASCONF", ChunkType.ASCONF, 4],
  ["ASCONF-ACK", ChunkType.ASCONF_ACK, 4],
];

const config = { addressReconfiguration: "unauthenticated" } as const;

for (const [name, type, head] of fixed) {
  for (const length of [0, 1, 3]) {
    scriptedTest(`${name} with parameters of ${length} bytes harms nobody`, { config }, (script) => {
      const { a, peer, network } = script;
      peer.associate();
      // A thousand TLVs of a type, each with a length that is less than its own header.
      const value = new Uint8Array(head + 4_000);
      for (let at = head; at < value.length; at += 4) value.set([0xc0, 5, 0, length], at);
      sendRaw(script, type, value, name === "INIT" ? { tag: 0 } : {});
      network.run(300);
      expect(a.association.state).toBe("established");
      peer.clear();
      peer.send(peer.data());
      expect(peer.await("SACK").gaps).toEqual([]);
      expect(a.deliveries).toHaveLength(1);
    });
  }
}

for (const length of [0, 1, 2, 3]) {
  scriptedTest(`chunks of ${length} bytes end their packet`, {}, (script) => {
    const { a, peer, network } = script;
    peer.associate();
    for (let type = 0; type < 256; type++) {
      if (type === ChunkType.INIT) continue;
      sendRaw(script, type, new Uint8Array(1_000), { length });
    }
    network.run(300);
    expect(a.association.state).toBe("established");
    expect(peer.socket.received).toEqual([]);
  });
}

scriptedTest(
  "lists of 16,000 empty parameters are read to their end, in bounded time, and answered by one packet",
  {},
  (script) => {
    const { a, peer, network } = script;
    peer.associate();
    const started = performance.now();
    for (const [name, type, head] of fixed) {
      if (name === "INIT ACK" || name === "ERROR") continue;
      const value = new Uint8Array(head + 64_000);
      if (name === "INIT") value.set([0, 0, 0, 9, 0, 1, 0, 0, 0, 9, 0, 9, 0, 0, 0, 1]);
      for (let at = head; at < value.length; at += 4) value.set([0xc7, 0x77, 0, 4], at);
      peer.clear();
      sendRaw(script, type, value, name === "INIT" ? { tag: 0 } : {});
      network.run(100);
      expect(peer.socket.received.length).toBeLessThanOrEqual(1);
      for (const { bytes } of peer.socket.received) {
        // RFC 9260 §8.3: a HEARTBEAT is answered with what it carried.
        if (name !== "HEARTBEAT") expect(bytes.length).toBeLessThanOrEqual(1_500);
      }
    }
    // Quadratic time would be minutes.
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(a.association.state).toBe("established");
  },
);
