import { message, Network, readAll, sendAll } from "@usctp/sim";
import type { ProtocolOptions } from "../../src/api/message/index.ts";
import type { AssociationConfig } from "../../src/stack/index.ts";
import { type Bout, inTurn, type Measurement, type Values } from "../measurement.ts";
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

const PORT = 5_000;

/** The same paths in virtual time, ours alone: nothing in it but the protocol, and no other work on the machine. */
export const simulated: Measurement = {
  name: "simulated",
  title: "16 MiB over delay, loss and reordering, in virtual time",
  metrics: gridMetrics,
  notes: [
    "The grid of delay-loss in the simulator (packages/sim): each round has its seed, and gives the same again.",
  ],
  measure(context) {
    const grid = GRIDS[context.effort];
    const bouts: Bout[] = context.present("usctp").flatMap(({ name, protocol }) =>
      grid.cells.map((cell) => ({
        contestant: name,
        at: pointOf(cell),
        play: async (round) =>
          transfer(cell, grid, round, { ...protocol, receiveBuffer: BUFFER, sendBuffer: BUFFER }),
      })),
    );
    return inTurn(context, bouts, grid.rounds);
  },
};

function transfer(cell: Cell, grid: Grid, round: number, protocol: ProtocolOptions): Values {
  // The core has the same options under the same names, but for lists of addresses and keys.
  const config = protocol as Partial<AssociationConfig>;
  const network = new Network({ seed: 100 + round });
  const a = network.host("A");
  const z = network.host("Z");
  const [from = "", to = ""] = [a.addresses[0], z.addresses[0]];
  const delay = cell.rtt / 2;
  network.link(from, to, { delay });
  const deliveries = readAll(z);
  z.endpoint({ port: PORT, config });
  const peer = { port: PORT, addresses: z.addresses, udpPort: z.udpPort };
  const association = a.endpoint({ port: PORT, config }).connect(a.now, peer);
  a.driver.wake();
  if (!network.runUntil(() => a.events.some(({ type }) => type === "established"), 60_000)) {
    throw new Error("there is no association");
  }
  const { loss, reorder } = cell;
  network.link(from, to, { delay, loss, reorder, reorderDelay: reorderDelay(cell) });
  const count = grid.bytes / SIZE;
  const data = new Uint8Array(SIZE);
  sendAll(
    a,
    association,
    Array.from({ length: count }, () => message(data)),
  );
  network.runUntil(() => deliveries.length >= count, grid.limit);
  const first = deliveries[0]?.time ?? network.now;
  const done = deliveries.length >= count;
  return outcome(grid, deliveries.length * SIZE, done ? (deliveries.at(-1)?.time ?? 0) - first : grid.limit);
}
