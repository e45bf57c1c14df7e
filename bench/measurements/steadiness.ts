import { message, Network, sendAll } from "@usctp/sim";
import type { ProtocolOptions } from "../../src/api/message/index.ts";
import type { AssociationConfig, PathChange } from "../../src/stack/index.ts";
import { type Bout, type Context, inTurn, type Measurement, type Values } from "../measurement.ts";

const PORT = 5_000;
const SIZE = 65_536;
/** Of both paths: ms one way, probability. */
const DELAY = 5;
const LOSS = 0.01;
/** Virtual ms between two clearings of what was told. */
const STEP = 10_000;
/** What a path that works should never be; each has new data go elsewhere. */
const LEFT = ["suspect", "potentially-failed", "unreachable"] as const satisfies readonly PathChange[];

/** Bytes in all, and how many seeds. */
const SCALES: Readonly<Record<Context["effort"], { readonly bytes: number; readonly rounds: number }>> = {
  full: { bytes: 10 * 2 ** 30, rounds: 3 },
  quick: { bytes: 64 * 2 ** 20, rounds: 1 },
  smoke: { bytes: 2 ** 20, rounds: 1 },
};

/** Whether a path that only loses is left. */
export const steadiness: Measurement = {
  name: "steadiness",
  title: "10 GiB over two paths that lose 1 %, in virtual time",
  onDemand: true,
  metrics: [
    { name: "left", label: "times that a path was left which worked", digits: 0 },
    ...LEFT.map((change) => ({ name: change, label: `of these as ${change}`, digits: 0, detail: true })),
    { name: "megabytes", label: "MB/s of user data" },
  ],
  notes: [
    "A round trip of 10 ms on both paths, 1 % random loss in both directions; each round has its seed.",
  ],
  measure(context) {
    const { bytes, rounds } = SCALES[context.effort];
    const bouts: Bout[] = context.present("usctp").map(({ name, protocol = {} }) => ({
      contestant: name,
      at: { paths: 2 },
      play: async (round) => transfer(bytes, round, protocol),
    }));
    return inTurn(context, bouts, rounds);
  },
};

function transfer(bytes: number, round: number, protocol: ProtocolOptions): Values {
  // The core has the same options under the same names, but for lists of addresses and keys.
  const config = protocol as Partial<AssociationConfig>;
  const network = new Network({ seed: 100 + round });
  const a = network.host("A", { addresses: ["10.0.0.1", "10.1.0.1"] });
  const z = network.host("Z", { addresses: ["10.0.0.2", "10.1.0.2"] });
  network.linkPairs(a, z, { delay: DELAY, loss: LOSS });
  let arrived = 0;
  z.onEvent((event) => {
    if (event.type !== "readable") return;
    const { association } = event;
    for (let part = association.receive(); part !== undefined; part = association.receive()) {
      arrived += part.data.length;
    }
    z.driver.wake();
  });
  const changes: PathChange[] = [];
  a.onEvent((event) => {
    if (event.type === "path") changes.push(event.change);
  });
  z.endpoint({ port: PORT, config });
  const peer = { port: PORT, addresses: z.addresses, udpPort: z.udpPort };
  const association = a.endpoint({ port: PORT, config }).connect(a.now, peer);
  a.driver.wake();
  if (!network.runUntil(() => a.events.some(({ type }) => type === "established"), 60_000)) {
    throw new Error("there is no association");
  }
  const begin = network.now;
  sendAll(a, association, messages(Math.ceil(bytes / SIZE)));
  while (!network.runUntil(() => arrived >= bytes, STEP)) for (const host of [a, z]) host.takeEvents();
  const left = LEFT.map((change) => [change, changes.filter((each) => each === change).length] as const);
  const all = left.reduce((sum, [, count]) => sum + count, 0);
  return { left: all, ...Object.fromEntries(left), megabytes: arrived / 1e3 / (network.now - begin) };
}

function* messages(count: number): Generator<ReturnType<typeof message>> {
  const data = new Uint8Array(SIZE);
  for (let i = 0; i < count; i++) yield message(data);
}
