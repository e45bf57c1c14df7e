import { expect, test } from "vitest";
import { hasValidChecksum, readChecksum } from "../../src/base/crc32c.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import { listen, makeStack } from "../stack/support.ts";
import {
  ladderTest,
  type Pair,
  pattern,
  type Script,
  type Side,
  scriptedTest,
} from "../support/ladder-test.ts";

/** RFC 9653: packets without a checksum, over a transport that guards them itself. */

const ON = { zeroChecksum: true } as const;
const GUARDED = { errorDetection: "dtls" } as const;
const ACCEPTABLE = { type: "ZERO-CHECKSUM-ACCEPTABLE", method: 1 } as const;

/** The types of the packets that a side has sent, "0" behind those that have no checksum. */
function marked(side: Side): string[] {
  return side.packets.map(({ bytes }) => {
    expect(readChecksum(bytes) === 0 || hasValidChecksum(bytes)).toBe(true);
    return readChecksum(bytes) === 0 ? "0" : "crc";
  });
}

function talk({ a, z, connect, until, network }: Pair): void {
  connect();
  a.send(100);
  z.send(pattern(200));
  until("both have it", () => a.deliveries.length === 1 && z.deliveries.length === 1);
  network.run(500);
  a.shutdown();
  until("both end", () => a.end === "shutdown" && z.end === "shutdown");
}

// §5.2, 1 a and 2: INIT and COOKIE ECHO have their checksum; "if none of the above restrictions apply, an endpoint
// SHOULD use zero". What is sent without an association (INIT ACK, SHUTDOWN COMPLETE) has one, as it may.
ladderTest(
  "where both take it, all but the packets of the handshake go without",
  { config: ON, stack: GUARDED },
  (pair) => {
    talk(pair);
    expect(marked(pair.a).slice(0, 2)).toEqual(["crc", "crc"]);
    expect(new Set(marked(pair.a).slice(2, -1))).toEqual(new Set(["0"]));
    expect(new Set(marked(pair.z).slice(1))).toEqual(new Set(["0"]));
  },
);

ladderTest(
  "with a COOKIE ECHO goes DATA, and the checksum of both",
  { config: ON, stack: GUARDED },
  ({ a, z, until }) => {
    a.connect();
    a.send(100);
    until("it is there", () => z.deliveries.length === 1);
    expect(marked(a).slice(0, 2)).toEqual(["crc", "crc"]);
  },
);

for (const [side, configs] of [
  ["A", { configA: ON }],
  ["Z", { configZ: ON }],
] as const) {
  ladderTest(
    `where ${side} alone takes it, every packet has its checksum`,
    { ...configs, stack: GUARDED },
    (pair) => {
      talk(pair);
      expect(new Set([...marked(pair.a), ...marked(pair.z)])).toEqual(new Set(["crc"]));
      // §5.1: "MUST include the Zero Checksum Acceptable Chunk Parameter", and who does not take it does not.
      expect(pair.a.sent("INIT")[0]?.parameters.some(({ type }) => type === ACCEPTABLE.type)).toBe(
        side === "A",
      );
      expect(pair.z.sent("INIT-ACK")[0]?.parameters.some(({ type }) => type === ACCEPTABLE.type)).toBe(
        side === "Z",
      );
    },
  );
}

/** An association that the peer has opened with these parameters. */
function open({ a, peer }: Script, parameters: readonly (typeof ACCEPTABLE)[]): void {
  const { cookie } = peer.init({ parameters });
  peer.send({ type: "COOKIE-ECHO", cookie });
  peer.expect("COOKIE-ACK");
  expect(a.association.state).toBe("established");
}

function unchecked({ peer }: Script, tag: number, ...chunks: readonly Chunk[]): void {
  const bytes = peer.packet({ tag }, ...chunks);
  bytes.fill(0, 8, 12);
  peer.sendBytes(bytes);
}

const heartbeat = { type: "HEARTBEAT", info: new Uint8Array(4) } as const;

// §5.3: who has sent the parameter "MUST accept" them, whatever the peer has said of itself.
scriptedTest(
  "who has said so takes packets without a checksum, and no wrong one",
  { config: ON, stack: GUARDED },
  (script) => {
    const { peer } = script;
    open(script, []);
    unchecked(script, peer.peerTag, heartbeat);
    peer.expect("HEARTBEAT-ACK");
    const wrong = peer.packet({}, heartbeat);
    wrong.set([1, 0, 0, 0], 8);
    peer.sendBytes(wrong);
    peer.expectNothing(500);
  },
);

scriptedTest("who has not said so drops them", { stack: GUARDED }, (script) => {
  open(script, [ACCEPTABLE]);
  unchecked(script, script.peer.peerTag, heartbeat);
  script.peer.expectNothing(500);
});

scriptedTest("an ABORT with the T bit needs none either", { config: ON, stack: GUARDED }, (script) => {
  open(script, [ACCEPTABLE]);
  unchecked(script, script.peer.localTag, { type: "ABORT", tBit: true, causes: [] });
  script.network.run(50);
  expect(script.a.end).toBe("peer-aborted");
});

scriptedTest("an INIT ACK may come without", { config: ON, stack: GUARDED }, (script) => {
  const { a, peer } = script;
  a.connect([peer.socket.address]);
  const init = peer.expect("INIT");
  unchecked(script, init.initiateTag, {
    type: "INIT-ACK",
    ...peer.initBody({ parameters: [{ type: "STATE-COOKIE", cookie: new Uint8Array(4) }] }),
  });
  peer.expect("COOKIE-ECHO");
});

scriptedTest(
  "INIT, COOKIE ECHO and what is out of the blue need theirs",
  { config: ON, stack: GUARDED },
  (script) => {
    const { peer } = script;
    unchecked(script, 0, { type: "INIT", ...peer.initBody({ parameters: [ACCEPTABLE] }) });
    peer.expectNothing(500);
    const { cookie } = peer.init({ parameters: [ACCEPTABLE] });
    unchecked(script, peer.peerTag, { type: "COOKIE-ECHO", cookie });
    unchecked(script, 0x7777, heartbeat);
    peer.expectNothing(500);
    peer.send({ type: "COOKIE-ECHO", cookie });
    peer.expect("COOKIE-ACK");
    unchecked(script, peer.peerTag, { type: "COOKIE-ECHO", cookie });
    peer.expectNothing(500);
  },
);

// §5.2, 1 b: "MUST include a correct CRC32c checksum in the response packet".
scriptedTest(
  "answers to what is out of the blue have their checksum, whatever the association does without",
  { config: ON, stack: GUARDED },
  (script) => {
    const { a, peer, network } = script;
    open(script, [ACCEPTABLE]);
    peer.send(heartbeat);
    peer.expect("HEARTBEAT-ACK");
    expect(marked(a).at(-1)).toBe("0");
    const strangers: readonly (readonly [Chunk, Parameters<typeof peer.sendWith>[0]])[] = [
      [heartbeat, { tag: 0x7777, port: 9 }],
      [{ type: "SHUTDOWN-ACK" }, { tag: 0x7777, port: 9 }],
      [
        { type: "INIT", ...peer.initBody({ parameters: [ACCEPTABLE] }) },
        { tag: 0, peerPort: 9 },
      ],
    ];
    for (const [chunk, from] of strangers) {
      const before = a.packets.length;
      peer.sendWith(from, chunk);
      network.run(50);
      expect(marked(a).slice(before)).toEqual(["crc"]);
    }
  },
);

// §5.2, 1: "indicating an alternate error detection method it supports".
scriptedTest("a peer that has another method gets checksums", { config: ON, stack: GUARDED }, (script) => {
  const { peer } = script;
  const { cookie } = peer.init({ parameters: [{ ...ACCEPTABLE, method: 2 }] });
  peer.send({ type: "COOKIE-ECHO", cookie });
  peer.expect("COOKIE-ACK");
  expect(script.a.packets.every(({ bytes }) => hasValidChecksum(bytes))).toBe(true);
});

test("over a transport that guards nothing it cannot be had", () => {
  expect(() => listen(makeStack(), "10.0.0.1", { config: ON })).toThrow(
    expect.objectContaining({ code: "ERR_SCTP_INVALID_OPTION" }),
  );
});
