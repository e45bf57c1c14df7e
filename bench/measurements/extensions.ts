import { setTimeout as sleep } from "node:timers/promises";
import { type Bout, type Context, inTurn, type Measurement, type Values } from "../measurement.ts";
import { processorTime } from "../processor.ts";
import { Worker } from "../worker-process.ts";
import type { ExtensionSet } from "../workers/extension-sets.ts";
import type { Reading } from "../workers/worker.ts";

/** The sender's and the receiver's extensions. */
type Sides = readonly [ExtensionSet, ExtensionSet];

const OFF: Sides = ["off", "off"];

/** What stands beside `OFF`. It stands beside itself, too: as far from 1 as that comes is noise. */
const CASES: readonly (readonly [string, Sides])[] = [
  ["all off, again", OFF],
  ["as by default", ["default", "default"]],
  ["offered to a peer that has all off", ["on", "off"]],
  ["on at both sides", ["on", "on"]],
];

interface Scale {
  /** Bytes. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly turns: number;
  /** Of one turn; of those before anything counts, for slow start and the compiler of V8. */
  readonly turnMs: number;
  readonly warmUpMs: number;
}

const SCALES: Readonly<Record<Context["effort"], Scale>> = {
  full: { sizes: [64, 1_200, 65_536], rounds: 9, turns: 10, turnMs: 200, warmUpMs: 800 },
  quick: { sizes: [64, 1_200, 65_536], rounds: 3, turns: 6, turnMs: 200, warmUpMs: 800 },
  smoke: { sizes: [1_200], rounds: 1, turns: 1, turnMs: 100, warmUpMs: 50 },
};

/** What extensions cost that nobody uses: two associations of ours take turns, one of them with all off. */
export const extensions: Measurement = {
  name: "extensions",
  title: "Extensions that nobody uses, as ratios to all extensions off",
  onDemand: true,
  metrics: [
    { name: "goodput", label: "goodput" },
    { name: "work", label: "processor time a message, both processes" },
    { name: "core", label: "the core's share of it" },
  ],
  notes: [
    "Two associations take turns, A B B A, each in processes of its own that are new in every round; ratios are taken " +
      "within a round.",
    "The core's share: both sides in one process without sockets, by the tenth of its slices that were quickest.",
  ],
  measure(context) {
    const scale = SCALES[context.effort];
    const bouts: Bout[] = scale.sizes.flatMap((bytes) =>
      CASES.map(([name, sides]) => ({
        contestant: name,
        at: { bytes },
        play: async () => ({
          ...(await overUdp(sides, bytes, scale, context.profiles)),
          core: await inTheCore(sides, bytes, scale, context.profiles),
        }),
      })),
    );
    return inTurn(context, bouts, scale.rounds);
  },
};

class Contender {
  readonly #receiver: Worker;
  readonly #sender: Worker;
  #messages = 0;
  #ms = 0;
  /** s */
  #processor = 0;

  private constructor(receiver: Worker, sender: Worker) {
    this.#receiver = receiver;
    this.#sender = sender;
  }

  static async start([ours, peers]: Sides, size: number, profiles: string | undefined): Promise<Contender> {
    const receiver = await Worker.start("extensions-receiver", { set: peers, size }, { profiles });
    const { udpPort } = receiver;
    const sender = await Worker.start("extensions-sender", { set: ours, size, udpPort }, { profiles });
    return new Contender(receiver, sender);
  }

  /** Messages a ms, and seconds of processor a message. */
  get rate(): number {
    return this.#messages / this.#ms;
  }

  get work(): number {
    return this.#processor / this.#messages;
  }

  /** Sends for `ms`, alone, until all has come. */
  async turn(ms: number, counts: boolean): Promise<void> {
    await this.#receiver.ask("reset");
    const before = this.#used();
    await this.#sender.ask("go");
    await sleep(ms);
    await this.#sender.ask("pause");
    const reading = await this.#receiver.ask<Reading>("read");
    if (!counts) return;
    this.#messages += reading.messages;
    this.#ms += reading.ms;
    this.#processor += this.#used() - before;
  }

  async end(): Promise<void> {
    await Promise.all([this.#sender.end(), this.#receiver.end()]);
  }

  #used(): number {
    return [this.#sender, this.#receiver]
      .map(({ pid }) => processorTime(pid))
      .reduce((sum, { user, system }) => sum + user + system, 0);
  }
}

/** A round: new processes, and turns A B B A, so that what drifts meets both. */
async function overUdp(
  sides: Sides,
  size: number,
  { turns, turnMs, warmUpMs }: Scale,
  profiles: string | undefined,
): Promise<Values> {
  const off = await Contender.start(OFF, size, profiles);
  const other = await Contender.start(sides, size, profiles);
  try {
    for (const each of [off, other]) await each.turn(warmUpMs, false);
    for (let i = 0; i < turns; i++) {
      for (const each of i % 2 === 0 ? [off, other] : [other, off]) await each.turn(turnMs, true);
    }
    return { goodput: other.rate / off.rate, work: other.work / off.work };
  } finally {
    await Promise.all([off.end(), other.end()]);
  }
}

async function inTheCore(
  sides: Sides,
  size: number,
  { turns }: Scale,
  profiles: string | undefined,
): Promise<number> {
  const start = ([ours, peers]: Sides): Promise<Worker> =>
    Worker.start("extension-core", { ours, peers, size }, { profiles });
  const [off, other] = await Promise.all([start(OFF), start(sides)]);
  const slices = new Map<Worker, number[]>([
    [off, []],
    [other, []],
  ]);
  try {
    for (let i = 0; i < turns; i++) {
      for (const each of i % 2 === 0 ? [off, other] : [other, off]) {
        slices.get(each)?.push(...(await each.ask<readonly number[]>("slices")));
      }
    }
    return cost(slices.get(other)) / cost(slices.get(off));
  } finally {
    await Promise.all([off.end(), other.end()]);
  }
}

/** Of what others disturbed least: a tenth of the slices took no longer. */
function cost(slices: readonly number[] = []): number {
  return [...slices].sort((x, y) => x - y)[Math.floor(slices.length / 10)] ?? Number.NaN;
}
