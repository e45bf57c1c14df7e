import { WeightedFairScheduler } from "./weighted-fair.ts";

/** RFC 8260 §3.5: "an equal capacity for all streams", by the lengths of their messages. */
export class FairScheduler extends WeightedFairScheduler {
  protected override weightOf(): number {
    return 1;
  }
}
