import { createHash } from "node:crypto";
import type { Association, ProtocolOptions } from "usctp";
import type { Context, Scenario } from "../matrix.ts";
import { patternBytes } from "../pattern.ts";
import type { Peer } from "../peer.ts";
import { check, fail, noComplaints, same } from "./check.ts";
import { echo, Plan } from "./echo.ts";
import { type OpenStage, openStage, type StageOptions } from "./stage.ts";

const LIMIT = 15_000;

/** Chunk types (RFC 9260 §3.2, RFC 8260 §2.1). */
const DATA = 0;
const I_DATA = 64;

const LARGE = 300_000;
/** Of either side. */
const WINDOW = 131_072;
const SMALL = 1_000;
const SMALLS = 20;

/** Of the two large messages, and of the small ones. */
const [FIRST, SECOND, QUICK] = [1, 2, 3] as const;

/** A scheduler of ours, and what the peer calls it; by the weights or priorities of streams. */
interface Setting {
  readonly name: string;
  readonly ours: NonNullable<ProtocolOptions["scheduler"]>;
  readonly its: string;
  readonly ourValues: ReadonlyMap<number, number>;
  readonly itsValues: ReadonlyMap<number, number>;
  /** What goes of the second large message for each byte of the first: from, to. */
  readonly share: { readonly ours: readonly [number, number]; readonly its: readonly [number, number] };
}

const none: ReadonlyMap<number, number> = new Map();

const settings: readonly Setting[] = [
  {
    // The first before the second, and the small ones before both (RFC 8260 §3.4).
    name: "priority",
    ours: "priority",
    its: "priority",
    ourValues: new Map([
      [FIRST, 1],
      [SECOND, 2],
      [QUICK, 0],
    ]),
    itsValues: new Map([
      [FIRST, 1],
      [SECOND, 2],
      [QUICK, 0],
    ]),
    share: { ours: [0, 0], its: [0, 0] },
  },
  {
    // RFC 8260 §3.2.
    name: "round robin",
    ours: "round-robin",
    its: "round-robin",
    ourValues: none,
    itsValues: none,
    share: { ours: [0.9, 1.1], its: [0.9, 1.1] },
  },
  {
    // RFC 8260 §3.6, §3.5: the library has no weights.
    name: "fair",
    ours: "weighted-fair",
    its: "fair",
    ourValues: new Map([[FIRST, 2]]),
    itsValues: none,
    // The library favours the stream that came first.
    share: { ours: [0.45, 0.55], its: [0.5, 1.1] },
  },
];

interface Sent {
  readonly stream: number;
  readonly length: number;
  readonly ppid: number;
}

/** Two large messages, and small ones behind them. */
const messages: readonly Sent[] = [
  { stream: FIRST, length: LARGE, ppid: 1 },
  { stream: SECOND, length: LARGE, ppid: 2 },
  ...Array.from({ length: SMALLS }, (_, index) => ({ stream: QUICK, length: SMALL, ppid: 3 + index })),
];

const contentOf = ({ length, ppid }: Sent): Buffer => patternBytes(length, ppid * 977);

/** What arrived, in the order of the ends of messages. */
function checkArrivals(arrived: readonly Sent[]): void {
  const sorted = arrived.toSorted((a, b) => a.ppid - b.ppid);
  same("the messages", sorted, messages);
  const quick = arrived.slice(0, SMALLS).map(({ ppid }) => ppid);
  same(
    "the small ones come first, in order",
    quick,
    sorted.slice(2).map(({ ppid }) => ppid),
  );
}

interface Fragment {
  readonly stream: number;
  readonly bytes: number;
  readonly ends: boolean;
}

/** The fragments that went one way since `from`, as our sockets saw them; and no DATA. */
function fragments({ ours }: OpenStage, direction: "in" | "out", from: number): Fragment[] {
  return ours.transport
    .packets()
    .slice(from)
    .filter((packet) => packet.direction === direction)
    .flatMap(({ chunks }) => chunks)
    .flatMap((chunk) => {
      check(chunk[0] !== DATA, () => "DATA where I-DATA was agreed");
      if (chunk[0] !== I_DATA) return [];
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
      return [
        { stream: view.getUint16(8), bytes: view.getUint16(2) - 20, ends: (view.getUint8(1) & 1) !== 0 },
      ];
    });
}

/** How much of the second large message went for each byte of the first, from when both were under way; 0: none did. */
function shareOfSecond(all: readonly Fragment[]): number {
  const end = all.findIndex(({ stream, ends }) => stream === FIRST && ends);
  check(end >= 0, () => "the end of the first message was not seen");
  const begin = all.findIndex(({ stream }) => stream === SECOND);
  if (begin > end) return 0;
  const both = all.slice(begin, end + 1);
  const bytesOf = (wanted: number): number =>
    both.reduce((sum, { stream, bytes }) => sum + (stream === wanted ? bytes : 0), 0);
  check(bytesOf(FIRST) > LARGE / 4, () => "the second message came when the first was all but gone");
  return bytesOf(SECOND) / bytesOf(FIRST);
}

const options: StageOptions = {
  // With these windows a large message takes several round trips, and comes in parts.
  relay: { delay: 6 },
  // Messages in parts close them, and who probes, or answers a probe, shall do so soon.
  ours: { interleaving: true, pathMtu: 1_500, receiveBuffer: WINDOW, rtoMin: 200, sackDelay: 20 },
  peer: { receiveBuffer: WINDOW, sysctl: { rto_min_default: 200 } },
  async prepare(peer) {
    await peer.command("interleaving", { on: true });
  },
};

function checkShare(name: string, share: number, [least, most]: readonly [number, number]): string {
  check(
    share >= least && share <= most,
    () => `${name}: ${share} bytes of the second went for one of the first, not ${least} to ${most}`,
  );
  return `${name} ${share.toFixed(2)}`;
}

/** We send; the small messages overtake. */
export const interleavedOutScenario: Scenario = {
  name: "interleaved-out",
  title: "large and small interleaved, by us",
  limit: LIMIT,
  async run(context) {
    const stage = await openStage(context, options);
    const { association, peer, ours } = stage;
    const notes: string[] = [];
    for (const { name, ours: scheduler, ourValues: streamValues, share } of settings) {
      context.progress(name);
      association.configure({ scheduler, streamValues });
      const from = ours.transport.packets().length;
      for (const one of messages) {
        const { stream, ppid } = one;
        association.trySend(contentOf(one), { stream, ppid });
      }
      checkArrivals(await toldBy(peer));
      await association.flush();
      notes.push(checkShare(name, shareOfSecond(fragments(stage, "out", from)), share.ours));
    }
    await noComplaints(peer);
    return notes.join(", ");
  },
};

async function toldBy(peer: Peer): Promise<Sent[]> {
  const arrived: Sent[] = [];
  while (arrived.length < messages.length) {
    const { stream, length, ppid, sha256 } = await peer.next("message");
    const one = { stream, length, ppid };
    same(`the hash of PPID ${ppid}`, sha256, createHash("sha256").update(contentOf(one)).digest("hex"));
    arrived.push(one);
  }
  return arrived;
}

/** The peer sends. */
export const interleavedInScenario: Scenario = {
  name: "interleaved-in",
  title: "large and small interleaved, by the peer",
  limit: LIMIT,
  async run(context) {
    const stage = await openStage(context, options);
    const { association, peer, ours } = stage;
    const notes: string[] = [];
    for (const { name, its, itsValues, share } of settings) {
      context.progress(name);
      await peer.command("scheduler", { name: its });
      for (const [stream, value] of itsValues) await peer.command("stream-value", { stream, value });
      const from = ours.transport.packets().length;
      const reading = read(association);
      // Where sending fails, that is what is told.
      reading.catch(() => {});
      for (const one of messages) await peer.send({ ...one, offset: one.ppid * 977 });
      checkArrivals(await reading);
      notes.push(checkShare(name, shareOfSecond(fragments(stage, "in", from)), share.its));
    }
    await noComplaints(peer);
    return notes.join(", ");
  },
};

/** Reads all, parts as well. */
async function read(association: Association): Promise<Sent[]> {
  const arrived: Sent[] = [];
  const begun = new Map<number, Buffer[]>();
  for await (const { data, stream, ppid, end } of association) {
    const parts = [...(begun.get(stream) ?? []), data];
    begun.set(stream, parts);
    if (!end) continue;
    begun.delete(stream);
    const whole = Buffer.concat(parts);
    const one = { stream, length: whole.length, ppid };
    check(whole.equals(contentOf(one)), () => `the bytes of PPID ${ppid} differ`);
    arrived.push(one);
    if (arrived.length === messages.length) return arrived;
  }
  fail("the association ended");
}

/** Both ways, ordered and unordered, over a path that loses and reorders. */
export const interleavedEchoScenario: Scenario = {
  name: "interleaved-echo",
  title: "echo with I-DATA, loss and reordering",
  limit: 20_000,
  run: (context: Context) =>
    echo(context, new Plan("mixed", [1, 2, 1_000, 1_423, 1_424, 4_096, 16_384, 65_536], 2), {
      ...options,
      relay: { loss: 0.02, reorder: 0.02, reorderDelay: 3, delay: 1 },
      // None comes in parts.
      ours: { ...options.ours, receiveBuffer: 4 << 20 },
      peer: { ...options.peer, receiveBuffer: 4 << 20 },
    }),
};
