import { quantile } from "../figures.ts";
import type { Orders } from "./worker.ts";

/** What `read` answers; µs. */
export interface RoundTripReading {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** The times of one ping after another. */
export class RoundTrips {
  #times: number[] = [];
  #sent = 0;

  sent(): void {
    this.#sent = performance.now();
  }

  back(): void {
    this.#times.push(performance.now() - this.#sent);
  }

  get orders(): Orders {
    return {
      reset: () => {
        this.#times = [];
      },
      read: (): RoundTripReading => {
        const times = Float64Array.from(this.#times).sort();
        const at = (share: number): number => 1e3 * quantile(times, share);
        return { count: times.length, p50: at(0.5), p99: at(0.99), p999: at(0.999) };
      },
    };
  }
}
