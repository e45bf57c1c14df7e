/** Proportional rate reduction of one path (RFC 6937): in fast recovery the flight comes down to ssthresh as packets leave the network, instead of stopping until it is there. Sizes in bytes. */
export class RateReduction {
  /** RecoverFS: the flight when the recovery began. */
  readonly #flight: number;
  /** What the path had been sent by then. */
  readonly #sent: number;
  #delivered = 0;

  constructor(flight: number, sent: number) {
    this.#flight = Math.max(1, flight);
    this.#sent = sent;
  }

  /** RFC 6937 §3: what may be in flight after this acknowledgement. `sent`: all that the path has been sent so far. */
  window({ delivered, flight, ssthresh, sent, maxChunkSize }: Progress): number {
    this.#delivered += delivered;
    const out = sent - this.#sent;
    if (flight > ssthresh) {
      // "Proportional Rate Reduction": sndcnt = CEIL(prr_delivered * ssthresh / RecoverFS) - prr_out
      return flight + Math.max(0, Math.ceil((this.#delivered * ssthresh) / this.#flight) - out);
    }
    // "PRR-SSRB": MAX(prr_delivered - prr_out, DeliveredData) + MSS, up to ssthresh.
    const limit = Math.max(this.#delivered - out, delivered) + maxChunkSize;
    return flight + Math.min(ssthresh - flight, limit);
  }
}

export interface Progress {
  readonly delivered: number;
  readonly flight: number;
  readonly ssthresh: number;
  readonly sent: number;
  readonly maxChunkSize: number;
}
