import { expect } from "vitest";
import { writeChecksum } from "../../src/base/crc32c.ts";
import { HEADER_LENGTH } from "../../src/packet/packet.ts";
import { scriptedTest } from "../support/ladder-test.ts";
import { unknownChunk } from "../support/scripted-peer.ts";

/** RFC 9260 §3.2 and §3.3.10: chunks that nobody knows, errors, and packets that are broken. */

for (const [typeCode, reported, continued] of [
  [0x3f, false, false],
  [0x7f, true, false],
  [0xbf, false, true],
  [0xff, true, true],
] as const) {
  const name = `0x${typeCode.toString(16)}`;
  scriptedTest(`an unknown chunk ${name} is treated as its type says`, {}, ({ a, peer }) => {
    peer.associate();
    const unknown = unknownChunk(typeCode);
    peer.send(unknown, peer.data({ immediate: true }));
    const chunks = peer.collect(1_000);
    const errors = chunks.filter((chunk) => chunk.type === "ERROR").flatMap(({ causes }) => causes);
    expect(errors).toEqual(reported ? [{ type: "UNRECOGNIZED-CHUNK", chunk: unknown.bytes }] : []);
    expect(chunks.some(({ type }) => type === "SACK")).toBe(continued);
    expect(a.deliveries.length).toBe(continued ? 1 : 0);
    expect(a.association.state).toBe("established");
  });
}

scriptedTest("chunks of extensions that were not agreed upon are unknown chunks", {}, ({ a, peer }) => {
  peer.associate();
  // FORWARD-TSN (RFC 3758) and I-DATA (RFC 8260).
  for (const typeCode of [0xc0, 0x40]) {
    peer.send(unknownChunk(typeCode, 20));
    expect(peer.expect("ERROR", 50).causes[0]?.type).toBe("UNRECOGNIZED-CHUNK");
  }
  expect(a.association.state).toBe("established");
});

scriptedTest("a large unknown chunk is quoted, within what the path takes", {}, ({ peer }) => {
  peer.associate();
  peer.send(unknownChunk(0x7f, 20_000));
  peer.await("ERROR", 50);
  peer.send(unknownChunk(0xff, 1_400), unknownChunk(0xfe, 1_400), unknownChunk(0xfd, 1_400));
  peer.await("ERROR", 50);
  for (const { bytes } of peer.socket.received) expect(bytes.length).toBeLessThanOrEqual(1_472);
});

scriptedTest("an ERROR of the peer is told, and changes nothing", {}, ({ a, peer }) => {
  peer.associate();
  const chunk = Uint8Array.of(0x49, 0, 0, 4);
  peer.send({ type: "ERROR", causes: [{ type: "UNRECOGNIZED-CHUNK", chunk }] });
  peer.expectNothing(500);
  expect(a.events("remote-error")).toMatchObject([{ causes: [{ type: "UNRECOGNIZED-CHUNK", chunk }] }]);
  expect(a.association.state).toBe("established");
});

scriptedTest("a packet with a wrong checksum is discarded without a word", {}, ({ a, peer }) => {
  peer.associate();
  const bytes = peer.packet({}, peer.data({ immediate: true }));
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  peer.sendBytes(bytes);
  peer.expectNothing(1_000);
  expect(a.deliveries).toEqual([]);
});

scriptedTest("no cut or garbled packet does harm", {}, ({ peer, network }) => {
  peer.associate();
  const chunks = [
    peer.data(),
    { type: "HEARTBEAT", info: new Uint8Array(10) },
    { type: "ERROR", causes: [{ type: "OUT-OF-RESOURCE" }] },
    peer.sack(0, { gaps: [{ start: 3, end: 2 }] }),
    { type: "ABORT", tBit: false, causes: [{ type: "USER-ABORT", reason: new Uint8Array(3) }] },
    { type: "INIT", ...peer.initBody() },
  ] as const;
  for (const chunk of chunks) {
    const whole = peer.packet(chunk.type === "INIT" ? { tag: 0 } : {}, chunk);
    for (let at = 0; at < whole.length; at++) {
      // Cut there, and with a byte changed there, under a right checksum unless that is what was hit.
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      for (const packet of [whole.slice(0, at), changed]) {
        if (packet.length >= HEADER_LENGTH && (at < 8 || at >= HEADER_LENGTH))
          writeChecksum(packet, packet.length);
        peer.sendBytes(packet);
      }
    }
  }
  network.run(5_000);
  // Whether the association has survived all that or not, the stack goes on.
  peer.clear();
  peer.localTag = 0x55555555;
  peer.associate();
});

// RFC 9260 §12.4: "MUST NOT send more than one packet containing chunks other than DATA chunks".
scriptedTest("the answers to one packet fill one packet at most", {}, ({ peer }) => {
  peer.associate();
  peer.send(...Array.from({ length: 14 }, () => unknownChunk(0xff, 100)));
  const { chunks } = peer.next(50);
  expect(new Set(chunks.map(({ type }) => type))).toEqual(new Set(["ERROR"]));
  expect(chunks.length).toBeGreaterThan(10);
  peer.expectNothing(1_000);
});

// RFC 9260 §12.4: "MUST abort the association if it receives a SACK chunk acknowledging a TSN that has not been sent".
for (const [what, count, gaps] of [
  ["the Cumulative TSN Ack", 2, []],
  ["a Gap Ack Block", 0, [{ start: 2, end: 2 }]],
  [
    "a Gap Ack Block behind the others",
    0,
    [
      { start: 1, end: 1 },
      { start: 3, end: 3 },
    ],
  ],
] as const) {
  scriptedTest(`${what} that names a TSN never sent ends the association`, {}, ({ a, peer }) => {
    peer.associate();
    a.send(10);
    peer.expect("DATA");
    peer.send(peer.sack(count, { gaps }));
    expect(peer.expect("ABORT", 25).causes[0]?.type).toBe("PROTOCOL-VIOLATION");
    expect(a.end).toBe("protocol-violation");
  });
}

// RFC 9260 §9.2: the Cumulative TSN Ack of a SHUTDOWN acknowledges as that of a SACK does.
for (const state of ["established", "shutdown-pending"] as const) {
  scriptedTest(
    `a SHUTDOWN that names a TSN never sent ends the association in ${state}`,
    {},
    ({ a, peer }) => {
      peer.associate();
      a.send(10);
      peer.expect("DATA");
      if (state === "shutdown-pending") a.shutdown();
      peer.send({ type: "SHUTDOWN", cumulativeTsn: peer.sack(2).cumulativeTsn });
      expect(peer.expect("ABORT", 25).causes[0]?.type).toBe("PROTOCOL-VIOLATION");
      peer.expectNothing(5_000);
      expect(a.end).toBe("protocol-violation");
    },
  );
}
