import { setTimeout as sleep } from "node:timers/promises";
import { Bottleneck } from "../../test/interop/relay-lane.ts";
import { type Contestant, loopback } from "../contestants/contestant.ts";
import { jain } from "../figures.ts";
import { type Bout, type Context, inTurn, type Measurement, type Values } from "../measurement.ts";
import { type RelayedFlow, startRelayed } from "../relayed.ts";

/** Bits a second, ms, bytes: the queue holds what is on its way within a round trip. */
const RATE = 10_000_000;
const RTT = 40;
const QUEUE = (RATE / 8_000) * RTT;

interface Scale {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const SCALES: Readonly<Record<Context["effort"], Scale>> = {
  full: { rounds: 5, warmUpMs: 5_000, measureMs: 30_000 },
  quick: { rounds: 1, warmUpMs: 1_000, measureMs: 2_000 },
  smoke: { rounds: 1, warmUpMs: 100, measureMs: 300 },
};

/** What one flow leaves to another. */
export const fairness: Measurement = {
  name: "fairness",
  title: "Two flows through one bottleneck",
  metrics: [
    { name: "jain", label: "Jain's fairness index: 1 for equal shares, 0.5 where one has all", digits: 2 },
    { name: "share", label: "% of it that the first one has", digits: 0 },
    { name: "total", label: "Mbit/s of user data, both together" },
  ],
  notes: [
    "A bottleneck of 10 Mbit/s with a queue of one bandwidth-delay product (50,000 bytes) in the relays of both, a round " +
      "trip of 40 ms, no other loss; messages of 1,200 bytes, default buffers, an MTU of 1,500 bytes.",
  ],
  measure(context) {
    const scale = SCALES[context.effort];
    const there = context.present("usctp", "usrsctp");
    const bouts: Bout[] = there.flatMap((one, index) =>
      there.slice(index).map((other) => ({
        contestant: `${one.name} + ${other.name}`,
        at: {},
        play: (round) => compete([one, other], scale, round),
      })),
    );
    return inTurn(context, bouts, scale.rounds);
  },
};

async function compete(pair: readonly Contestant[], scale: Scale, round: number): Promise<Values> {
  const bottleneck = new Bottleneck({ rate: RATE, queue: QUEUE });
  const flows: RelayedFlow[] = [];
  try {
    for (const [index, contestant] of pair.entries()) {
      const load = { place: loopback, size: 1_200, streams: 1, way: "trySend" } as const;
      const impairment = { delay: RTT / 2 };
      const flow = await startRelayed(contestant, load, { impairment, seed: 100 + 10 * round + index });
      flow.relay.impair({ ...impairment, bottleneck }, { direction: "toFar" });
      flows.push(flow);
    }
    // Who comes first has an advantage: each in turn.
    for (const flow of round % 2 === 0 ? flows : flows.toReversed()) await flow.sending.go();
    await sleep(scale.warmUpMs);
    await Promise.all(flows.map(({ receiving }) => receiving.reset()));
    await sleep(scale.measureMs);
    const readings = await Promise.all(flows.map(({ receiving }) => receiving.read()));
    const rates = readings.map(({ bytes, ms }) => (8 * bytes) / 1e3 / ms);
    const total = rates.reduce((sum, rate) => sum + rate, 0);
    return { jain: jain(rates), share: (100 * (rates[0] ?? 0)) / total, total };
  } finally {
    await Promise.all(flows.map((flow) => flow.end()));
  }
}
