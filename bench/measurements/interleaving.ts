import { setTimeout as sleep } from "node:timers/promises";
import { quantile } from "../figures.ts";
import { type Bout, type Context, inTurn, type Measurement, type Values } from "../measurement.ts";
import { Worker } from "../worker-process.ts";
import { type InterleavingOptions, SCHEDULERS } from "../workers/interleaving-options.ts";

interface Scale {
  readonly rounds: number;
  /** Before anything counts, for slow start and the compiler of V8. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const SCALES: Readonly<Record<Context["effort"], Scale>> = {
  full: { rounds: 9, warmUpMs: 1_000, measureMs: 4_000 },
  quick: { rounds: 3, warmUpMs: 1_000, measureMs: 2_000 },
  smoke: { rounds: 1, warmUpMs: 50, measureMs: 200 },
};

/** How often the receiver is asked for the last messages, and ms between. */
const PATIENCE = 100;
const AGAIN = 200;

/** How long a message of one byte takes beside large ones on another stream, with and without interleaving. */
export const interleaving: Measurement = {
  name: "interleaving",
  title: "A message of 1 byte beside messages of 16 MiB on another stream",
  subject: "without interleaving",
  onDemand: true,
  metrics: [
    { name: "p50", label: "p50, ms from trySend to the event message", better: "less" },
    { name: "p99", label: "p99, ms", better: "less" },
  ],
  notes: [
    "Messages of 16 MiB go one after another on stream 1, two of them queued at most, and every 5 ms one byte on stream " +
      "2, from one process to another over UDP on 127.0.0.1, at an MTU of 1,500 bytes.",
  ],
  measure(context) {
    const scale = SCALES[context.effort];
    const bouts: Bout[] = SCHEDULERS.flatMap((scheduler) =>
      [false, true].map((on) => ({
        contestant: on ? "with interleaving" : "without interleaving",
        at: { scheduler },
        play: () => measure({ interleaving: on, scheduler, udpPort: 0 }, scale, context.profiles),
      })),
    );
    return inTurn(context, bouts, scale.rounds);
  },
};

async function measure(
  options: InterleavingOptions,
  { warmUpMs, measureMs }: Scale,
  profiles: string | undefined,
): Promise<Values> {
  const receiver = await Worker.start("interleaving-receiver", options, { profiles });
  try {
    const { udpPort } = receiver;
    const sender = await Worker.start("interleaving-sender", { ...options, udpPort }, { profiles });
    try {
      await sleep(warmUpMs + measureMs);
      const sent = await sender.ask<readonly number[]>("times");
      // The last ones wait behind what is queued.
      let arrived = await receiver.ask<readonly number[]>("times");
      for (let tries = 0; tries < PATIENCE && arrived.length < sent.length; tries += 1) {
        await sleep(AGAIN);
        arrived = await receiver.ask<readonly number[]>("times");
      }
      return latencyOf(sent, arrived, warmUpMs);
    } finally {
      await sender.end();
    }
  } finally {
    await receiver.end();
  }
}

function latencyOf(sent: readonly number[], arrived: readonly number[], warmUpMs: number): Values {
  if (arrived.length !== sent.length) {
    throw new Error(`of ${sent.length} small messages ${arrived.length} came`);
  }
  const begin = (sent[0] ?? 0) + warmUpMs;
  const waited = sent.flatMap((at, index) => (at < begin ? [] : [(arrived[index] ?? Number.NaN) - at]));
  return { p50: quantile(waited, 0.5), p99: quantile(waited, 0.99) };
}
