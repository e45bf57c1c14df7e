import { describe, expect, test } from "vitest";
import { asTsn } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import type { Stack } from "../../src/stack/index.ts";
import {
  associate,
  feed,
  INIT,
  listen,
  makeStack,
  type PacketOptions,
  pollAll,
  UDP_PORT,
} from "./support.ts";

/** RFC 9260 §8.4, by its numbers: a packet that belongs to nobody, at a stack with and without an endpoint there. */

const TAG = 0x12345678;
const ABORT: Chunk = { type: "ABORT", tBit: false, causes: [] };
const HEARTBEAT: Chunk = { type: "HEARTBEAT", info: new Uint8Array(8) };
const SHUTDOWN_ACK: Chunk = { type: "SHUTDOWN-ACK" };
const COMPLETE: Chunk = { type: "SHUTDOWN-COMPLETE", tBit: false };
const STALE: Chunk = { type: "ERROR", causes: [{ type: "STALE-COOKIE", staleness: 1 }] };
const DATA: Chunk = {
  type: "DATA",
  unordered: false,
  beginning: true,
  ending: true,
  immediate: false,
  tsn: asTsn(1),
  stream: 0,
  ssn: 0 as never,
  ppid: 0,
  data: new Uint8Array(4),
};
const SACK: Chunk = {
  type: "SACK",
  cumulativeTsn: asTsn(1),
  receiverWindow: 1_000,
  gaps: [],
  duplicates: [],
};

/** What comes back, as "ABORT T tag". */
function answer(stack: Stack, options: Partial<PacketOptions>, ...chunks: readonly Chunk[]): string[] {
  feed(stack, 0, { tag: TAG, ...options }, ...chunks);
  return pollAll(stack, 0).map((packet) => {
    expect([packet.source, packet.destination, packet.destinationPort]).toEqual([
      options.to ?? "10.0.0.1",
      options.from ?? "10.0.0.2",
      options.udpPort ?? UDP_PORT,
    ]);
    expect([packet.sourcePort, packet.destinationPort]).toEqual([5_000, options.udpPort ?? UDP_PORT]);
    const [chunk] = packet.chunks;
    const tBit = chunk !== undefined && "tBit" in chunk && chunk.tBit ? " T" : "";
    return `${packet.chunks.map(({ type }) => type).join(" ")}${tBit} ${packet.verificationTag.toString(16)}`;
  });
}

const stacks: [string, () => Stack][] = [
  ["without an endpoint", () => makeStack()],
  [
    "with an endpoint that has no such association",
    () => {
      const stack = makeStack();
      listen(stack, "10.0.0.1");
      return stack;
    },
  ],
];

describe.each(stacks)("%s", (_, make) => {
  test.each(["0.0.0.0", "255.255.255.255", "224.0.0.1", "239.1.2.3", "::", "ff02::1"])(
    "1: nothing to %s, which is no host",
    (from) => {
      expect(
        answer(make(), { from, to: from.includes(":") ? "2001:db8::1" : "10.0.0.1" }, HEARTBEAT),
      ).toEqual([]);
    },
  );

  test.each<[string, readonly Chunk[]]>([
    ["2: ABORT", [ABORT]],
    ["2: ABORT behind something else", [HEARTBEAT, ABORT]],
    ["2: ABORT with SHUTDOWN ACK", [SHUTDOWN_ACK, ABORT]],
    ["2: ABORT with the T bit", [{ type: "ABORT", tBit: true, causes: [] }]],
    ["6: SHUTDOWN COMPLETE", [COMPLETE]],
    ["6: SHUTDOWN COMPLETE with the T bit", [{ type: "SHUTDOWN-COMPLETE", tBit: true }]],
    ["7: Stale Cookie", [STALE]],
    ["7: COOKIE ACK", [{ type: "COOKIE-ACK" }]],
    ["7: COOKIE ACK with DATA", [{ type: "COOKIE-ACK" }, DATA]],
  ])("%s is not answered", (_name, chunks) => {
    expect(answer(make(), {}, ...chunks)).toEqual([]);
  });

  test("4: a COOKIE ECHO that is not ours is not answered", () => {
    expect(answer(make(), {}, { type: "COOKIE-ECHO", cookie: new Uint8Array(100) })).toEqual([]);
  });

  test.each<[string, readonly Chunk[]]>([
    ["alone", [SHUTDOWN_ACK]],
    ["behind something else", [HEARTBEAT, SHUTDOWN_ACK]],
  ])("5: SHUTDOWN ACK %s is answered with SHUTDOWN COMPLETE", (_name, chunks) => {
    expect(answer(make(), {}, ...chunks)).toEqual(["SHUTDOWN-COMPLETE T 12345678"]);
  });

  test.each<[string, Chunk]>([
    ["DATA", DATA],
    ["SACK", SACK],
    ["HEARTBEAT", HEARTBEAT],
    ["HEARTBEAT ACK", { type: "HEARTBEAT-ACK", info: new Uint8Array(8) }],
    ["SHUTDOWN", { type: "SHUTDOWN", cumulativeTsn: asTsn(0) }],
    ["another ERROR", { type: "ERROR", causes: [{ type: "OUT-OF-RESOURCE" }] }],
    ["INIT ACK", { type: "INIT-ACK", ...INIT }],
    ["an unknown chunk", { type: "UNKNOWN", typeCode: 0xfe, flags: 0, bytes: Uint8Array.of(0xfe, 0, 0, 4) }],
  ])("8: %s is answered with ABORT", (_name, chunk) => {
    expect(answer(make(), {}, chunk)).toEqual(["ABORT T 12345678"]);
  });

  // RFC 9260 §8.5.1 A: "Otherwise, the receiver MUST silently discard the packet."
  test("a tag of 0 without an INIT, or an INIT in company or with a tag, is not answered", () => {
    const init: Chunk = { type: "INIT", ...INIT };
    expect(answer(make(), { tag: 0 }, HEARTBEAT)).toEqual([]);
    expect(answer(make(), { tag: 0 }, init, DATA)).toEqual([]);
    expect(answer(make(), {}, init)).toEqual([]);
  });

  test("a wrong checksum is not answered, whatever is in the packet", () => {
    const stack = make();
    stack.handleDatagram(0, {
      bytes: new Uint8Array(40).fill(3),
      source: "10.0.0.2" as never,
      sourcePort: UDP_PORT,
      destination: "10.0.0.1" as never,
    });
    expect(pollAll(stack, 0)).toEqual([]);
    expect(stack.statistics.dropped.checksum).toBe(1);
  });
});

test("3: an INIT that cannot be taken is answered with ABORT, with its Initiate Tag and without the T bit", () => {
  expect(answer(makeStack(), { tag: 0 }, { type: "INIT", ...INIT })).toEqual(["ABORT a0b0c0d"]);
});

test("3: an INIT to a port where nobody listens is not taken for one where somebody does", () => {
  const stack = makeStack();
  listen(stack, "10.0.0.1", { port: 5_001 });
  expect(answer(stack, { tag: 0 }, { type: "INIT", ...INIT })).toEqual(["ABORT a0b0c0d"]);
  const other = makeStack();
  listen(other, "10.9.0.1");
  expect(answer(other, { tag: 0 }, { type: "INIT", ...INIT })).toEqual(["ABORT a0b0c0d"]);
});

describe("beside an association (§8.5)", () => {
  const make = (): { readonly stack: Stack; readonly tag: number } => {
    const stack = makeStack();
    listen(stack, "10.0.0.1");
    return { stack, tag: associate(stack, 0) };
  };

  test("our tag from an address that is not the peer's is discarded", () => {
    const { stack, tag } = make();
    expect(answer(stack, { tag, from: "10.0.0.66" }, HEARTBEAT)).toEqual([]);
    expect(stack.statistics.dropped.source).toBe(1);
    expect(answer(stack, { tag }, HEARTBEAT)).toEqual(["HEARTBEAT-ACK a0b0c0d"]);
  });

  // "the receiver MUST silently discard the packet and MUST NOT process it any further"
  test("another tag from the peer's own address and ports is discarded", () => {
    const { stack } = make();
    for (const chunk of [
      HEARTBEAT,
      SACK,
      SHUTDOWN_ACK,
      { type: "SHUTDOWN", cumulativeTsn: asTsn(0) } as const,
    ]) {
      expect(answer(stack, {}, chunk)).toEqual([]);
    }
    expect([stack.statistics.dropped.tag, stack.associations]).toEqual([4, 1]);
    // Behind the same NAT there may be somebody else.
    expect(answer(stack, { udpPort: 40_000 }, HEARTBEAT)).toEqual(["ABORT T 12345678"]);
  });

  test("our tag with another SCTP port is out of the blue", () => {
    const { stack, tag } = make();
    expect(answer(stack, { tag, sourcePort: 7 }, HEARTBEAT)).toEqual([`ABORT T ${tag.toString(16)}`]);
  });

  test.each([
    ["our tag and no T bit", true, false, true],
    ["our tag and the T bit", true, true, false],
    ["the peer's tag and the T bit", false, true, true],
    ["the peer's tag and no T bit", false, false, false],
    ["neither tag and the T bit", undefined, true, false],
    ["neither tag and no T bit", undefined, false, false],
  ])("B: an ABORT with %s ends it: %s", (_, ours, tBit, ends) => {
    for (const company of [[], [HEARTBEAT]]) {
      // Behind another chunk an ABORT is no different, but a packet with a reflected tag has no other chunk.
      if (company.length > 0 && ours !== true) continue;
      const { stack, tag } = make();
      const used = ours === undefined ? TAG : ours ? tag : INIT.initiateTag;
      feed(stack, 0, { tag: used }, ...company, { type: "ABORT", tBit, causes: [] });
      expect(stack.associations).toBe(ends ? 0 : 1);
    }
  });

  test("C: a SHUTDOWN COMPLETE outside SHUTDOWN-ACK-SENT is ignored", () => {
    const { stack, tag } = make();
    for (const tBit of [false, true]) {
      const used = tBit ? INIT.initiateTag : tag;
      expect(answer(stack, { tag: used }, { type: "SHUTDOWN-COMPLETE", tBit })).toEqual([]);
    }
    expect(stack.associations).toBe(1);
  });

  test("D: a COOKIE ECHO whose tag is not its cookie's is discarded", () => {
    const stack = makeStack();
    listen(stack, "10.0.0.1");
    feed(stack, 0, { tag: 0 }, { type: "INIT", ...INIT });
    const initAck = pollAll(stack, 0)[0]?.chunks[0];
    const cookie = initAck?.type === "INIT-ACK" ? initAck.parameters[0] : undefined;
    if (initAck?.type !== "INIT-ACK" || cookie?.type !== "STATE-COOKIE") throw new Error("no cookie");
    const echo: Chunk = { type: "COOKIE-ECHO", cookie: cookie.cookie };
    expect(answer(stack, { tag: initAck.initiateTag ^ 1 }, echo)).toEqual([]);
    expect(answer(stack, { tag: initAck.initiateTag, sourcePort: 6_001 }, echo)).toEqual([]);
    expect(stack.associations).toBe(0);
    expect(answer(stack, { tag: initAck.initiateTag }, echo)).toEqual(["COOKIE-ACK a0b0c0d"]);
  });
});
