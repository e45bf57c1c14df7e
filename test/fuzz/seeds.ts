import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { asMid, asSsn, asTsn, tsnAdd } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import { chunk, parameter } from "../packet/arbitraries.ts";
import type { ReachableState } from "../support/reach-state.ts";
import type { Input, Step } from "./input.ts";
import { StepKind } from "./packets.ts";
import { chunkBytes, Head, Head2, PEER_TAG, PEER_TSN, Stage } from "./stage.ts";

/** What other fuzzers found: chunks behind a byte of flags. Read where they are. */
export const CORPUS: string =
  process.env.USCTP_MALFORMED_CORPUS ??
  fileURLToPath(new URL("../../../shared/corpus/usrsctp-connect", import.meta.url));

/** The chunks of each file; none where there is no corpus. */
export function corpusChunks(): readonly Uint8Array[] {
  if (!existsSync(CORPUS)) return [];
  return readdirSync(CORPUS)
    .filter((name) => !name.startsWith("LICENSE"))
    .sort()
    .map((name) => new Uint8Array(readFileSync(`${CORPUS}/${name}`)).subarray(1));
}

/** Chunks of every type, right in their shape. */
export function sampleChunks(count: number): readonly Uint8Array[] {
  return fc.sample(chunk, { seed: 9_260, numRuns: count }).map((one) => chunkBytes(one));
}

const EXTENSIONS = Head.AUTHENTICATION | Head.ADDRESSES | Head.PARTS;
/**
 * Nothing but the defaults; extensions on, with DATA and with I-DATA; a user that does not read, small
 * buffers.
 */
export const HEADS: readonly Uint8Array[] = [
  Uint8Array.of(0, 0),
  Uint8Array.of(0, Head2.DATA_SENT | Head2.TO_THE_END),
  Uint8Array.of(EXTENSIONS, Head2.DATA_SENT | Head2.ADAPTATION),
  Uint8Array.of(EXTENSIONS | Head.INTERLEAVING, Head2.DATA_SENT | Head2.TO_THE_END),
  Uint8Array.of(Head.INTERLEAVING | Head.NOT_READING, Head2.SMALL_BUFFERS | 16),
  Uint8Array.of(Head.NOT_READING, Head2.SMALL_BUFFERS | Head2.ZERO_CHECKSUM),
];

function step(kind: number, ...body: readonly number[]): Step {
  return { kind, body: Uint8Array.from(body) };
}

const second = step(StepKind.TIME, 0x03, 0xe8);

export interface PacketSeeds {
  readonly dictionary: readonly number[];
  readonly inputs: readonly Input[];
}

/**
 * Bound: the states, and none. Made when they are asked for: the code that is reached should be the
 * target's.
 */
const made: Map<ReachableState | undefined, PacketSeeds> = new Map();

/** What the packet targets begin with, whose numbers are those of that state. */
export function packetSeeds(state: ReachableState | undefined): PacketSeeds {
  const seeds = made.get(state) ?? makePacketSeeds(state);
  made.set(state, seeds);
  return seeds;
}

function makePacketSeeds(state: ReachableState | undefined): PacketSeeds {
  const stage = new Stage(Uint8Array.of(0, 0), state);
  const { ourTsn, peerTag } = stage;
  const tsns = [-1, 0, 1, 2, 3, 5, 100].flatMap((add) => [tsnAdd(ourTsn, add), tsnAdd(asTsn(PEER_TSN), add)]);
  const addresses = [
    0x0a000001, 0x0a010001, 0x0a000002, 0x0a010002, 0x0a000003, 0x0a090909, 0x7f000001, 0xe0000001,
  ];
  const dictionary = [...tsns, peerTag, PEER_TAG, ...addresses];
  const { INTERLEAVING } = Head;
  const wellFormed = known(stage);
  const bodies = [...corpusChunks(), ...sampleChunks(120)];
  const inputs: Input[] = [...bodies, ...wellFormed.flat().map((one) => chunkBytes(one))].map(
    (body, index) => ({
      head: HEADS[index % HEADS.length] as Uint8Array,
      steps: [{ kind: StepKind.PACKET, body }],
    }),
  );
  for (const head of HEADS) {
    for (const chunks of wellFormed) {
      const isOther = chunks.some(({ type }) => type === ((head[0] ?? 0) & INTERLEAVING ? "DATA" : "I-DATA"));
      if (isOther) continue;
      const steps = chunks.map((one) => ({ kind: StepKind.PACKET, body: chunkBytes(one) }));
      inputs.push({ head, steps: [...steps, second] });
    }
    inputs.push({ head, steps: calls() });
    inputs.push({ head, steps: [...handshake(stage), step(StepKind.ANSWER, 1)] });
    inputs.push(...answered(head));
  }
  return { dictionary, inputs };
}

function calls(): Step[] {
  const ofUser = Array.from({ length: 11 }, (_, call) => step(StepKind.CALL, 1, call, 1, 0, 1, 2, 0, 2));
  const messages = [0, 1, 2, 8, 16, 32, 64, 127].map((flags) =>
    step(StepKind.CALL, 0, 11, flags & 3, flags, 1, 0, 100, 4, 0),
  );
  return [
    ...messages,
    ...ofUser.slice(2),
    second,
    step(StepKind.SYSTEM, 0, 0),
    step(StepKind.SYSTEM, 0, 2, 0, 5, 0),
  ];
}

/** Each call, with its answers, twice; the second time with another result of a reconfiguration. */
function answered(head: Uint8Array): Input[] {
  return Array.from({ length: 18 }, (_, which) => {
    const doing = step(StepKind.CALL, which, which, 1, 1, 2, 0, 1, 1, 0);
    const answer = (result: number): Step => step(StepKind.ANSWER, result);
    return {
      head,
      steps: [answer(0), doing, answer(1), second, answer(1), doing, answer(which % 8), second, answer(1)],
    };
  });
}

/** A handshake from the other side, with the cookie as it was, and with a bit that is wrong. */
function handshake(stage: Stage): Step[] {
  const body = chunkBytes({ type: "INIT", ...stage.initBody() });
  const restart = chunkBytes({ type: "INIT", ...stage.initBody(), initiateTag: PEER_TAG + 1 });
  return [
    { kind: StepKind.NO_TAG, body },
    step(StepKind.COOKIE, 9),
    step(StepKind.COOKIE, 0),
    { kind: StepKind.PACKET, body: chunkBytes(data(0)) },
    { kind: StepKind.NO_TAG, body: restart },
    step(StepKind.COOKIE, 0),
    { kind: StepKind.STRANGER, body },
    { kind: StepKind.NO_TAG, body: restart },
    second,
    step(StepKind.COOKIE, 0),
  ];
}

function data(add: number, parts: Partial<Extract<Chunk, { type: "DATA" }>> = {}): Chunk {
  return {
    type: "DATA",
    unordered: false,
    beginning: true,
    ending: true,
    immediate: false,
    tsn: tsnAdd(asTsn(PEER_TSN), add),
    stream: 0,
    ssn: asSsn(add),
    ppid: 0,
    data: new Uint8Array(200),
    ...parts,
  };
}

function iData(add: number, parts: object = {}): Chunk {
  const { ssn: _, ...rest } = data(add) as Extract<Chunk, { type: "DATA" }>;
  return { ...rest, type: "I-DATA", mid: asMid(add), fsn: 0, ...parts } as Chunk;
}

/** What a right peer may send in the course of things, a list for each course. */
function known(stage: Stage): readonly (readonly Chunk[])[] {
  const { ourTsn } = stage;
  const tsn = asTsn(PEER_TSN);
  const sack = (acked: number, gaps: { start: number; end: number }[] = []): Chunk => ({
    type: "SACK",
    cumulativeTsn: tsnAdd(ourTsn, acked - 1),
    receiverWindow: 50_000,
    gaps,
    duplicates: [],
  });
  const first = { ending: false, ssn: asSsn(0) };
  const middle = { beginning: false, ending: false, ssn: asSsn(0) };
  const last = { beginning: false, ssn: asSsn(0) };
  const auth: Chunk = { type: "AUTH", keyId: 0, hmacId: 1, hmac: new Uint8Array(20) };
  const asconf = [4, 8, 16].flatMap((low) => [
    0xc0,
    1 + (low >> 3),
    0,
    16,
    0,
    0,
    0,
    low,
    0,
    5,
    0,
    8,
    10,
    9,
    9,
    9,
  ]);
  const asconfBytes = [0xc1, 0, 0, 16 + asconf.length, 0, 0, 3, 0xe8, 0, 5, 0, 8, 10, 0, 0, 2, ...asconf];
  const unknown = (bytes: readonly number[]): Chunk => ({
    type: "UNKNOWN",
    typeCode: bytes[0] ?? 0,
    flags: 0,
    bytes: Uint8Array.from(bytes),
  });
  const reset = [0x82, 0, 0, 22, 0, 13, 0, 18, 0, 0, 3, 0xe8, 0, 0, 0, 0, 0, 0, 3, 0xe7, 0, 1];
  const resetIn = [0x82, 0, 0, 14, 0, 14, 0, 10, 0, 0, 3, 0xe8, 0, 1];
  const resetTsn = [0x82, 0, 0, 12, 0, 15, 0, 8, 0, 0, 3, 0xe8];
  const addStreams = [0x82, 0, 0, 16, 0, 17, 0, 12, 0, 0, 3, 0xe8, 0, 5, 0, 0];
  return [
    [data(0), data(1), data(2)],
    [data(2), data(1), data(0)],
    [data(0, first), data(1, middle), data(2, last), data(3)],
    [data(2, last), data(0, first), data(0, first)],
    [
      data(0, { unordered: true }),
      data(1, { ...first, unordered: true }),
      data(2, { ...last, unordered: true }),
    ],
    [iData(0), iData(1), iData(2)],
    [iData(0, { ending: false }), iData(1, { mid: asMid(0), fsn: 1, beginning: false }), iData(2)],
    [sack(1), sack(2), sack(3)],
    [
      sack(0, [{ start: 2, end: 3 }]),
      sack(0, [{ start: 2, end: 4 }]),
      sack(0, [{ start: 2, end: 5 }]),
      sack(6),
    ],
    [
      sack(3),
      { type: "SHUTDOWN", cumulativeTsn: tsnAdd(ourTsn, 5) },
      { type: "SHUTDOWN-COMPLETE", tBit: false },
    ],
    [{ type: "SHUTDOWN", cumulativeTsn: tsnAdd(ourTsn, -1) }],
    [{ type: "SHUTDOWN-ACK" }],
    [{ type: "SHUTDOWN-COMPLETE", tBit: false }],
    [{ type: "ABORT", tBit: false, causes: [] }],
    [{ type: "COOKIE-ACK" }],
    [{ type: "COOKIE-ECHO", cookie: new Uint8Array(100) }],
    [{ type: "INIT", ...stage.initBody() }],
    [
      { type: "INIT-ACK", ...stage.initBody([{ type: "STATE-COOKIE", cookie: new Uint8Array(8) }]) },
      { type: "COOKIE-ACK" },
      data(0),
    ],
    [{ type: "HEARTBEAT", info: new Uint8Array(40) }],
    [{ type: "HEARTBEAT-ACK", info: new Uint8Array(40) }],
    [auth, { type: "HEARTBEAT", info: new Uint8Array(8) }],
    [
      data(3),
      { type: "FORWARD-TSN", newCumulativeTsn: tsnAdd(tsn, 2), streams: [{ stream: 0, ssn: asSsn(2) }] },
    ],
    [
      iData(3),
      {
        type: "I-FORWARD-TSN",
        newCumulativeTsn: tsnAdd(tsn, 2),
        streams: [{ stream: 0, unordered: false, mid: asMid(2) }],
      },
    ],
    [unknown(asconfBytes)],
    [unknown(reset), data(0, { stream: 1, ssn: asSsn(0) })],
    [data(0, first), unknown(resetIn)],
    [data(0, first), unknown(resetTsn)],
    [unknown(addStreams)],
  ];
}

/** Whole packets, with tags and ports of nobody. */
export function rawPackets(): readonly Input[] {
  return [...corpusChunks(), ...sampleChunks(60)].map((chunks, index) => {
    const body = new Uint8Array(12 + chunks.length);
    body.set([0x13, 0x8a, 0x13, 0x89, 0, 0, 0, index & 1]);
    body.set(chunks, 12);
    return { head: HEADS[index % HEADS.length] as Uint8Array, steps: [{ kind: StepKind.RAW, body }] };
  });
}

/** INITs with parameters of all kinds, each with its cookie sent back. */
export function cookieInputs(): readonly Input[] {
  const stage = new Stage(HEADS[2] as Uint8Array, undefined);
  const plain = new Stage(HEADS[0] as Uint8Array, undefined);
  const samples = fc.sample(fc.array(parameter, { maxLength: 6 }), { seed: 9_260, numRuns: 150 });
  return samples.map((more, index) => {
    const body = { ...(index % 3 === 0 ? plain : stage).initBody(more) };
    const head = HEADS[index % HEADS.length] as Uint8Array;
    const steps = [
      { kind: StepKind.NO_TAG, body: chunkBytes({ type: "INIT", ...body }) },
      step(StepKind.COOKIE, index % 4 === 0 ? 1 + index : 0),
      { kind: StepKind.PACKET, body: chunkBytes(data(0)) },
      second,
    ];
    return { head, steps: index % 5 === 0 ? [...steps, ...handshake(stage)] : steps };
  });
}
