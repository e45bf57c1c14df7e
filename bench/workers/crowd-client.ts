import { type Association, createEndpoint } from "../../src/api/message/index.ts";
import { jain } from "../figures.ts";
import { type CrowdOptions, FIRST_PORT, WARM_UP } from "./crowd.ts";
import { given, obey } from "./worker.ts";

/** Associations that are being set up at a time. */
const AT_ONCE = 64;
/** ms: a busy machine is slow, and what is measured is how slow. */
const CONNECT_TIMEOUT = 120_000;
/** Bytes of what is sent there and back. */
const SIZE = 64;

export interface CrowdReading {
  /** Round trips of all together, since the last reading. */
  readonly roundTrips: number;
  readonly ms: number;
  readonly jain: number;
}

const { associations: wanted, serverPorts, udpPort } = given<CrowdOptions>();
const associations: Association[] = [];
const targets = everyTarget();
let clientUdpPort = 0;

/** A new endpoint whenever the one before has an association with each port of the server. */
async function* everyTarget(): AsyncGenerator<() => Promise<Association>, never> {
  for (let port = FIRST_PORT; ; port++) {
    const endpoint = await createEndpoint({ port, addresses: "127.0.0.1", udpPort: clientUdpPort });
    clientUdpPort = endpoint.udpPort;
    for (let i = 0; i < serverPorts; i++) {
      const peer = { port: FIRST_PORT + i, addresses: "127.0.0.1", udpPort };
      yield () => endpoint.connect({ ...peer, timeout: CONNECT_TIMEOUT });
    }
  }
}

/** Sets up so many more, several at a time. Gives ms. */
async function open(count: number): Promise<number> {
  const begin = performance.now();
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const { value: connect } = await targets.next();
      associations.push(await connect());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return performance.now() - begin;
}

/** Bytes, when nothing is left that could be collected. */
function memory(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const counts: number[] = [];
let since = 0;

/** Every association sends a message whenever the one before has come back. */
function echo(): void {
  const data = Buffer.alloc(SIZE, 0x61);
  for (const [index, association] of associations.entries()) {
    counts.push(0);
    association.on("message", () => {
      counts[index] = (counts[index] ?? 0) + 1;
      association.trySend(data);
    });
    association.trySend(data);
  }
}

function reset(): void {
  counts.fill(0);
  since = performance.now();
}

await open(WARM_UP);
obey(clientUdpPort, {
  open: () => open(wanted - WARM_UP),
  memory: () => memory() / 1_024,
  echo,
  reset,
  read: (): CrowdReading => ({
    roundTrips: counts.reduce((sum, count) => sum + count, 0),
    ms: performance.now() - since,
    jain: jain(counts),
  }),
});
