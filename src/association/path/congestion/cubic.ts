import type { AcknowledgedData } from "./congestion.ts";
import { Rfc9260Congestion } from "./rfc9260.ts";

/** RFC 9438 §5: the window in packets grows with 0.4 times the cube of the seconds. */
const C = 0.4;
/** RFC 9438 §4.6: what is left of the window after a loss. */
const BETA = 0.7;
/** RFC 9438 §4.3: what makes the average as large as Reno's, though less is given up on a loss. */
const ALPHA = (3 * (1 - BETA)) / (1 + BETA);

/**
 * CUBIC (RFC 9438) in place of RFC 9260 §7.2.2: after a loss the window returns quickly to where it was, stays there for a
 * while, and then grows ever faster, by time rather than by round trips; never slower than Reno. Windows in bytes, inside in
 * packets of PMDCS.
 */
export class CubicCongestion extends Rfc9260Congestion {
  /** W_max: the window before the last loss, packets. */
  #most = 0;
  /** When congestion avoidance began, ms; undefined: it begins with the next acknowledgement. */
  #epoch: number | undefined = undefined;
  /** K: how long the window takes back to W_max, s. */
  #toMost = 0;
  /** W_est: what Reno's window would be, packets. */
  #reno = 0;

  protected override avoidCongestion({
    bytes,
    windowFilled,
    inFastRecovery,
    now,
    srtt,
  }: AcknowledgedData): void {
    if (inFastRecovery) return;
    if (!windowFilled) {
      // RFC 9438 §5.8: the time in which the application limits what is sent does not count.
      this.#epoch = undefined;
      return;
    }
    const window = this.cwnd / this.maxChunkSize;
    if (this.#epoch === undefined) this.#begin(window, now);
    const seconds = (now - (this.#epoch ?? now) + (srtt ?? 0)) / 1_000;
    const acknowledged = bytes / this.maxChunkSize;
    // RFC 9438 §4.2, §4.4, §4.5: W_cubic(t + RTT), bounded, is approached over the next round trip.
    const cubic = C * (seconds - this.#toMost) ** 3 + this.#most;
    const target = Math.min(Math.max(cubic, window), 1.5 * window);
    // RFC 9438 §4.3: once W_est has reached the former window it grows as Reno does.
    this.#reno += (this.#reno >= this.#most ? 1 : ALPHA) * (acknowledged / window);
    const next = Math.max(window + (target - window) * Math.min(1, acknowledged / window), this.#reno);
    this.cwnd = Math.floor(next * this.maxChunkSize);
  }

  #begin(window: number, now: number): void {
    this.#epoch = now;
    this.#most = Math.max(this.#most, window);
    this.#toMost = Math.cbrt((this.#most - window) / C);
    this.#reno = window;
  }

  protected override afterLoss(): number {
    const window = this.cwnd / this.maxChunkSize;
    // RFC 9438 §4.7, fast convergence: whoever has less than before makes room for others.
    this.#most = window < this.#most ? window * ((1 + BETA) / 2) : window;
    this.#epoch = undefined;
    return Math.floor(this.cwnd * BETA);
  }

  override undo(): void {
    super.undo();
    this.#epoch = undefined;
  }

  override reset(): void {
    super.reset();
    this.#most = 0;
    this.#epoch = undefined;
  }
}
