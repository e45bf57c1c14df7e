/** What a SACK told of one destination. Sizes count DATA chunks with header and padding (RFC 9260 §7.2); times in ms. */
export interface AcknowledgedData {
  /** Bytes newly acknowledged, cumulatively or by gap blocks. */
  readonly bytes: number;
  /**
   * The window was full when the SACK came. Judged at the end of the last round of sending: several SACKs may be
   * handled before the next one, and only the first of them would find the flight as large as the window.
   */
  readonly windowFilled: boolean;
  readonly inFastRecovery: boolean;
  readonly now: number;
  /** The smoothed round trip; undefined before the first measurement. */
  readonly srtt: number | undefined;
  /** The round trip that this SACK measured; undefined: none. */
  readonly rtt: number | undefined;
}

/** Congestion control of one destination (RFC 9260 §7.2): the window, and what moves it. Sizes in bytes. */
export interface CongestionControl {
  readonly cwnd: number;
  readonly ssthresh: number;
  /** New data was acknowledged. */
  onAcknowledged(data: AcknowledgedData): void;
  /** Everything that was sent has been acknowledged. */
  onAllAcknowledged(): void;
  /** Loss was seen by gap reports, and fast recovery begins. */
  onFastRetransmit(): void;
  /** T3-rtx expired. */
  onTimeout(): void;
  /** The last loss was none: what was thought lost was late. */
  undo(): void;
  /** No data was sent for one RTO. */
  onIdle(): void;
  /** The largest DATA chunk of the path (PMDCS) changed. */
  setMaxChunkSize(bytes: number): void;
  /** The path is a new one: back to the initial window (RFC 9260 §7.2.5). */
  reset(): void;
}
