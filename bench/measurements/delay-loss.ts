import { setTimeout as sleep } from "node:timers/promises";
import { type Contestant, loopback } from "../contestants/contestant.ts";
import { type Bout, inTurn, type Measurement, type Values } from "../measurement.ts";
import { startRelayed } from "../relayed.ts";
import {
  BUFFER,
  type Cell,
  GRIDS,
  type Grid,
  gridMetrics,
  outcome,
  pointOf,
  reorderDelay,
  SIZE,
} from "./grid.ts";

const NAMES = ["usctp", "usrsctp", "pion"];
/** ms between two looks at what has come; times are the receiver's own. */
const AGAIN = 25;

/** A transfer over a path that delays, loses and reorders: our relay, the same for all, in both directions. */
export const delayLoss: Measurement = {
  name: "delay-loss",
  title: "16 MiB over delay, loss and reordering",
  metrics: gridMetrics,
  notes: [
    `One stream of messages of ${SIZE.toLocaleString("en")} bytes over a relay on 127.0.0.1 that delays, loses and ` +
      "reorders in both directions, by the same seeds for all; what is late is late by a tenth of the round trip. " +
      "Receive and send buffers of 4 MiB on all sides, an MTU of 1,500 bytes.",
    "Time is from the first byte to the last at the receiver. Where not all came within the limit (15 s in a full run), " +
      "goodput is what came by then, and there is no time.",
  ],
  measure(context) {
    const grid = GRIDS[context.effort];
    const bouts: Bout[] = grid.cells.flatMap((cell) =>
      context.present(...NAMES).map((contestant) => ({
        contestant: contestant.name,
        at: pointOf(cell),
        play: (round) => transfer(contestant, cell, grid, round),
      })),
    );
    return inTurn(context, bouts, grid.rounds);
  },
};

async function transfer(contestant: Contestant, cell: Cell, grid: Grid, round: number): Promise<Values> {
  const { bytes, limit } = grid;
  const load = {
    place: loopback,
    size: SIZE,
    streams: 1,
    way: "trySend",
    buffer: BUFFER,
    bytes,
    timed: "span",
  } as const;
  const delay = cell.rtt / 2;
  // The handshake is not what is measured.
  const flow = await startRelayed(contestant, load, { impairment: { delay }, seed: 100 + round });
  try {
    const { loss, reorder } = cell;
    flow.relay.impair({ delay, loss, reorder, reorderDelay: reorderDelay(cell) });
    await flow.receiving.reset();
    await flow.sending.go();
    const end = performance.now() + limit;
    let reading = await flow.receiving.read();
    while (reading.bytes < bytes && performance.now() < end) {
      await sleep(AGAIN);
      reading = await flow.receiving.read();
    }
    return outcome(grid, reading.bytes, reading.bytes >= bytes ? reading.spanMs : limit);
  } finally {
    await flow.end();
  }
}
