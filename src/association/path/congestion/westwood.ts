import type { AcknowledgedData } from "./congestion.ts";
import { Rfc9260Congestion } from "./rfc9260.ts";

/** ms. Deliveries are counted over a round trip, but no shorter a time. */
const LEAST_INTERVAL = 50;
/** The rate of a path is the largest of so many intervals: what was lost makes the others smaller. */
const SAMPLES = 6;
/** ms. A round trip is the least for one to two times this long. */
const LEAST_LASTS = 10_000;

/**
 * In the manner of TCP Westwood+ (Grieco and Mascolo, 2004), what is left after a loss is what the path delivers in its least
 * round trip, rather than half of the window. Where a full queue was what lost a packet, that is about a half, for the queue made the
 * round trip longer; where the link loses packets at random, it is nearly all. Growth is that of RFC 9260.
 */
export class WestwoodCongestion extends Rfc9260Congestion {
  /** Bytes a ms that were delivered, in the latest intervals. At most SAMPLES. */
  readonly #rates: number[] = [];
  #delivered = 0;
  #since: number | undefined = undefined;
  /** The least round trip of the present and of the last LEAST_LASTS, ms. */
  #least = Number.POSITIVE_INFINITY;
  #leastBefore = Number.POSITIVE_INFINITY;
  #leastSince = 0;

  override onAcknowledged(data: AcknowledgedData): void {
    this.#count(data);
    super.onAcknowledged(data);
  }

  #count({ bytes, now, srtt, rtt }: AcknowledgedData): void {
    if (rtt !== undefined) this.#observe(rtt, now);
    this.#delivered += bytes;
    this.#since ??= now;
    const elapsed = now - this.#since;
    if (srtt === undefined || elapsed < Math.max(srtt, LEAST_INTERVAL)) return;
    this.#rates.push(this.#delivered / elapsed);
    if (this.#rates.length > SAMPLES) this.#rates.shift();
    this.#delivered = 0;
    this.#since = now;
  }

  #observe(rtt: number, now: number): void {
    if (now - this.#leastSince >= LEAST_LASTS) {
      this.#leastBefore = this.#least;
      this.#least = rtt;
      this.#leastSince = now;
    }
    this.#least = Math.min(this.#least, rtt);
  }

  protected override afterLoss(): number {
    const least = Math.min(this.#least, this.#leastBefore);
    if (this.#rates.length === 0 || !Number.isFinite(least)) return super.afterLoss();
    return Math.min(this.cwnd, Math.floor(Math.max(...this.#rates) * least));
  }

  override onAllAcknowledged(): void {
    super.onAllAcknowledged();
    // What is idle delivers nothing, and that is no rate.
    this.#since = undefined;
    this.#delivered = 0;
  }

  override reset(): void {
    super.reset();
    this.#rates.length = 0;
    this.#delivered = 0;
    this.#since = undefined;
    this.#least = Number.POSITIVE_INFINITY;
    this.#leastBefore = Number.POSITIVE_INFINITY;
  }
}
