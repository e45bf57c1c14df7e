import { setTimeout as sleep } from "node:timers/promises";
import { figureOf, quantile, shown } from "./figures.ts";
import { Worker } from "./node-pair.ts";
import { aligned, busy } from "./table.ts";
import { LATENCY_SCHEDULERS } from "./workers/latency-options.ts";

/** How long a message of one byte takes beside large ones on another stream, with and without interleaving. */

interface Comparison {
  readonly quick: boolean;
  readonly profiles: string | undefined;
  readonly load: number;
  readonly progress: (text: string) => void;
}

/** How often the receiver is asked for the last messages, and ms between. */
const PATIENCE = 50;
const AGAIN = 200;

/** ms before anything counts, for slow start and the compiler of V8. */
const WARM_UP = 1_000;

/** ms from `trySend` to the event `message`, in one run. */
interface Latency {
  readonly median: number;
  readonly p99: number;
  readonly messages: number;
}

async function measure(
  interleaving: boolean,
  scheduler: number,
  ms: number,
  profiles: string | undefined,
): Promise<Latency> {
  const args = [interleaving ? 1 : 0, scheduler];
  const receiver = new Worker("latency-receiver", [0, ...args], profiles);
  try {
    const { udpPort } = await receiver.hear("ready");
    const sender = new Worker("latency-sender", [udpPort, ...args], profiles);
    try {
      await sender.hear("ready");
      await sleep(WARM_UP + ms);
      const sent = await ask(sender);
      // The last ones wait behind what is queued.
      let arrived = await ask(receiver);
      for (let tries = 0; tries < PATIENCE && arrived.length < sent.length; tries += 1) {
        await sleep(AGAIN);
        arrived = await ask(receiver);
      }
      return latencyOf(sent, arrived);
    } finally {
      await sender.end();
    }
  } finally {
    await receiver.end();
  }
}

async function ask(worker: Worker): Promise<readonly number[]> {
  const heard = worker.hear("times");
  worker.tell("read");
  return (await heard).times;
}

function latencyOf(sent: readonly number[], arrived: readonly number[]): Latency {
  if (arrived.length !== sent.length) {
    throw new Error(`of ${sent.length} small messages ${arrived.length} came`);
  }
  const begin = (sent[0] ?? 0) + WARM_UP;
  const waited = sent.flatMap((at, index) => (at < begin ? [] : [(arrived[index] ?? Number.NaN) - at]));
  return { median: quantile(waited, 0.5), p99: quantile(waited, 0.99), messages: waited.length };
}

export async function compareLatency({ quick, profiles, load, progress }: Comparison): Promise<string> {
  const rounds = quick ? 3 : 9;
  const ms = quick ? 2_000 : 4_000;
  const lines = [["", "", "median, ms", "p99, ms", "messages"]];
  for (const [index, name] of LATENCY_SCHEDULERS.entries()) {
    const off: Latency[] = [];
    const on: Latency[] = [];
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}: ${name}`);
      // In turn, each in processes of its own, so that what drifts meets both.
      off.push(await measure(false, index, ms, profiles));
      on.push(await measure(true, index, ms, profiles));
    }
    const row = (list: readonly Latency[]): string[] => [
      ...(["median", "p99"] as const).map((kind) => shown(figureOf(list.map((each) => each[kind])), 2)),
      list.reduce((sum, { messages }) => sum + messages, 0).toLocaleString("en"),
    ];
    const ratio = (kind: "median" | "p99"): string =>
      shown(figureOf(off.map((each, round) => each[kind] / (on[round]?.[kind] ?? Number.NaN))), 1);
    lines.push(
      [name, "without", ...row(off)],
      [name, "interleaving", ...row(on)],
      [name, "ratio", ratio("median"), ratio("p99"), ""],
    );
  }
  progress("");
  const warning = busy(load);
  return [
    `1 byte beside messages of 16 MiB on another stream: medians of ${rounds} rounds of ${ms} ms (and the extremes)`,
    "",
    ...aligned(lines),
    ...(warning === undefined ? [] : ["", warning]),
    "",
  ].join("\n");
}
