import { setTimeout as sleep } from "node:timers/promises";
import { Bottleneck } from "../../test/interop/relay-lane.ts";
import { type Contestant, loopback, type Place } from "../contestants/contestant.ts";
import { type Bout, type Context, inTurn, type Measurement, type Values } from "../measurement.ts";
import { startRelayed } from "../relayed.ts";

const spot = { addresses: ["127.0.0.1", "127.0.0.2"] } as const;
const place: Place = { ...loopback, sender: spot, receiver: spot };

/** One way, ms; and of each path: bits a second, bytes. */
const DELAY = 1;
const RATE = 100_000_000;
const QUEUE = 131_072;
/** It is over when in so many ms as many messages come as this share of those before the cut. */
const WINDOW = 500;
const SHARE = 0.5;

interface Scale {
  readonly rounds: number;
  /** Until the second path is confirmed, and the first one busy. */
  readonly warmUpMs: number;
  /** How long it may take. */
  readonly limit: number;
}

const SCALES: Readonly<Record<Context["effort"], Scale>> = {
  full: { rounds: 5, warmUpMs: 2_000, limit: 80_000 },
  quick: { rounds: 1, warmUpMs: 1_000, limit: 4_000 },
  smoke: { rounds: 1, warmUpMs: 300, limit: 600 },
};

/** How long nothing comes when the primary path is cut under load. */
export const failover: Measurement = {
  name: "failover",
  title: "The primary path is cut under load",
  metrics: [
    { name: "gap", label: "ms, the longest gap at the receiver", better: "less", digits: 0 },
    { name: "recovered", label: "s until it went on at half its rate or more", better: "less", digits: 1 },
  ],
  notes: [
    "Two paths, 127.0.0.1 and 127.0.0.2, through a relay of 100 Mbit/s with a queue of 128 KiB and a round trip of 2 ms " +
      "each; messages of 8,192 bytes, default settings. The first path is cut in both directions, without a word.",
    "Looked at until data go at half their rate again; where they do not by the limit (80 s in a full run), the longest gap " +
      "until then is told, and no time.",
  ],
  measure(context) {
    const scale = SCALES[context.effort];
    const bouts: Bout[] = context.present("usctp", "usrsctp").map((contestant) => ({
      contestant: contestant.name,
      at: { paths: 2 },
      play: (round) => cut(contestant, scale, round),
    }));
    return inTurn(context, bouts, scale.rounds);
  },
};

async function cut(contestant: Contestant, { warmUpMs, limit }: Scale, round: number): Promise<Values> {
  const load = { place, size: 8_192, streams: 1, way: "trySend", timed: "gaps" } as const;
  const flow = await startRelayed(contestant, load, { impairment: { delay: DELAY }, seed: 100 + round });
  const { relay, receiving, sending } = flow;
  try {
    for (const path of [0, 1]) {
      const bottleneck = new Bottleneck({ rate: RATE, queue: QUEUE });
      relay.impair({ delay: DELAY, bottleneck }, { path, direction: "toFar" });
    }
    await sending.go();
    await sleep(warmUpMs);
    if (relay.counters("toFar", 0).forwarded < relay.counters("toFar", 1).forwarded) {
      throw new Error("the data do not go over the first path");
    }
    await receiving.reset();
    await sleep(WINDOW);
    const enough = SHARE * (await receiving.read()).messages;
    await receiving.reset();
    relay.cut({ path: 0 });
    const begin = performance.now();
    for (let before = 0; performance.now() < begin + limit; ) {
      await sleep(WINDOW);
      const { messages, gapMs } = await receiving.read();
      if (messages - before >= enough)
        return { gap: gapMs, recovered: (performance.now() - begin - WINDOW) / 1e3 };
      before = messages;
    }
    return { gap: (await receiving.read()).gapMs };
  } finally {
    await flow.end();
  }
}
