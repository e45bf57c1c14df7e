import { createHash } from "node:crypto";
import type { Association, FailedMessage, Message, SctpError } from "usctp";
import type { Context, Scenario } from "../matrix.ts";
import { patternBytes } from "../pattern.ts";
import type { Peer } from "../peer.ts";
import { check, fail, noComplaints, same } from "./check.ts";
import { type OpenStage, openStage, type StageOptions } from "./stage.ts";

const LIMIT = 15_000;

/** Chunk types (RFC 3758 §3.2, RFC 8260 §2.3.1). */
const FORWARD_TSN = 192;
const I_FORWARD_TSN = 194;

/** Datagrams lost of those that carry data, of 1. */
const LOSS = 0.08;
/** Of the relay, ms each way: what is lost is found lost later than this. */
const DELAY = 5;
/** ms: less than it takes to find a loss, more than what waits in the send buffer should take. */
const LIFETIME = 9;
/** Bytes: little enough that hardly a message waits longer than it lives. */
const SEND_BUFFER = 12_000;
/** ms: more than what a SACK may be late, so that nothing is given up that has come. */
const RTO = 250;
const ROUNDS = 30;

/** Bytes of messages: one chunk, and several. */
const WHOLE = 700;
const FRAGMENTED = 4_000;

interface Kind {
  readonly length: number;
  readonly unordered: boolean;
  readonly reliable: boolean;
}

/** By stream. */
const kinds: readonly Kind[] = [
  { length: WHOLE, unordered: false, reliable: false },
  { length: WHOLE, unordered: true, reliable: false },
  { length: FRAGMENTED, unordered: false, reliable: false },
  { length: FRAGMENTED, unordered: true, reliable: false },
  { length: WHOLE, unordered: false, reliable: true },
];

type PolicyName = "lifetime" | "retransmissions";

interface Planned extends Kind {
  /** In the order of sending; with the stream it tells messages apart. */
  readonly index: number;
  readonly stream: number;
  readonly policy: PolicyName;
}

/** Streams in turn; what is not reliable is given up by one policy at first, and by the other later. */
const plan: readonly Planned[] = Array.from({ length: ROUNDS * kinds.length }, (_, index) => {
  const stream = index % kinds.length;
  const policy = index < (ROUNDS * kinds.length) / 2 ? "lifetime" : "retransmissions";
  return { ...(kinds[stream] as Kind), index, stream, policy };
});

/** What ends each stream when all is over, reliable: it comes behind all that will ever come. */
const lasts: readonly Planned[] = kinds.map((kind, stream) => ({
  ...kind,
  length: 20,
  reliable: true,
  index: plan.length + stream,
  stream,
  policy: "lifetime",
}));

const all: readonly Planned[] = [...plan, ...lasts];

/** The PPID of what is sent last to see that all is settled. */
const SETTLED = 999_999;

/** Its message has a PPID other than 0. */
const ppidOf = ({ index }: Planned): number => 1_000_000 + index;
const plannedOf = (ppid: number): Planned => all[ppid - 1_000_000] ?? fail(`nobody sent PPID ${ppid}`);
const contentOf = ({ length, index }: Planned): Buffer => patternBytes(length, index * 131);

/** What came of the plan. */
interface Outcome {
  /** In the order of their delivery. */
  readonly delivered: readonly Planned[];
  /** Told to the sender's user, each once; undefined where that stack tells nothing. */
  readonly failed: ReadonlySet<number> | undefined;
}

function checkOutcome({ delivered, failed }: Outcome): void {
  const indices = delivered.map(({ index }) => index);
  same("messages that came twice", indices.length - new Set(indices).size, 0);
  for (const [stream, { unordered }] of kinds.entries()) {
    const came = delivered.filter((one) => one.stream === stream).map(({ index }) => index);
    if (!unordered)
      same(
        `the order on stream ${stream}`,
        came,
        came.toSorted((a, b) => a - b),
      );
    same(`the last on stream ${stream}`, came.at(-1), plan.length + stream);
  }
  const came = new Set(indices);
  const missing = all.filter(({ index }) => !came.has(index));
  same(
    "reliable messages that are missing",
    missing.filter(({ reliable }) => reliable),
    [],
  );
  const kindsGivenUp: readonly (string | number)[] = missing.flatMap(({ policy, length }) => [
    policy,
    length,
  ]);
  for (const wanted of ["lifetime", "retransmissions", WHOLE, FRAGMENTED])
    check(kindsGivenUp.includes(wanted), () => `nothing was given up that is ${wanted}`);
  if (failed === undefined) return;
  // Only what carries data is lost, and in order: whoever sends knows exactly what came.
  same(
    "failed and missing",
    [...failed].toSorted((a, b) => a - b),
    missing.map(({ index }) => index),
  );
}

/** Whether a chunk of a type went that way, as our sockets saw it. */
function countChunks({ ours }: OpenStage, direction: "in" | "out", type: number): number {
  const packets = ours.transport.packets().filter((packet) => packet.direction === direction);
  return packets.reduce((sum, { chunks }) => sum + chunks.filter(([first]) => first === type).length, 0);
}

async function open(context: Context, interleaving: boolean): Promise<OpenStage> {
  const { settings } = context.stack.traits;
  const soon = { rto_min_default: RTO, rto_initial_default: RTO, delayed_sack_time_default: 20 };
  const options: StageOptions = {
    relay: { delay: DELAY },
    ours: {
      partialReliability: true,
      interleaving,
      pathMtu: 1_500,
      sendBuffer: SEND_BUFFER,
      rtoMin: RTO,
      rtoInitial: RTO,
    },
    peer: settings ? { sendBuffer: SEND_BUFFER, sysctl: soon } : {},
    async prepare(peer) {
      if (interleaving) await peer.command("interleaving", { on: true });
    },
  };
  return openStage(context, options);
}

function summary(stage: OpenStage, direction: "in" | "out", interleaving: boolean, outcome: Outcome): string {
  const [type, other] = interleaving ? [I_FORWARD_TSN, FORWARD_TSN] : [FORWARD_TSN, I_FORWARD_TSN];
  const forwards = countChunks(stage, direction, type);
  check(forwards > 0, () => "no FORWARD TSN was seen");
  same("FORWARD TSNs of the other kind", countChunks(stage, direction, other), 0);
  return `${all.length - outcome.delivered.length} of ${all.length} given up, ${forwards} FORWARD TSNs`;
}

/** RFC 3758: before anything of it was sent, and later. */
const givenUp: readonly string[] = ["ERR_SCTP_EXPIRED", "ERR_SCTP_ABANDONED"];

/** Sends what was planned. Resolves when all of it is acknowledged or given up. */
async function send(association: Association): Promise<Set<number>> {
  const failures: Pick<FailedMessage, "ppid" | "error">[] = [];
  const onFailed = (message: FailedMessage): void => void failures.push(message);
  association.on("failed", onFailed);
  for (const one of plan) {
    const { stream, unordered, reliable, policy } = one;
    const bound = policy === "lifetime" ? { lifetime: LIFETIME } : { maxRetransmits: 0 };
    try {
      await association.send(contentOf(one), {
        stream,
        ppid: ppidOf(one),
        unordered,
        ...(reliable ? {} : bound),
      });
    } catch (error) {
      // Its lifetime passed before there was room for it: else the event tells.
      failures.push({ ppid: ppidOf(one), error: error as SctpError });
    }
  }
  while (association.bufferedBytes > 0) await association.flush().catch(() => {});
  association.off("failed", onFailed);
  const codes = new Set(failures.map(({ error }) => error.code));
  check(
    [...codes].every((code) => givenUp.includes(code)),
    () => `failed: ${[...codes]}`,
  );
  const failed = new Set(failures.map(({ ppid }) => plannedOf(ppid).index));
  same("messages that failed twice", failures.length - failed.size, 0);
  return failed;
}

/** We send; the peer tells of what comes. */
async function weSend(context: Context, interleaving: boolean): Promise<string> {
  const stage = await open(context, interleaving);
  const { association, peer, relay } = stage;
  relay?.impair({ delay: DELAY, loss: LOSS }, { direction: "toFar" });
  const failed = await send(association);
  relay?.impair({ delay: DELAY });
  for (const one of lasts) {
    const { stream, unordered } = one;
    await association.send(contentOf(one), { stream, unordered, ppid: ppidOf(one) });
  }
  const delivered: Planned[] = [];
  for (let ended = 0; ended < lasts.length; ) {
    const { ppid, stream, length, sha256 } = await peer.next("message");
    const planned = plannedOf(ppid);
    same(`message ${planned.index}`, [stream, length], [planned.stream, planned.length]);
    same("its hash", sha256, createHash("sha256").update(contentOf(planned)).digest("hex"));
    delivered.push(planned);
    if (planned.index >= plan.length) ended++;
  }
  const outcome = { delivered, failed };
  checkOutcome(outcome);
  await noComplaints(peer);
  return summary(stage, "out", interleaving, outcome);
}

/** The peer sends what was planned, and says when all is acknowledged or given up. */
async function peerSends(peer: Peer): Promise<void> {
  for (const one of plan) {
    const { stream, unordered, reliable, policy, length, index } = one;
    const what = { stream, unordered, length, ppid: ppidOf(one), offset: index * 131 };
    const value = policy === "lifetime" ? LIFETIME : 0;
    if (reliable) await peer.send(what);
    else await peer.command("send-partial", { ...what, policy, value });
  }
  // A stack may wait for the streams of a source alone.
  await peer.source({ bytes: 1, size: 1, streams: kinds.length, ppid: SETTLED });
}

/** The peer sends, and we read. */
async function itSends(context: Context, interleaving: boolean): Promise<string> {
  const stage = await open(context, interleaving);
  const { association, peer, relay } = stage;
  relay?.impair({ delay: DELAY, loss: LOSS }, { direction: "toNear" });
  const delivered: Planned[] = [];
  const reading = read(association, delivered);
  // Where sending fails, that is what is told.
  reading.catch(() => {});
  await peerSends(peer);
  relay?.impair({ delay: DELAY });
  for (const one of lasts) {
    const { stream, unordered, length, index } = one;
    await peer.send({ stream, unordered, length, ppid: ppidOf(one), offset: index * 131 });
  }
  await reading;
  // A message that went in fragments fails in fragments.
  const failures = peer.events.flatMap((event) => (event.event === "send-failed" ? [event.ppid] : []));
  const failed = new Set(failures.map((ppid) => plannedOf(ppid).index));
  const outcome = { delivered, failed: context.stack.traits.tellsFailures ? failed : undefined };
  checkOutcome(outcome);
  await noComplaints(peer);
  return summary(stage, "in", interleaving, outcome);
}

async function read(association: Association, into: Planned[]): Promise<void> {
  let ended = 0;
  for await (const message of association) {
    if (message.ppid === SETTLED) continue;
    const planned = taken(message);
    into.push(planned);
    if (planned.index >= plan.length) ended++;
    if (ended === lasts.length) return;
  }
  fail("the association ended");
}

function taken({ ppid, stream, unordered, data, partial }: Message): Planned {
  const planned = plannedOf(ppid);
  const { index } = planned;
  same(`message ${index}`, [stream, unordered, partial], [planned.stream, planned.unordered, false]);
  check(contentOf(planned).equals(data), () => `the bytes of message ${index} differ`);
  return planned;
}

export const abandonOutScenario: Scenario = {
  name: "abandon-out",
  title: "we give messages up, RFC 3758",
  limit: LIMIT,
  run: (context) => weSend(context, false),
};

export const abandonInScenario: Scenario = {
  name: "abandon-in",
  title: "the peer gives messages up",
  limit: LIMIT,
  run: (context) => itSends(context, false),
};

/** Both extensions at once: I-DATA is skipped by I-FORWARD-TSN (RFC 8260 §2.3). */
export const abandonInterleavedOutScenario: Scenario = {
  name: "abandon-interleaved-out",
  title: "we give up messages in I-DATA",
  limit: LIMIT,
  run: (context) => weSend(context, true),
};

export const abandonInterleavedInScenario: Scenario = {
  name: "abandon-interleaved-in",
  title: "the peer gives up messages in I-DATA",
  limit: LIMIT,
  run: (context) => itSends(context, true),
};
