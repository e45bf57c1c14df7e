import type { Tsn } from "../../base/serial.ts";
import { Rack } from "./rack.ts";
import type { RateReduction } from "./rate-reduction.ts";

/** What a path keeps where loss is noticed by time. */
export class LossByTime {
  readonly rack: Rack = new Rack();
  /** Undefined outside of fast recovery. */
  reduction: RateReduction | undefined = undefined;
  /** What may be in flight during fast recovery, bytes; undefined outside. */
  window: number | undefined = undefined;
  /** The Cumulative TSN Ack Point when the window shrank last; what was sent again since, and what of it came twice. */
  undoFrom: Tsn | undefined = undefined;
  retransmissions = 0;
  duplicates = 0;

  /** The window shrinks: from now on what is sent again is counted. */
  begin(reduction: RateReduction, cumulative: Tsn): void {
    this.reduction = reduction;
    this.window = undefined;
    this.undoFrom = cumulative;
    this.retransmissions = 0;
    this.duplicates = 0;
  }

  endReduction(): void {
    this.reduction = undefined;
    this.window = undefined;
  }
}
