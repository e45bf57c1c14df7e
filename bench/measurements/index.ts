import type { Measurement } from "../measurement.ts";
import { extensions } from "./extensions.ts";
import { goodput } from "./goodput.ts";
import { interleaving } from "./interleaving.ts";

/** In the order in which they are made. */
export const MEASUREMENTS: readonly Measurement[] = [goodput, interleaving, extensions];
