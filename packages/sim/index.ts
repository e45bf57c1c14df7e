export { seededEnvironment } from "./environment.ts";
export { EventQueue } from "./event-queue.ts";
export { Host, type HostEndpointOptions, type HostOptions } from "./host.ts";
export { Ladder, type LadderOptions } from "./ladder.ts";
export { defaultConditions, Link, type LinkConditions, type LinkCounters, type Loss } from "./link.ts";
export { Nat } from "./nat.ts";
export {
  asAddress,
  type CutOptions,
  type Filter,
  Network,
  type NetworkOptions,
  type Passage,
} from "./network.ts";
export { Random } from "./random.ts";
export { type WithNetworksOptions, withNetworks, withSeeds } from "./seeds.ts";
export { Socket } from "./socket.ts";
export { type Delivery, message, readAll, sendAll } from "./traffic.ts";
