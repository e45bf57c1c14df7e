import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Association, createServer, type Server } from "usctp";
import { ADDRESSES, Caller, Conversation, ECHOED, QUICK } from "./caller.ts";
import { type Counters, createCounters } from "./counters.ts";
import { slopeOf } from "./trend.ts";

export interface SoakOptions {
  readonly minutes: number;
  /** Callers at a time. Default 6. */
  readonly callers?: number;
  /** ms from one ebb to the next. Default 12000. */
  readonly tide?: number;
  readonly onSample?: (sample: Sample, counters: Counters) => void;
  readonly onFlow?: (sample: Sample, counters: Counters) => void;
}

/** Taken after a full garbage collection. */
export interface Sample {
  /** Since the beginning. */
  readonly minute: number;
  /** Bytes on the heap, bytes of buffers beside it, and of the process. */
  readonly heap: number;
  readonly buffers: number;
  readonly rss: number;
  /** Open sockets, timers and the like, by kind. */
  readonly handles: Readonly<Record<string, number>>;
  /** That are up, seen from the server. */
  readonly associations: number;
}

export interface SoakResult {
  readonly counters: Counters;
  /** One at every ebb: all associations but those that stay are over. */
  readonly samples: readonly Sample[];
  /** MiB an hour, of the samples after the warm-up; undefined of a run of less than {@link LEAST_MINUTES}. */
  readonly slopes: { readonly heap: number; readonly buffers: number } | undefined;
  /** Open with nothing up: before the beginning, and after the end. */
  readonly handlesBefore: number;
  readonly handlesAfter: number;
  /** At the first ebb after the warm-up (of a short run: after half of it), and at the last one. */
  readonly handlesAtFirst: number;
  readonly handlesAtLast: number;
}

/** Associations that stay, and talk at every tide. */
const STAYING = 2;

/** ms that the server may take to see that a peer is gone. */
const PATIENCE = 30_000;

const MIB = 2 ** 20;

/** Minutes from the beginning in which the heap still grows to its size. */
export const WARM_UP = 5;
/** Minutes that a run must have for its slope to mean anything: as many again as the warm-up. */
export const LEAST_MINUTES: number = 2 * WARM_UP;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Plays until the time is up. Rejects when a byte is wrong, or an association ends otherwise than it should. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { minutes, callers: count = 6, tide = 12_000 } = options;
  const counters = createCounters();
  const samples: Sample[] = [];
  const began = performance.now();
  const handlesBefore = total(handlesNow());
  const server = await listen();
  const callers = await Promise.all(
    Array.from({ length: count }, (_, index) => Caller.open(server, counters, index)),
  );
  // They have relays of their own, which nobody cuts.
  const quiet = await Promise.all(Array.from({ length: STAYING }, () => Caller.open(server, counters, 0)));
  const staying: { association: Association; conversation: Conversation }[] = [];
  for (const caller of quiet) {
    const association = await caller.connect();
    staying.push({ association, conversation: new Conversation(association, counters) });
  }
  const flowing = setInterval(() => options.onFlow?.(take(began, server), counters), 5_000);
  try {
    while (minuteOf(began) < minutes) {
      const until = performance.now() + tide;
      await Promise.all(callers.map((caller) => caller.live(until)));
      for (const { conversation } of staying) await conversation.round();
      await ebb(server);
      const sample = take(began, server);
      samples.push(sample);
      options.onSample?.(sample, counters);
    }
  } finally {
    clearInterval(flowing);
    for (const { association } of staying) await association.close();
    for (const caller of [...callers, ...quiet]) await caller.close();
    await server.close({ associations: "abort" });
  }
  await settled();
  const judged = samples.filter(({ minute }) => minute >= Math.min(WARM_UP, minutes / 2));
  return {
    counters,
    samples,
    slopes: minutes < LEAST_MINUTES ? undefined : slopesOf(judged),
    handlesBefore,
    handlesAfter: total(handlesNow()),
    handlesAtFirst: total(judged[0]?.handles),
    handlesAtLast: total(judged.at(-1)?.handles),
  };
}

/** Echoes what asks for it. */
function listen(): Promise<Server> {
  const server = createServer(
    { ...QUICK, interleaving: true, authentication: {}, addressReconfiguration: true },
    async (association) => {
      for await (const { data, ppid, stream } of association)
        if (ppid === ECHOED) await association.send(data, { stream, ppid });
    },
  );
  return server.listen({ port: 5_000, addresses: ADDRESSES, udpPort: 0 });
}

/** Waits until the server has seen the end of all that the callers ended. */
async function ebb(server: Server): Promise<void> {
  const late = performance.now() + PATIENCE;
  while (server.associations.length > STAYING) {
    if (performance.now() > late) throw new Error(`${server.associations.length} associations do not end`);
    await sleep(50);
  }
  await settled();
}

/** Gives sockets that are being closed the time to be gone. */
function settled(): Promise<void> {
  return sleep(200);
}

function take(began: number, server: Server): Sample {
  collect();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  const associations = server.associations.length;
  const minute = minuteOf(began);
  return { minute, heap: heapUsed, buffers: arrayBuffers, rss, handles: handlesNow(), associations };
}

function handlesNow(): Record<string, number> {
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  return handles;
}

export function total(handles: Sample["handles"] = {}): number {
  return Object.values(handles).reduce((sum, count) => sum + count, 0);
}

function slopesOf(samples: readonly Sample[]): SoakResult["slopes"] {
  const heap = slopeOf(samples.map(({ minute, heap: value }) => ({ minute, value })));
  const buffers = slopeOf(samples.map(({ minute, buffers: value }) => ({ minute, value })));
  if (heap === undefined || buffers === undefined) return undefined;
  return { heap: (heap * 60) / MIB, buffers: (buffers * 60) / MIB };
}

function minuteOf(began: number): number {
  return (performance.now() - began) / 60_000;
}
