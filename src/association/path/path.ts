import { addressFamily, type IpAddress } from "../../base/address.ts";
import type { Tsn } from "../../base/serial.ts";
import { DATA_HEADER } from "../../packet/chunks/data.ts";
import { type AssociationConfig, type PathConfig, pathPart } from "../config.ts";
import type { PathState, PathStatus } from "../events.ts";
import type { CongestionControl } from "./congestion/congestion.ts";
import { createCongestion } from "./congestion/create.ts";
import { LossByTime } from "./loss-by-time.ts";
import { maxDataChunkSize, packetSize } from "./pmtu.ts";
import type { PmtuSearch } from "./pmtu-search.ts";
import { RtoEstimator } from "./rto.ts";

/** A HEARTBEAT that waits for its answer. */
export interface PendingHeartbeat {
  readonly nonce: Uint8Array;
  /** The source that it tries: the path takes it when the answer comes (docs/addresses.md, 10: "data follows"). */
  readonly source: IpAddress;
  /** ms. */
  readonly sentAt: number;
}

export interface PathOptions {
  readonly destination: IpAddress;
  readonly source: IpAddress;
  readonly udpPort: number;
  readonly confirmed: boolean;
  readonly mtu: number;
  /** What the association has; the path may then differ. */
  readonly config: AssociationConfig;
}

/**
 * One destination transport address with the source it is used with (RFC 9260 §14.3). Owns what is counted per
 * destination: errors, RTO, congestion window, flight, T3-rtx, heartbeats.
 */
export class Path {
  readonly destination: IpAddress;
  source: IpAddress;
  /** The peer's UDP port for this destination (RFC 6951 §5.4). */
  udpPort: number;
  /** RFC 9260 §5.4: data may be sent here. */
  confirmed: boolean;
  /** Consecutive errors (RFC 9260 §8.2). */
  errors = 0;
  readonly rto: RtoEstimator;
  readonly congestion: CongestionControl;
  /** Bytes of DATA chunks in flight to this destination, headers and padding counted. */
  flightSize = 0;
  /** When T3-rtx expires, ms; Infinity when it is not running. */
  t3: number = Number.POSITIVE_INFINITY;
  /** When the heartbeat timer expires, ms: a HEARTBEAT falls due, or the one in flight has gone unanswered. */
  heartbeatAt: number = Number.POSITIVE_INFINITY;
  /** A HEARTBEAT shall be sent as soon as a packet can be written. */
  heartbeatDue = false;
  pendingHeartbeat: PendingHeartbeat | undefined = undefined;
  /** The source that the next HEARTBEAT tries; undefined: the present one. */
  candidateSource: IpAddress | undefined = undefined;
  /** When something was last sent that measures the RTT; -Infinity before. */
  lastMeasurableAt: number = Number.NEGATIVE_INFINITY;
  /** When DATA was last sent or the window was last decayed for idleness, ms. */
  lastDataAt: number = Number.NEGATIVE_INFINITY;
  /** When data that went to this destination was last acknowledged, ms. */
  lastHeardAt: number = Number.NEGATIVE_INFINITY;
  /** It was silent and swallowed what it was sent: new data goes elsewhere until it answers (docs/decisions/0006). */
  isSuspect = false;
  /** Undefined where loss is noticed by gap reports alone. */
  byTime: LossByTime | undefined;
  /** Bytes of DATA chunks that were ever sent there, headers and padding counted. */
  sentBytes = 0;
  /** Packets that it is known to have swallowed since it last answered. */
  swallowed = 0;
  /** The DATA chunk whose acknowledgement will measure the RTT (RFC 9260 §6.3.1 C4); undefined: none. */
  measuring: Tsn | undefined = undefined;
  measuringSince = 0;
  /** T3-rtx expired, and nothing that was sent since has been acknowledged. */
  afterTimeout = false;
  /** The last round of sending left the window full: only then may it grow (RFC 9260 §7.2.1). */
  windowFilled = false;
  /** MTU of the link of its source, bytes of an IP packet. */
  linkMtu: number;
  /** Looks for the MTU of the path; undefined where it is fixed, or taken from the link. */
  search: PmtuSearch | undefined = undefined;
  /** The nonce of the last probe of the search. */
  probeNonce: Uint8Array | undefined = undefined;
  #config: PathConfig;
  #mtu: number;
  #packetSize: number;

  constructor(options: PathOptions) {
    this.destination = options.destination;
    this.source = options.source;
    // RFC 6951 §5.1: "a remote UDP encapsulation port number per destination address".
    this.udpPort = options.udpPort;
    this.confirmed = options.confirmed;
    this.#config = pathPart(options.config);
    this.#mtu = options.mtu;
    this.linkMtu = options.mtu;
    this.#packetSize = packetSize(options.mtu, options.destination);
    this.rto = new RtoEstimator(options.config);
    this.byTime = options.config.lossDetection === "rack" ? new LossByTime() : undefined;
    // RFC 9260 §7.1, §7.2: "a set of the control variables ... for EACH destination address".
    this.congestion = createCongestion(
      options.config.congestionControl,
      this.maxChunkSize,
      addressFamily(options.destination),
    );
  }

  get config(): PathConfig {
    return this.#config;
  }

  /** Changes parameters of this path alone (RFC 9260 §11.1.12, §11.1.13; RFC 6458 §8.1.12). */
  configure(changes: Partial<PathConfig>): void {
    this.#config = { ...this.#config, ...changes };
  }

  /** RFC 9260 §8.2 and RFC 7829 §3.2: the state is what the error counter says. */
  get state(): PathState {
    const { pathMaxRetrans, potentiallyFailedMaxRetrans } = this.config;
    if (this.errors > pathMaxRetrans) return "unreachable";
    if (!this.confirmed) return "unconfirmed";
    if (this.errors > potentiallyFailedMaxRetrans) return "potentially-failed";
    return this.isSuspect ? "suspect" : "active";
  }

  /** Path MTU: bytes of an IP packet, IP and UDP headers counted. */
  get mtu(): number {
    return this.#mtu;
  }

  /** RFC 9260 §7.3: "separate PMTU estimates for each destination address". */
  set mtu(bytes: number) {
    this.#mtu = bytes;
    this.#packetSize = packetSize(bytes, this.destination);
    this.congestion.setMaxChunkSize(this.maxChunkSize);
  }

  /** Bytes of the largest SCTP packet. */
  get packetSize(): number {
    return this.#packetSize;
  }

  /** PMDCS (RFC 9260 §6.1; MPS in RFC 8899 §3, §4.4, §5): bytes of the largest DATA chunk, its header counted. */
  get maxChunkSize(): number {
    return maxDataChunkSize(this.#packetSize);
  }

  /** Bytes of user data in the largest DATA chunk. */
  get maxPayload(): number {
    return this.maxChunkSize - DATA_HEADER;
  }

  /** Bytes that may be in flight: cwnd, but in fast recovery by time what RFC 6937 has. */
  get window(): number {
    return this.byTime?.window ?? this.congestion.cwnd;
  }

  /** No further packet with DATA may leave. */
  get isFull(): boolean {
    // RFC 9260 §7.2.3: after a timeout "no more than one SCTP packet will be in flight for that address until the
    // endpoint receives acknowledgement", however small that packet is beside cwnd.
    return this.flightSize >= this.window || (this.afterTimeout && this.flightSize > 0);
  }

  /** The source changed: another route, of which nothing is known yet (RFC 9260 §7.2.5.2). */
  changeSource(source: IpAddress): void {
    this.source = source;
    this.candidateSource = undefined;
    this.rto.reset();
    this.congestion.reset();
    this.measuring = undefined;
    this.forgetTimes();
  }

  /** What was learned of the times of its TSNs holds no longer. */
  forgetTimes(): void {
    if (this.byTime !== undefined) this.byTime = new LossByTime();
  }

  startT3(now: number): void {
    this.t3 = now + this.rto.rto;
  }

  stopT3(): void {
    this.t3 = Number.POSITIVE_INFINITY;
  }

  status(primary: boolean): PathStatus {
    return {
      destination: this.destination,
      source: this.source,
      udpPort: this.udpPort,
      state: this.state,
      primary,
      // RFC 9260 §11.1.11, SRTT REPORT.
      srtt: this.rto.srtt,
      rttvar: this.rto.rttvar,
      rto: this.rto.rto,
      cwnd: this.congestion.cwnd,
      ssthresh: this.congestion.ssthresh,
      flightSize: this.flightSize,
      mtu: this.#mtu,
      chunkRoom: this.maxChunkSize,
      errors: this.errors,
    };
  }
}
