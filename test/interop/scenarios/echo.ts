import { createHash } from "node:crypto";
import type { Association, Message } from "usctp";
import type { Context, Scenario } from "../matrix.ts";
import { patternBytes } from "../pattern.ts";
import type { Peer } from "../peer.ts";
import { fail, noComplaints, same } from "./check.ts";
import { openStage, type StageOptions } from "./stage.ts";

const STREAMS = 64;

/** Bytes: around the edges of padding, of one chunk (IPv4 and IPv6) and of 16 bits, up to 256 KiB. */
const sizes: readonly number[] = [
  1, 2, 3, 4, 5, 1_000, 1_432, 1_444, 1_445, 1_460, 4_096, 16_384, 65_535, 65_536, 131_072, 262_144,
];

/** Each size goes this often both ordered and unordered. */
const ROUNDS = 3;

interface Planned {
  readonly length: number;
  readonly stream: number;
  /** Tells the messages apart, and uses all 32 bits. */
  readonly ppid: number;
  readonly unordered: boolean;
}

/** How the messages of a stream are sent: in order, without, or some of each. */
type Order = "ordered" | "unordered" | "mixed";

export class Plan {
  readonly messages: readonly Planned[];
  readonly #byPpid: ReadonlyMap<number, Planned>;

  constructor(order: Order, sizes: readonly number[], rounds: number) {
    this.messages = Array.from({ length: rounds * sizes.length * 2 }, (_, index) => ({
      length: sizes[Math.floor(index / 2) % sizes.length] ?? 1,
      // Seven streams on: each size meets many streams, and every stream has ordered and unordered messages.
      stream: (index * 7) % STREAMS,
      ppid: 0xffff_ffff - index * 1_000_003,
      unordered: order === "unordered" || (order === "mixed" && index % 3 === 1),
    }));
    this.#byPpid = new Map(this.messages.map((one) => [one.ppid, one]));
  }

  get count(): number {
    return this.messages.length;
  }

  planned(ppid: number): Planned {
    return this.#byPpid.get(ppid) ?? fail(`a message with PPID ${ppid}, which nobody sent`);
  }

  /** Compares what arrived with the plan: each once, ordered ones of a stream in their order. */
  compare(arrived: readonly Planned[], tellsOrder: boolean): void {
    const byPpid = (a: Planned, b: Planned): number => b.ppid - a.ppid;
    const told = ({ length, stream, ppid, unordered }: Planned): unknown =>
      tellsOrder ? [length, stream, ppid, unordered] : [length, stream, ppid];
    const listed = (from: readonly Planned[]): unknown[] => [...from].sort(byPpid).map(told);
    same("the messages", listed(arrived), listed(this.messages));
    for (let stream = 0; stream < STREAMS; stream++) {
      const ordered = (from: readonly Planned[]): number[] =>
        from
          .filter((one) => one.stream === stream && !this.planned(one.ppid).unordered)
          .map((one) => one.ppid);
      same(`the order on stream ${stream}`, ordered(arrived), ordered(this.messages));
    }
  }

  read(message: Message): Planned {
    const { data, stream, ppid, unordered } = message;
    if (!contentOf(this.planned(ppid)).equals(data))
      fail(`the bytes of the message with PPID ${ppid} differ`);
    return { length: data.length, stream, ppid, unordered };
  }
}

/** The bytes of a message begin elsewhere in the pattern than those of others. */
const contentOf = ({ length, ppid }: Planned): Buffer => patternBytes(length, ppid % 65_521);

const sha256Of = (one: Planned): string => createHash("sha256").update(contentOf(one)).digest("hex");

interface Echoing {
  readonly plan: Plan;
  readonly association: Association;
  readonly peer: Peer;
  readonly context: Context;
}

/** We send, it echoes. */
async function weSend({ plan, association, context }: Echoing): Promise<void> {
  const send = async (): Promise<void> => {
    for (const one of plan.messages) {
      const { stream, ppid, unordered } = one;
      await association.send(contentOf(one), { stream, ppid, unordered });
    }
  };
  const arrived: Planned[] = [];
  const readEchoes = async (): Promise<void> => {
    for await (const message of association) {
      arrived.push(plan.read(message));
      context.progress(`out ${arrived.length}/${plan.count}`);
      if (arrived.length === plan.count) break;
    }
  };
  await Promise.all([send(), readEchoes()]);
  plan.compare(arrived, context.stack.traits.tellsOrder);
}

/** It sends, we echo. */
async function itSends({ plan, association, peer, context }: Echoing): Promise<void> {
  await peer.setMode("report");
  const echoed: Planned[] = [];
  const echoAll = async (): Promise<void> => {
    for await (const message of association) {
      const { stream, ppid, unordered } = message;
      echoed.push(plan.read(message));
      await association.send(message.data, { stream, ppid, unordered });
      context.progress(`in ${echoed.length}/${plan.count}`);
      if (echoed.length === plan.count) break;
    }
  };
  const send = async (): Promise<void> => {
    for (const one of plan.messages) await peer.send({ ...one, offset: one.ppid % 65_521 });
  };
  const arrived: Planned[] = [];
  const readEchoes = async (): Promise<void> => {
    while (arrived.length < plan.count) {
      const { length, stream, ppid, unordered = false, sha256 } = await peer.next("message");
      same(`the hash of the echo with PPID ${ppid}`, sha256, sha256Of(plan.planned(ppid)));
      arrived.push({ length, stream, ppid, unordered });
    }
  };
  await Promise.all([send(), echoAll(), readEchoes()]);
  // Whatever its user is told, what it sends unordered says so on the wire.
  plan.compare(echoed, true);
  plan.compare(arrived, context.stack.traits.tellsOrder);
}

/** Each side echoes the other's messages, on many streams, with PPIDs. */
export async function echo(context: Context, plan: Plan, options: StageOptions = {}): Promise<string> {
  const { association, peer } = await openStage(context, {
    ...options,
    peer: { mode: "echo", streams: STREAMS, ...options.peer },
  });
  same("outbound streams >= 64", association.outboundStreams >= STREAMS, true);
  same("inbound streams >= 64", association.inboundStreams >= STREAMS, true);
  const echoing = { plan, association, peer, context };
  await weSend(echoing);
  await itSends(echoing);
  await noComplaints(peer);
  return `${2 * plan.count} messages`;
}

/** 1 byte to 256 KiB, or as much as the stack is up to; ordered and not. */
export const everySize = ({ stack }: Context, order: Order): Plan =>
  new Plan(
    order,
    sizes.filter((size) => size <= stack.largest),
    ROUNDS,
  );

export const echoScenario: Scenario = {
  name: "echo",
  title: "echo, 1 byte to 256 KiB, 64 streams",
  limit: 20_000,
  run: (context) => echo(context, everySize(context, "mixed")),
};

export const orderedScenario: Scenario = {
  name: "ordered",
  title: "the same, ordered messages alone",
  limit: 20_000,
  run: (context) => echo(context, everySize(context, "ordered")),
};

export const unorderedScenario: Scenario = {
  name: "unordered",
  title: "the same, unordered messages alone",
  limit: 20_000,
  run: (context) => echo(context, everySize(context, "unordered")),
};

const MEBIBYTE = 1 << 20;

export const largeScenario: Scenario = {
  name: "large",
  title: "echo, messages of 1 MiB",
  limit: 20_000,
  // With less room than a message needs it would come in parts.
  run: (context) =>
    echo(context, new Plan("ordered", [MEBIBYTE], 4), {
      ours: { receiveBuffer: 4 * MEBIBYTE },
      peer: { receiveBuffer: 4 * MEBIBYTE },
    }),
};
