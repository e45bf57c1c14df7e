import { setTimeout as sleep } from "node:timers/promises";
import { figureOf, shown } from "./figures.ts";
import { Worker } from "./node-pair.ts";
import { aligned, busy } from "./table.ts";
import { EXTENSION_SETS, type ExtensionSet } from "./workers/extension-sets.ts";

/** What extensions cost that nobody uses: two associations of ours take turns, one of them with all off. */

interface Comparison {
  readonly sizes: readonly number[];
  readonly quick: boolean;
  readonly profiles: string | undefined;
  readonly load: number;
  readonly progress: (text: string) => void;
}

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

/** What one side did in all its turns of a round. */
interface Total {
  readonly messages: number;
  readonly ms: number;
  readonly processorMs: number;
}

/** ms of one turn; of those before anything counts, for slow start and the compiler of V8. */
const TURN = 200;
const WARM_UP = 800;

class Contender {
  readonly #receiver: Worker;
  readonly #sender: Worker;
  #total: Total = { messages: 0, ms: 0, processorMs: 0 };

  private constructor(receiver: Worker, sender: Worker) {
    this.#receiver = receiver;
    this.#sender = sender;
  }

  static async start([ours, peers]: Sides, size: number, profiles: string | undefined): Promise<Contender> {
    const receiver = new Worker("extensions-receiver", [0, size, EXTENSION_SETS.indexOf(peers)], profiles);
    const { udpPort } = await receiver.hear("ready");
    const sender = new Worker("extensions-sender", [udpPort, size, EXTENSION_SETS.indexOf(ours)], profiles);
    await sender.hear("ready");
    return new Contender(receiver, sender);
  }

  get total(): Total {
    return this.#total;
  }

  /** Sends for `ms`, alone, until all has come. */
  async turn(ms: number, counts: boolean): Promise<void> {
    for (const worker of [this.#receiver, this.#sender]) worker.tell("reset");
    this.#sender.tell("go");
    await sleep(ms);
    const paused = this.#sender.hear("paused");
    this.#sender.tell("pause");
    await paused;
    const [received, sent] = await Promise.all(
      [this.#receiver, this.#sender].map((worker) => {
        const reading = worker.hear("reading");
        worker.tell("read");
        return reading;
      }),
    );
    if (!counts || received === undefined || sent === undefined) return;
    this.#total = {
      messages: this.#total.messages + received.messages,
      ms: this.#total.ms + received.ms,
      processorMs: this.#total.processorMs + received.processorMs + sent.processorMs,
    };
  }

  async end(): Promise<void> {
    await Promise.all([this.#sender.end(), this.#receiver.end()]);
  }
}

/** A round: new processes, and turns A B B A, so that what drifts meets both. Ratios of `sides` to `OFF`. */
async function round(
  sides: Sides,
  size: number,
  turns: number,
  { profiles }: Comparison,
): Promise<{ goodput: number; work: number }> {
  const off = await Contender.start(OFF, size, profiles);
  const other = await Contender.start(sides, size, profiles);
  try {
    for (const each of [off, other]) await each.turn(WARM_UP, false);
    for (let i = 0; i < turns; i++) {
      const order = i % 2 === 0 ? [off, other] : [other, off];
      for (const each of order) await each.turn(TURN, true);
    }
    const rate = ({ messages, ms }: Total): number => messages / ms;
    const work = ({ messages, processorMs }: Total): number => processorMs / messages;
    return {
      goodput: rate(other.total) / rate(off.total),
      work: work(other.total) / work(off.total),
    };
  } finally {
    await Promise.all([off.end(), other.end()]);
  }
}

/** Both sides of an association in one process, without sockets. */
class Core {
  readonly #worker: Worker;
  #slices: number[] = [];

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async start([ours, peers]: Sides, size: number, profiles: string | undefined): Promise<Core> {
    const [mine, theirs] = [ours, peers].map((set) => EXTENSION_SETS.indexOf(set));
    const worker = new Worker("extension-core", [mine ?? 0, size, theirs ?? 0], profiles);
    await worker.hear("ready");
    return new Core(worker);
  }

  async turn(): Promise<void> {
    const heard = this.#worker.hear("slices");
    this.#worker.tell("go");
    this.#slices.push(...(await heard).slices);
  }

  /** Of what others disturbed least: a tenth of the slices took no longer. */
  get cost(): number {
    return this.#slices.sort((x, y) => x - y)[Math.floor(this.#slices.length / 10)] ?? Number.NaN;
  }

  end(): Promise<void> {
    return this.#worker.end();
  }
}

async function coreRound(
  sides: Sides,
  size: number,
  turns: number,
  { profiles }: Comparison,
): Promise<number> {
  const [off, other] = await Promise.all([
    Core.start(OFF, size, profiles),
    Core.start(sides, size, profiles),
  ]);
  try {
    for (let i = 0; i < turns; i++) {
      for (const each of i % 2 === 0 ? [off, other] : [other, off]) await each.turn();
    }
    return other.cost / off.cost;
  } finally {
    await Promise.all([off.end(), other.end()]);
  }
}

interface Result {
  readonly goodput: number;
  readonly work: number;
  readonly core: number;
}

export async function compareExtensions(comparison: Comparison): Promise<string> {
  const { sizes, quick, load, progress } = comparison;
  const rounds = quick ? 3 : 9;
  const turns = quick ? 6 : 10;
  const lines = [["", "size", "goodput", "processor a message", "the core's share of it"]];
  for (const size of sizes) {
    const results = CASES.map(() => [] as Result[]);
    for (let i = 1; i <= rounds; i++) {
      for (const [index, [name, sides]] of CASES.entries()) {
        progress(`round ${i} of ${rounds}: ${name}, ${size} bytes`);
        const core = await coreRound(sides, size, turns, comparison);
        results[index]?.push({ ...(await round(sides, size, turns, comparison)), core });
      }
    }
    for (const [index, [name]] of CASES.entries()) {
      const of = (kind: keyof Result): string =>
        shown(figureOf((results[index] ?? []).map((result) => result[kind])), 3);
      lines.push([name, size.toLocaleString("en"), of("goodput"), of("work"), of("core")]);
    }
  }
  progress("");
  const warning = busy(load);
  return [
    `Beside all extensions off, in turns of ${TURN} ms: medians of ${rounds} rounds of ${turns} turns (and the extremes)`,
    "",
    ...aligned(lines),
    ...(warning === undefined ? [] : ["", warning]),
    "",
    "The core's share: both sides in one process without sockets, by the tenth of its slices that were quickest.",
    "",
  ].join("\n");
}
