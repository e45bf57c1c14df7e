import { expect } from "vitest";
import { asSsn, type Tsn, tsnAdd } from "../../src/base/serial.ts";
import type { ForwardTsnChunk } from "../../src/packet/chunks/forward-tsn.ts";
import { type Script, scriptedTest } from "../support/ladder-test.ts";

/** RFC 3758 §3.6: what a FORWARD TSN of the peer does. */

const ON = { config: { partialReliability: true } } as const;
const SUPPORTED = { parameters: [{ type: "FORWARD-TSN-SUPPORTED" }] } as const;

/** The TSN of the peer's `n`th chunk, 1 the first. */
function tsnOf({ peer }: Script, n: number): Tsn {
  return tsnAdd(peer.initialTsn, n - 1);
}

function forward(
  script: Script,
  n: number,
  ...streams: readonly (readonly [stream: number, ssn: number])[]
): ForwardTsnChunk {
  const skipped = streams.map(([stream, ssn]) => ({ stream, ssn: asSsn(ssn) }));
  return { type: "FORWARD-TSN", newCumulativeTsn: tsnOf(script, n), streams: skipped };
}

/** The first byte of each message that was read. */
function read({ a }: Script): number[] {
  return a.deliveries.map(({ data }) => data[0] as number);
}

scriptedTest(
  "what waited behind the message that was skipped is delivered, and a SACK goes",
  ON,
  (script) => {
    const { peer } = script;
    peer.associate(SUPPORTED);
    peer.data();
    peer.send(peer.data({ data: Uint8Array.of(1) }), peer.data({ data: Uint8Array.of(2) }));
    expect(peer.await("SACK").gaps).toEqual([{ start: 2, end: 3 }]);
    expect(read(script)).toEqual([]);
    peer.send(forward(script, 1, [0, 0]));
    // "MUST first update its cumulative TSN point ..., and then MUST further advance" it; no gap is left to report.
    expect(peer.expect("SACK", 50)).toMatchObject({ cumulativeTsn: tsnOf(script, 3), gaps: [] });
    expect(read(script)).toEqual([1, 2]);
    // What was skipped and comes after all is a duplicate.
    peer.send(peer.data({ tsn: tsnOf(script, 1), ssn: asSsn(0), data: Uint8Array.of(9) }));
    expect(peer.expect("SACK").duplicates).toEqual([tsnOf(script, 1)]);
    expect(read(script)).toEqual([1, 2]);
  },
);

scriptedTest("one that is out of date moves nothing, and makes a SACK", ON, (script) => {
  const { peer } = script;
  peer.associate(SUPPORTED);
  peer.send(peer.data({ data: Uint8Array.of(1) }));
  peer.await("SACK");
  peer.send(forward(script, 1, [0, 5]));
  expect(peer.expect("SACK", 50).cumulativeTsn).toBe(tsnOf(script, 1));
  peer.send(peer.data({ data: Uint8Array.of(2) }));
  peer.await("SACK");
  expect(read(script)).toEqual([1, 2]);
});

scriptedTest("fragments that will not be completed give their window back", ON, (script) => {
  const { peer, a } = script;
  peer.associate(SUPPORTED);
  const data = new Uint8Array(1_000);
  peer.send(peer.data({ ending: false, data }));
  const before = peer.await("SACK").receiverWindow;
  peer.data({ beginning: false, data });
  peer.send(forward(script, 2, [0, 0]));
  expect(peer.expect("SACK").receiverWindow).toBe(before + 1_000);
  expect(a.association.unreadBytes).toBe(0);
  // The next message of the stream is delivered as if nothing had been.
  peer.send(peer.data({ data: Uint8Array.of(7) }));
  peer.await("SACK");
  expect(read(script)).toEqual([7]);
});

scriptedTest(
  "a message that is delivered in parts is broken off, and its user told",
  { config: { ...ON.config, partialDeliveryPoint: 100 } },
  (script) => {
    const { peer, a } = script;
    peer.associate(SUPPORTED);
    peer.send(peer.data({ ending: false, data: new Uint8Array(500) }));
    peer.await("SACK");
    peer.data({ beginning: false, data: new Uint8Array(500) });
    peer.send(forward(script, 2, [0, 0]), peer.data({ data: Uint8Array.of(7) }));
    peer.await("SACK");
    expect(a.events("partial-aborted")).toMatchObject([{ stream: 0, ssn: 0, unordered: false }]);
    expect(a.association.cumulativeTsn).toBe(tsnOf(script, 3));
  },
);

scriptedTest(
  "parts that nobody has read go without a word",
  { config: { ...ON.config, partialDeliveryPoint: 100 }, reading: false },
  (script) => {
    const { peer, a } = script;
    peer.associate(SUPPORTED);
    peer.send(peer.data({ ending: false, data: new Uint8Array(500) }));
    peer.await("SACK");
    expect(a.association.unreadMessages).toBe(1);
    peer.data({ beginning: false });
    peer.send(forward(script, 2, [0, 0]), peer.data({ data: Uint8Array.of(7) }));
    peer.await("SACK");
    expect(a.events("partial-aborted")).toEqual([]);
    expect(a.association.receive()).toMatchObject({ ssn: 1, continuation: false });
    expect(a.association.receive()).toBeUndefined();
    expect(a.association.unreadBytes).toBe(0);
  },
);

scriptedTest("SSNs that are skipped wrap", ON, (script) => {
  const { peer } = script;
  peer.associate(SUPPORTED);
  for (const [index, ssn] of [32_000, 64_000, 0xffff].entries()) {
    peer.data({ stream: 1 });
    peer.send(forward(script, index + 1, [1, ssn]));
    peer.await("SACK");
  }
  peer.send(peer.data({ stream: 1, ssn: asSsn(0), data: Uint8Array.of(5) }));
  peer.await("SACK");
  expect(read(script)).toEqual([5]);
});

scriptedTest(
  "streams that do not exist are passed over",
  { config: { ...ON.config, inboundStreams: 2 } },
  (script) => {
    const { peer } = script;
    peer.associate(SUPPORTED);
    peer.data();
    peer.send(forward(script, 1, [60_000, 3], [0, 0]), peer.data({ data: Uint8Array.of(4) }));
    expect(peer.await("SACK").cumulativeTsn).toBe(tsnOf(script, 2));
    expect(read(script)).toEqual([4]);
  },
);

scriptedTest("a million TSNs can be skipped at once, and half of all are out of date", ON, (script) => {
  const { peer, a } = script;
  peer.associate(SUPPORTED);
  peer.send(forward(script, 2 ** 31 - 5));
  expect(peer.expect("SACK", 50).cumulativeTsn).toBe(tsnOf(script, 0));
  peer.send(forward(script, 1_000_000));
  expect(peer.expect("SACK", 250).cumulativeTsn).toBe(tsnOf(script, 1_000_000));
  expect(a.end).toBeUndefined();
});

scriptedTest("where it fills no gap, it is acknowledged as late as DATA", ON, (script) => {
  const { peer } = script;
  peer.associate(SUPPORTED);
  peer.send(peer.data());
  peer.collect(300);
  peer.data();
  peer.send(forward(script, 2, [0, 1]));
  peer.expectNothing(150);
  expect(peer.expect("SACK", 100).cumulativeTsn).toBe(tsnOf(script, 2));
  // Every second packet.
  peer.send(forward(script, 3, [0, 2]));
  peer.send(forward(script, 4, [0, 3]));
  expect(peer.expect("SACK", 50).cumulativeTsn).toBe(tsnOf(script, 4));
});

scriptedTest("a stream that is listed twice is skipped up to the higher SSN", ON, (script) => {
  const { peer } = script;
  peer.associate(SUPPORTED);
  for (let count = 0; count < 3; count += 1) peer.data();
  peer.send(forward(script, 3, [0, 2], [0, 0]), peer.data({ data: Uint8Array.of(8) }));
  peer.await("SACK");
  expect(read(script)).toEqual([8]);
});

scriptedTest("without the agreement of both it is an unknown chunk", ON, (script) => {
  const { peer, a } = script;
  peer.associate();
  peer.send(forward(script, 1, [0, 0]));
  expect(peer.expect("ERROR").causes).toMatchObject([{ type: "UNRECOGNIZED-CHUNK" }]);
  expect(a.association.cumulativeTsn).toBe(tsnAdd(peer.initialTsn, -1));
});

scriptedTest(
  "that the rest of a message will not come is told before what came behind it can be read",
  { config: { partialReliability: true, partialDeliveryPoint: 1 } },
  (script) => {
    const { a, peer, network } = script;
    const order: string[] = [];
    a.host.onEvent((event) => {
      if (event.type === "readable") order.push(`read ${a.deliveries.length}`);
      if (event.type === "partial-aborted") order.push(`aborted ${event.stream}`);
    });
    peer.associate(SUPPORTED);
    peer.send(peer.data({ ending: false }));
    network.run(100);
    // The third fragment is lost; the second one, another message and the FORWARD TSN arrive at one moment.
    peer.send(peer.data({ beginning: false, ending: false }));
    peer.data({ beginning: false });
    peer.send(peer.data({ stream: 1, data: Uint8Array.of(7) }));
    peer.send(forward(script, 3, [0, 0]));
    network.run(100);
    expect(order).toEqual(["read 0", "aborted 0", "read 1"]);
  },
);
