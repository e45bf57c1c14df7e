import { bulk } from "./bulk.ts";
import { failover } from "./failover.ts";
import { handshake } from "./handshake.ts";
import { lossy } from "./lossy.ts";
import { random } from "./random.ts";
import type { Scenario } from "./scenario.ts";

/** All of them, by name. */
export const scenarios: readonly Scenario[] = [handshake, bulk, failover, lossy, random];
