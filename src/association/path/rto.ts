/** What the estimator reads of the configuration; times in ms. */
export interface RtoParameters {
  readonly rtoInitial: number;
  readonly rtoMin: number;
  readonly rtoMax: number;
  readonly rtoAlpha: number;
  readonly rtoBeta: number;
}

/** The granularity G of rule G1 (RFC 9260 §6.3.1), ms. */
const GRANULARITY = 1;

/** The retransmission timeout of one path (RFC 9260 §6.3.1). */
export class RtoEstimator {
  /** Smoothed RTT, ms; undefined until the first measurement. */
  srtt: number | undefined = undefined;
  /** RTT variation, ms; undefined until the first measurement. */
  rttvar: number | undefined = undefined;
  /** The timeout without its upper bound: a handshake may have another one than RTO.Max. */
  #unbounded: number;
  #parameters: RtoParameters;

  constructor(parameters: RtoParameters) {
    this.#parameters = parameters;
    this.#unbounded = parameters.rtoInitial;
  }

  /** The timeout as it is now, backed off or not, ms; RTO.Max at most (RFC 9260 §6.3.1 C7). */
  get rto(): number {
    return this.within(this.#parameters.rtoMax);
  }

  /** The timeout with `max`, ms, as its bound in place of RTO.Max. */
  within(max: number): number {
    return Math.min(this.#unbounded, max);
  }

  /** Takes changed parameters; what was measured stays. */
  configure(parameters: RtoParameters): void {
    this.#parameters = parameters;
    if (this.srtt === undefined) this.#unbounded = parameters.rtoInitial;
    else this.#unbounded = Math.min(Math.max(this.#unbounded, parameters.rtoMin), parameters.rtoMax);
  }

  /** A measurement of the round trip, ms. */
  measure(rtt: number): void {
    const { rtoAlpha, rtoBeta } = this.#parameters;
    if (this.srtt === undefined || this.rttvar === undefined) {
      // RFC 9260 §6.3.1 C2: the first measurement.
      this.srtt = rtt;
      this.rttvar = rtt / 2;
    } else {
      // RFC 9260 §6.3.1 C3: RTTVAR uses SRTT from before its update.
      this.rttvar = (1 - rtoBeta) * this.rttvar + rtoBeta * Math.abs(this.srtt - rtt);
      this.srtt = (1 - rtoAlpha) * this.srtt + rtoAlpha * rtt;
    }
    // RFC 9260 §6.3.1 G1: "if RTTVAR == 0, then adjust RTTVAR = G".
    if (this.rttvar === 0) this.rttvar = GRANULARITY;
    // RFC 9260 §6.3.1 C6.
    this.#unbounded = Math.max(this.srtt + 4 * this.rttvar, this.#parameters.rtoMin);
  }

  /** RFC 9260 §6.3.3 E2: "set RTO = RTO * 2", bounded by RTO.Max. */
  backOff(): void {
    this.#unbounded *= 2;
  }

  /** Back to the state before any measurement (RFC 9260 §7.2.5.2). */
  reset(): void {
    this.srtt = undefined;
    this.rttvar = undefined;
    this.#unbounded = this.#parameters.rtoInitial;
  }
}
