import type { AcknowledgedData, CongestionControl } from "./congestion.ts";

/** Slow start and congestion avoidance as RFC 9260 §7.2 gives them. */
export class Rfc9260Congestion implements CongestionControl {
  cwnd: number;
  /** RFC 9260 §7.2.1: at first "SHOULD be arbitrarily high". */
  ssthresh: number = Number.POSITIVE_INFINITY;
  #partialBytesAcked = 0;
  /** The window has shrunk because nothing was sent, and nothing was acknowledged since. */
  #isIdle = false;
  /** PMDCS, bytes. */
  protected maxChunkSize: number;
  readonly #family: 4 | 6;
  /** What both were before the last loss. */
  #before: { readonly cwnd: number; readonly ssthresh: number } | undefined = undefined;

  constructor(maxChunkSize: number, family: 4 | 6) {
    this.maxChunkSize = maxChunkSize;
    this.#family = family;
    this.cwnd = this.#initialWindow();
  }

  /** RFC 9260 §7.2.1: min(4 * PMDCS, max(2 * PMDCS, 4404)), 4344 for IPv6. */
  #initialWindow(): number {
    return Math.min(
      4 * this.maxChunkSize,
      Math.max(2 * this.maxChunkSize, this.#family === 4 ? 4_404 : 4_344),
    );
  }

  onAcknowledged(data: AcknowledgedData): void {
    this.#isIdle = false;
    if (this.cwnd <= this.ssthresh) {
      // RFC 9260 §7.2.1: increase only if the window is fully utilized and the sender is not in Fast Recovery,
      // by the lesser of what was acknowledged and L = 1 times PMDCS.
      if (data.windowFilled && !data.inFastRecovery) {
        this.cwnd += Math.min(data.bytes, this.maxChunkSize);
      }
      return;
    }
    this.avoidCongestion(data);
  }

  /** RFC 9260 §7.2.2: partial_bytes_acked counts up to a window, then cwnd grows by one PMDCS. */
  protected avoidCongestion(data: AcknowledgedData): void {
    this.#partialBytesAcked += data.bytes;
    if (!data.windowFilled || data.inFastRecovery) {
      // "MUST NOT increment cwnd by more than PMDCS per RTT": no more than one window is saved up for later.
      this.#partialBytesAcked = Math.min(this.#partialBytesAcked, this.cwnd);
    } else if (this.#partialBytesAcked >= this.cwnd) {
      this.#partialBytesAcked -= this.cwnd;
      this.cwnd += this.maxChunkSize;
    }
  }

  /** RFC 9260 §7.2.2: "When all of the data ... has been acknowledged, partial_bytes_acked is initialized to 0." */
  onAllAcknowledged(): void {
    this.#partialBytesAcked = 0;
  }

  /** RFC 9260 §7.2.3: half of the window; where there is more, bytes of what is left after a loss. */
  protected afterLoss(): number {
    return this.cwnd >>> 1;
  }

  /** RFC 9260 §7.2.3: halve on loss. */
  onFastRetransmit(): void {
    this.#reduce();
    this.cwnd = this.ssthresh;
  }

  /** RFC 9260 §7.2.3, §7.2.1: one packet after a timeout. */
  onTimeout(): void {
    this.#reduce();
    this.cwnd = this.maxChunkSize;
  }

  #reduce(): void {
    const { cwnd, ssthresh } = this;
    this.#before = { cwnd, ssthresh };
    // RFC 9260 §7.2.3: "ssthresh = max(cwnd / 2, 4 * PMDCS)".
    this.ssthresh = Math.max(this.afterLoss(), 4 * this.maxChunkSize);
    this.#partialBytesAcked = 0;
  }

  undo(): void {
    if (this.#before === undefined) return;
    this.cwnd = Math.max(this.cwnd, this.#before.cwnd);
    this.ssthresh = this.#before.ssthresh;
    this.#before = undefined;
  }

  /**
   * RFC 9260 §7.2.1: while nothing is sent, max(cwnd / 2, 4 * PMDCS) once per RTO; ssthresh takes cwnd before the
   * first adjustment. A window below 4 * PMDCS is left alone: idleness is no reason to open it.
   */
  onIdle(): void {
    const floor = 4 * this.maxChunkSize;
    if (this.cwnd <= floor) return;
    if (!this.#isIdle) this.ssthresh = this.cwnd;
    this.#isIdle = true;
    this.cwnd = Math.max(this.cwnd >>> 1, floor);
  }

  /** RFC 8899 §3, 7: "MUST NOT increase the congestion window measured in bytes". One packet may exceed it (§6.1 B). */
  setMaxChunkSize(bytes: number): void {
    this.maxChunkSize = bytes;
  }

  reset(): void {
    this.cwnd = this.#initialWindow();
    this.ssthresh = Number.POSITIVE_INFINITY;
    this.#partialBytesAcked = 0;
    this.#isIdle = false;
    this.#before = undefined;
  }
}
