import { FairScheduler } from "./fair.ts";
import { FcfsScheduler } from "./fcfs.ts";
import { FcfsStreamsScheduler } from "./fcfs-streams.ts";
import { PriorityScheduler } from "./priority.ts";
import { RoundRobinScheduler } from "./round-robin.ts";
import { RoundRobinPacketScheduler } from "./round-robin-packet.ts";
import type { Scheduler, StreamValues } from "./scheduler.ts";
import type { StreamsInTurn } from "./streams-in-turn.ts";
import { WeightedFairScheduler } from "./weighted-fair.ts";

/** The schedulers of RFC 8260 §3.1 to §3.6, in their order. */
export type SchedulerName =
  | "fcfs"
  | "round-robin"
  | "round-robin-packet"
  | "priority"
  | "fair"
  | "weighted-fair";

const schedulers: Readonly<Record<SchedulerName, new (values: StreamValues) => Scheduler>> = {
  fcfs: FcfsScheduler,
  "round-robin": RoundRobinScheduler,
  "round-robin-packet": RoundRobinPacketScheduler,
  priority: PriorityScheduler,
  fair: FairScheduler,
  "weighted-fair": WeightedFairScheduler,
};

export const schedulerNames = Object.keys(schedulers) as readonly SchedulerName[];

export function createScheduler(name: SchedulerName, values: StreamValues): Scheduler {
  return new schedulers[name](values);
}

const interleaving: Readonly<Record<SchedulerName, new (values: StreamValues) => StreamsInTurn>> = {
  fcfs: FcfsStreamsScheduler,
  "round-robin": RoundRobinScheduler,
  "round-robin-packet": RoundRobinPacketScheduler,
  priority: PriorityScheduler,
  fair: FairScheduler,
  "weighted-fair": WeightedFairScheduler,
};

/** One that is asked at every chunk (RFC 8260 §2.2.2). */
export function createInterleavingScheduler(name: SchedulerName, values: StreamValues): StreamsInTurn {
  return new interleaving[name](values);
}
