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
  /** The timeout as it is now, backed off or not, ms. */
  rto: number;
  #parameters: RtoParameters;

  constructor(parameters: RtoParameters) {
    this.#parameters = parameters;
    this.rto = parameters.rtoInitial;
  }

  /** Takes changed parameters; what was measured stays. */
  configure(parameters: RtoParameters): void {
    this.#parameters = parameters;
    if (this.srtt === undefined) this.rto = parameters.rtoInitial;
    else this.rto = this.#bounded(this.rto);
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
    this.rto = this.#bounded(this.srtt + 4 * this.rttvar);
  }

  /** RFC 9260 §6.3.3 E2: "set RTO = RTO * 2", bounded by RTO.Max. */
  backOff(): void {
    this.rto = Math.min(this.rto * 2, this.#parameters.rtoMax);
  }

  /** Back to the state before any measurement (RFC 9260 §7.2.5.2). */
  reset(): void {
    this.srtt = undefined;
    this.rttvar = undefined;
    this.rto = this.#parameters.rtoInitial;
  }

  /** RFC 9260 §6.3.1 C6 and C7. */
  #bounded(rto: number): number {
    return Math.min(Math.max(rto, this.#parameters.rtoMin), this.#parameters.rtoMax);
  }
}
