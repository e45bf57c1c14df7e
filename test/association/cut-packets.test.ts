import { expect } from "vitest";
import { writeChecksum } from "../../src/base/crc32c.ts";
import { chunkSpan, HEADER_LENGTH } from "../../src/packet/packet.ts";
import { ARRIVALS, prepare, snapshot } from "../support/arrivals.ts";
import { pattern, scriptedTest } from "../support/ladder-test.ts";
import { reachState } from "../support/reach-state.ts";

/** RFC 9260 §6.10: "If the receiver detects a partial chunk, it MUST drop the chunk." Packets cut at every byte. */

/** Less than the shortest timer that is running. */
const ANSWER = 20;

/** The first bytes of a packet, with a checksum that is right for them. */
function cut(packet: Uint8Array, length: number): Uint8Array {
  const bytes = packet.slice(0, length);
  if (length >= HEADER_LENGTH) writeChecksum(bytes, length);
  return bytes;
}

/** As far as the end of the first chunk's header. */
const FIRST_HEADER = HEADER_LENGTH + 4;

/** Cut within the only chunk, whose length says no more than what is there. */
function shorten(packet: Uint8Array, length: number): Uint8Array {
  const bytes = packet.slice(0, length);
  bytes[HEADER_LENGTH + 2] = (length - HEADER_LENGTH) >> 8;
  bytes[HEADER_LENGTH + 3] = (length - HEADER_LENGTH) & 0xff;
  writeChecksum(bytes, length);
  return bytes;
}

/** Where the only chunk ends, before its padding. */
const chunkEnd = (packet: Uint8Array): number =>
  HEADER_LENGTH + chunkSpan(packet, HEADER_LENGTH, packet.length);

const SINGLE = ARRIVALS.filter(({ name }) => !name.includes(" and "));

for (const arrival of SINGLE.filter(({ state }) => state !== undefined)) {
  scriptedTest(`${arrival.name} cut at every byte does nothing, and whole it does`, {}, (script) => {
    const { peer, network } = script;
    const whole = prepare(script, arrival);
    const before = snapshot(script);
    for (let length = 0; length < chunkEnd(whole); length++) peer.sendBytes(cut(whole, length));
    peer.expectNothing(ANSWER);
    expect(snapshot(script)).toEqual(before);
    // §3.2: what is missing of the padding is no part of the chunk.
    peer.sendBytes(cut(whole, chunkEnd(whole)));
    network.run(ANSWER);
    expect(snapshot(script)).not.toEqual(before);
  });
}

for (const arrival of SINGLE.filter(({ state }) => state === undefined)) {
  scriptedTest(
    `${arrival.name} cut at every byte makes no association, and whole it goes on`,
    {},
    (script) => {
      const { a, peer } = script;
      const whole = prepare(script, arrival);
      for (let length = 0; length < chunkEnd(whole); length++) peer.sendBytes(cut(whole, length));
      const answers = new Set(peer.collect(ANSWER).map(({ type }) => type));
      // §8.4, 8: a COOKIE ECHO that is none is out of the blue like anything else with a tag.
      expect([...answers]).toEqual(arrival.name === "INIT" ? [] : ["ABORT"]);
      expect(a.open().associations.size).toBe(0);
      peer.sendBytes(whole);
      expect(peer.next().chunks[0]?.type).toBe(arrival.name === "INIT" ? "INIT-ACK" : "COOKIE-ACK");
    },
  );
}

// §6.10: the whole chunks before the cut are processed.
scriptedTest("a packet of four chunks cut at every byte: those before the cut count", {}, (script) => {
  const { peer } = script;
  reachState(script, "established");
  const probes = [1, 2, 3, 4].map(
    (id) => ({ type: "HEARTBEAT", info: new Uint8Array(3 + id).fill(id) }) as const,
  );
  const whole = peer.packet({}, ...probes);
  const ends = probes.map((_, index) => peer.packet({}, ...probes.slice(0, index + 1)).length);
  for (let length = HEADER_LENGTH; length <= whole.length; length++) {
    peer.sendBytes(cut(whole, length));
    const answered = peer
      .collect(ANSWER)
      .map((chunk) => (chunk.type === "HEARTBEAT-ACK" ? chunk.info[0] : chunk.type));
    // The last up to three bytes before an end are padding, and not missed.
    const complete = probes.filter((probe, index) => length >= (ends[index] ?? 0) - (-probe.info.length & 3));
    expect(answered).toEqual(complete.map(({ info }) => info[0]));
  }
});

// §8.4, 2 and §3.3.7: "under any circumstances, an endpoint that receives an ABORT chunk MUST NOT respond to that ABORT
// chunk by sending an ABORT chunk of its own", one "with a format error" included; SHUTDOWN COMPLETE and COOKIE ACK alike.
for (const [name, chunk] of [
  ["ABORT", { type: "ABORT", tBit: false, causes: [{ type: "USER-ABORT", reason: pattern(7) }] }],
  ["SHUTDOWN COMPLETE", { type: "SHUTDOWN-COMPLETE", tBit: true }],
  ["COOKIE ACK", { type: "COOKIE-ACK" }],
] as const) {
  scriptedTest(
    `${name} out of the blue cut at every byte is not answered, alone or behind another`,
    {},
    (script) => {
      const { peer } = script;
      const probe = { type: "HEARTBEAT", info: new Uint8Array(8) } as const;
      const first = peer.packet({}, probe).length;
      for (const company of [[], [probe]]) {
        const whole = peer.packet({ tag: 0x1234 }, ...company, chunk);
        const begin = company.length === 0 ? HEADER_LENGTH : first + 1;
        for (let length = begin; length <= whole.length; length++) peer.sendBytes(cut(whole, length));
      }
      peer.expectNothing(1_000);
    },
  );
}

// §3.2: a length that agrees with the packet, and not with what the type of the chunk needs.
scriptedTest(
  "chunks cut at every byte, their length with them, leave the association alive",
  {},
  (script) => {
    const { a, peer, network } = script;
    reachState(script, "established");
    const { peerTag: tag } = peer;
    const address = { type: "IPV4-ADDRESS", address: peer.socket.address } as const;
    const body = peer.initBody({ parameters: [address, { type: "COOKIE-PRESERVATIVE", increment: 1 }] });
    const gaps = [{ start: 2, end: 3 }];
    const data = peer.data({ immediate: true });
    const packets = [
      peer.packet({ tag: 0 }, { type: "INIT", ...body }),
      peer.packet({ tag }, { type: "INIT-ACK", ...body }),
      peer.packet({ tag }, { type: "COOKIE-ECHO", cookie: pattern(30) }),
      peer.packet({ tag }, { type: "COOKIE-ACK" }),
      peer.packet({ tag }, peer.sack(0, { gaps, duplicates: [peer.peerInitialTsn] })),
      peer.packet({ tag }, { type: "HEARTBEAT", info: pattern(13) }),
      peer.packet({ tag }, { type: "HEARTBEAT-ACK", info: pattern(13) }),
      peer.packet({ tag }, { type: "ERROR", causes: [{ type: "INVALID-STREAM", stream: 1 }] }),
      peer.packet({ tag }, { type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn }),
      peer.packet({ tag }, { type: "SHUTDOWN-ACK" }),
      peer.packet({ tag }, { type: "SHUTDOWN-COMPLETE", tBit: false }),
    ];
    for (const packet of packets) {
      for (let length = FIRST_HEADER; length < chunkEnd(packet); length++)
        peer.sendBytes(shorten(packet, length));
    }
    // A DATA chunk of 16 bytes has no user data, which is a fault of another kind (§6.2).
    const whole = peer.packet({ tag }, data);
    for (let length = FIRST_HEADER; length < HEADER_LENGTH + 16; length++)
      peer.sendBytes(shorten(whole, length));
    // An ABORT of four bytes has no cause, and is a whole one (§3.3.7).
    const abort = peer.packet({ tag }, { type: "ABORT", tBit: false, causes: [{ type: "OUT-OF-RESOURCE" }] });
    for (let length = FIRST_HEADER + 1; length < chunkEnd(abort); length++)
      peer.sendBytes(shorten(abort, length));
    network.run(50);
    expect(a.association.statistics.malformedReceived).toBeGreaterThan(60);
    peer.clear();

    // Both directions work, nothing is kept, and the association is the one that it was.
    expect([a.open().associations.size, a.association.state, a.deliveries]).toEqual([1, "established", []]);
    peer.sendBytes(whole);
    expect(peer.expect("SACK", 25)).toMatchObject({ cumulativeTsn: data.tsn, gaps: [], duplicates: [] });
    a.send(10);
    expect(peer.expect("DATA", 25).tsn).toBe(peer.peerInitialTsn);
    peer.send(peer.sack(1));
    peer.expectNothing(1_000);
    expect([a.deliveries.length, a.association.unreadBytes, a.association.bufferedBytes]).toEqual([1, 0, 0]);
  },
);
