import { createHash } from "node:crypto";
import type { Association, Message } from "usctp";
import type { Context, Scenario } from "../matrix.ts";
import { patternBytes, type UsrsctpPeer } from "../peer.ts";
import { fail, noComplaints, same } from "./check.ts";
import { openStage, type StageOptions } from "./stage.ts";

const STREAMS = 64;

/** Bytes: around the edges of padding, of one chunk (IPv4 and IPv6) and of 16 bits, up to 256 KiB. */
const sizes: readonly number[] = [
  1, 2, 3, 4, 5, 1_000, 1_432, 1_444, 1_445, 1_460, 4_096, 16_384, 65_535, 65_536, 131_072, 262_144,
];

/** Each size goes this often both ordered and unordered. */
const ROUNDS = 5;

interface Planned {
  readonly length: number;
  readonly stream: number;
  /** Tells the messages apart, and uses all 32 bits. */
  readonly ppid: number;
  readonly unordered: boolean;
}

const plan: readonly Planned[] = Array.from({ length: ROUNDS * sizes.length * 2 }, (_, index) => ({
  length: sizes[Math.floor(index / 2) % sizes.length] ?? 1,
  // Seven streams on: each size meets many streams, and every stream has ordered and unordered messages.
  stream: (index * 7) % STREAMS,
  ppid: 0xffff_ffff - index * 1_000_003,
  unordered: index % 3 === 1,
}));

const planned: ReadonlyMap<number, Planned> = new Map(plan.map((one) => [one.ppid, one]));

/** The bytes of a message begin elsewhere in the pattern than those of others. */
const contentOf = ({ length, ppid }: Planned): Buffer => patternBytes(length, ppid % 65_521);

const sha256Of = (one: Planned): string => createHash("sha256").update(contentOf(one)).digest("hex");

/** Compares what arrived with the plan: each once, ordered ones of a stream in their order. */
function compare(arrived: readonly Planned[]): void {
  const byPpid = (a: Planned, b: Planned): number => b.ppid - a.ppid;
  same("the messages", [...arrived].sort(byPpid), [...plan].sort(byPpid));
  for (let stream = 0; stream < STREAMS; stream++) {
    const ordered = (from: readonly Planned[]): number[] =>
      from.filter((one) => one.stream === stream && !one.unordered).map((one) => one.ppid);
    same(`the order on stream ${stream}`, ordered(arrived), ordered(plan));
  }
}

function read(message: Message): Planned {
  const { data, stream, ppid, unordered } = message;
  const expected = planned.get(ppid) ?? fail(`a message with PPID ${ppid}, which nobody sent`);
  if (!contentOf(expected).equals(data)) fail(`the bytes of the message with PPID ${ppid} differ`);
  return { length: data.length, stream, ppid, unordered };
}

/** We send, it echoes. */
async function weSend(association: Association, context: Context): Promise<void> {
  const send = async (): Promise<void> => {
    for (const one of plan) {
      const { stream, ppid, unordered } = one;
      await association.send(contentOf(one), { stream, ppid, unordered });
    }
  };
  const arrived: Planned[] = [];
  const readEchoes = async (): Promise<void> => {
    for await (const message of association) {
      arrived.push(read(message));
      context.progress(`out ${arrived.length}/${plan.length}`);
      if (arrived.length === plan.length) break;
    }
  };
  await Promise.all([send(), readEchoes()]);
  compare(arrived);
}

/** It sends, we echo. */
async function itSends(association: Association, peer: UsrsctpPeer, context: Context): Promise<void> {
  await peer.setMode("report");
  const echoAll = async (): Promise<void> => {
    let count = 0;
    for await (const message of association) {
      const { stream, ppid, unordered } = read(message);
      await association.send(message.data, { stream, ppid, unordered });
      context.progress(`in ${++count}/${plan.length}`);
      if (count === plan.length) break;
    }
  };
  const send = async (): Promise<void> => {
    for (const one of plan) await peer.send({ ...one, offset: one.ppid % 65_521 });
  };
  const arrived: Planned[] = [];
  const readEchoes = async (): Promise<void> => {
    while (arrived.length < plan.length) {
      const { length, stream, ppid, unordered, sha256 } = await peer.next("message");
      const expected = planned.get(ppid) ?? fail(`an echo with PPID ${ppid}, which nobody sent`);
      same(`the hash of the echo with PPID ${ppid}`, sha256, sha256Of(expected));
      arrived.push({ length, stream, ppid, unordered });
    }
  };
  await Promise.all([send(), echoAll(), readEchoes()]);
  compare(arrived);
}

/** Messages of 1 byte to 256 KiB on many streams, ordered and unordered, with PPIDs; each side echoes the other. */
export async function echo(context: Context, options: StageOptions): Promise<void> {
  const { association, peer } = await openStage(context, {
    ...options,
    peer: { mode: "echo", streams: STREAMS, ...options.peer },
  });
  same("outbound streams >= 64", association.outboundStreams >= STREAMS, true);
  same("inbound streams >= 64", association.inboundStreams >= STREAMS, true);
  await weSend(association, context);
  await itSends(association, peer, context);
  await noComplaints(peer);
}

export const echoScenario: Scenario = {
  name: "echo",
  title: "echo, 1 byte to 256 KiB, 64 streams",
  limit: 20_000,
  async run(context) {
    await echo(context, {});
    return `${2 * plan.length} messages`;
  },
};
