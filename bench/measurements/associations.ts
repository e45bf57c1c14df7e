import { setTimeout as sleep } from "node:timers/promises";
import { type Bout, type Context, inTurn, type Measurement, type Values } from "../measurement.ts";
import { processorTime, used } from "../processor.ts";
import { Worker } from "../worker-process.ts";
import { type CrowdOptions, WARM_UP } from "../workers/crowd.ts";
import type { CrowdReading } from "../workers/crowd-client.ts";

interface Crowd {
  readonly associations: number;
  /** How long they are idle, ms; what of these are heartbeats takes more than 30 s to show. */
  readonly idleMs: number;
  /** How long all of them echo; 0: they do not. */
  readonly echoMs: number;
}

interface Scale {
  readonly crowds: readonly Crowd[];
  readonly rounds: number;
}

const SCALES: Readonly<Record<Context["effort"], Scale>> = {
  full: {
    crowds: [
      { associations: 1_000, idleMs: 40_000, echoMs: 5_000 },
      { associations: 10_000, idleMs: 40_000, echoMs: 10_000 },
      { associations: 100_000, idleMs: 70_000, echoMs: 0 },
    ],
    rounds: 3,
  },
  quick: { crowds: [{ associations: 1_000, idleMs: 1_000, echoMs: 1_000 }], rounds: 1 },
  smoke: { crowds: [{ associations: 200, idleMs: 100, echoMs: 200 }], rounds: 1 },
};

/** For all associations to come up, and for a collection of all that they are, ms. */
const PATIENCE = 600_000;
/** SCTP ports of the server: the client has an association from each of its ports to each of these. */
const SERVER_PORTS = 320;
/** MiB: V8 would stop at a share of the machine's memory. */
const HEAP = ["--max-old-space-size=8192"];

/** Many associations between two processes, over one UDP port each. */
export const associations: Measurement = {
  name: "associations",
  title: "Many associations",
  metrics: [
    { name: "setUp", label: "set up a second", better: "more", digits: 0 },
    { name: "memory", label: "KiB for an idle one, on the side that connected", better: "less" },
    { name: "clientIdle", label: "% of a core for all of them idle, side that connected", better: "less" },
    { name: "serverIdle", label: "% of a core for all of them idle, the other side", better: "less" },
    { name: "roundTrips", label: "echoes of 64 bytes a second, all active", better: "more", digits: 0 },
    { name: "jain", label: "Jain's fairness index among them", digits: 3 },
  ],
  notes: [
    "Two processes and the message API, default settings, one path each over 127.0.0.1, 64 being set up at a time. Memory is " +
      "heapUsed and external after a collection, without the first 100; endpoints are few: each has 320 associations.",
    "Idle ones send heartbeats every 30 s and some, as by default, and answer those of the other side. Active ones send a " +
      "message when the one before has come back, all at once.",
  ],
  measure(context) {
    const { crowds, rounds } = SCALES[context.effort];
    const bouts: Bout[] = context.present("usctp").flatMap(({ name }) =>
      crowds.map((crowd) => ({
        contestant: name,
        at: { associations: crowd.associations },
        play: () => gather(crowd, context),
      })),
    );
    return inTurn(context, bouts, rounds);
  },
};

async function gather(crowd: Crowd, { profiles }: Context): Promise<Values> {
  const serverPorts = Math.min(SERVER_PORTS, crowd.associations);
  const options: CrowdOptions = {
    associations: crowd.associations,
    serverPorts,
    udpPort: 0,
    echo: crowd.echoMs > 0,
  };
  const server = await Worker.start("crowd-server", options, { profiles, nodeArgs: HEAP });
  try {
    const given = { ...options, udpPort: server.udpPort };
    const nodeArgs = ["--expose-gc", ...HEAP];
    const client = await Worker.start("crowd-client", given, { profiles, nodeArgs });
    try {
      return await watch(crowd, client, server);
    } finally {
      await client.end();
    }
  } finally {
    await server.end();
  }
}

async function watch(
  { associations, idleMs, echoMs }: Crowd,
  client: Worker,
  server: Worker,
): Promise<Values> {
  const counted = associations - WARM_UP;
  const before = await client.ask<number>("memory", PATIENCE);
  const ms = await client.ask<number>("open", PATIENCE);
  const memory = ((await client.ask<number>("memory", PATIENCE)) - before) / counted;
  const idle = await idleShares([client, server], idleMs);
  const values = {
    setUp: (1e3 * counted) / ms,
    memory,
    clientIdle: idle[0] ?? Number.NaN,
    serverIdle: idle[1] ?? Number.NaN,
  };
  if (echoMs === 0) return values;
  await client.ask("echo", PATIENCE);
  await client.ask("reset");
  await sleep(echoMs);
  const { roundTrips, ms: echoed, jain } = await client.ask<CrowdReading>("read");
  return { ...values, roundTrips: (1e3 * roundTrips) / echoed, jain };
}

/** Percent of a core that each takes over that time. */
async function idleShares(workers: readonly Worker[], ms: number): Promise<number[]> {
  const before = workers.map(({ pid }) => processorTime(pid));
  const begin = performance.now();
  await sleep(ms);
  const seconds = (performance.now() - begin) / 1e3;
  return workers.map(({ pid }, index) => {
    const { user, system } = used(before[index] ?? processorTime(0), processorTime(pid));
    return (100 * (user + system)) / seconds;
  });
}
