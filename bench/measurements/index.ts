import type { Measurement } from "../measurement.ts";
import { associations } from "./associations.ts";
import { delayLoss } from "./delay-loss.ts";
import { extensions } from "./extensions.ts";
import { failover } from "./failover.ts";
import { fairness } from "./fairness.ts";
import { goodput } from "./goodput.ts";
import { interleaving } from "./interleaving.ts";
import { latency } from "./latency.ts";
import { micro } from "./micro.ts";
import { simulated } from "./simulated.ts";
import { steadiness } from "./steadiness.ts";

/** In the order in which they are made. */
export const MEASUREMENTS: readonly Measurement[] = [
  goodput,
  latency,
  associations,
  delayLoss,
  simulated,
  fairness,
  failover,
  micro,
  steadiness,
  interleaving,
  extensions,
];
