import type { IpAddress } from "../base/address.ts";
import type { AuthenticationConfig } from "./auth/authentication-config.ts";
import type { CongestionControlName } from "./path/congestion/create.ts";
import type { SchedulerName } from "./send/schedulers/create.ts";
import type { StreamValues } from "./send/schedulers/scheduler.ts";

/**
 * The protocol parameters of RFC 9260 §16, RFC 7829 and RFC 6951, under their own names. An endpoint has one set;
 * every association starts as a copy of it and may then differ.
 */
export interface AssociationConfig {
  /** RTO.Initial, ms (RFC 9260 §16). Default 1,000. */
  readonly rtoInitial: number;
  /** RTO.Min, ms (RFC 9260 §16). Default 1,000. */
  readonly rtoMin: number;
  /** RTO.Max, ms (RFC 9260 §16). Default 60,000. */
  readonly rtoMax: number;
  /**
   * Bound of the timeout of INIT and COOKIE ECHO, ms, in place of RTO.Max (sinit_max_init_timeo, RFC 6458 §5.3.1).
   * Default undefined: RTO.Max.
   */
  readonly initRtoMax: number | undefined;
  /** RTO.Alpha, the weight of a new RTT sample in SRTT (RFC 9260 §16). Default 1/8. */
  readonly rtoAlpha: number;
  /** RTO.Beta, the weight of a new deviation in RTTVAR (RFC 9260 §16). Default 1/4. */
  readonly rtoBeta: number;
  /** Max.Burst, packets of new data at one opportunity to send (RFC 9260 §16). Default 4. */
  readonly maxBurst: number;
  /** Association.Max.Retrans, consecutive errors until the association fails (RFC 9260 §16). Default 10. */
  readonly associationMaxRetrans: number;
  /** Path.Max.Retrans, consecutive errors until a path is unreachable (RFC 9260 §16). Default 5. */
  readonly pathMaxRetrans: number;
  /** Max.Init.Retransmits, of an INIT and of a COOKIE ECHO (RFC 9260 §16). Default 8. */
  readonly maxInitRetransmits: number;
  /** Idle paths are heartbeated (RFC 9260 §8.3 A). Default true. */
  readonly heartbeats: boolean;
  /** HB.interval, ms on top of the RTO between heartbeats of an idle path (RFC 9260 §16). Default 30,000. */
  readonly heartbeatInterval: number;
  /** HB.Max.Burst, heartbeats sent at one expiry (RFC 9260 §16). Default 1. */
  readonly heartbeatMaxBurst: number;
  /** SACK.Delay, ms, at most 500 (RFC 9260 §16). Default 200. */
  readonly sackDelay: number;
  /**
   * Where the peer has several addresses, a path that is silent for two round trips (30 ms at least) is asked about over
   * another one, and left if it swallows what it is sent, long before T3-rtx expires (after RFC 8985 §7; see
   * docs/decisions/0006). Needs `heartbeats`. Default true.
   */
  readonly tailLossProbes: boolean;
  /**
   * How the windows of the paths move: "rfc9260" (§7.2), "cubic" (RFC 9438), or "westwood", which keeps its window where loss
   * is random. Taken by a path when it begins. The latter two go beyond RFC 9260 (docs/decisions/0006). Default "rfc9260".
   */
  readonly congestionControl: CongestionControlName;
  /**
   * How loss is noticed: "rfc9260" by the third SACK that reports a chunk missing (§7.2.4); "rack" by time, in the manner of
   * RACK-TLP (RFC 8985), with proportional rate reduction (RFC 6937) and undo of what was no loss: for paths that reorder, and
   * for what is lost twice. Goes beyond RFC 9260 (docs/decisions/0006). Default "rfc9260".
   */
  readonly lossDetection: "rfc9260" | "rack";
  /** Packets with DATA after which a SACK is owed at once (RFC 9260 §6.2). Default 2. */
  readonly sackFrequency: number;
  /** PotentiallyFailed.Max.Retrans, errors until a path is potentially failed (RFC 7829 §3.2). Default 0. */
  readonly potentiallyFailedMaxRetrans: number;
  /**
   * Primary.Switchover.Max.Retrans, errors of the primary path until the path in use becomes the primary
   * (RFC 7829 §5). Default Infinity: the old primary is used again as soon as it is back.
   */
  readonly primarySwitchoverMaxRetrans: number;
  /**
   * ms without user data, in either direction, after which an established association is shut down gracefully
   * (SCTP_AUTOCLOSE, RFC 6458 §8.1.8). Default 0: never.
   */
  readonly autoClose: number;
  /** Valid.Cookie.Life, ms (RFC 9260 §16). Default 60,000. Only read when an INIT is answered. */
  readonly validCookieLife: number;
  /** OS: streams that we ask for in our direction, 1 to 65,535 (RFC 9260 §3.3.2). Default 1,024. */
  readonly outboundStreams: number;
  /** MIS: streams that we allow the peer, 1 to 65,535 (RFC 9260 §3.3.2). Default 2,048. */
  readonly inboundStreams: number;
  /** Bytes kept for the peer until the application reads; what a_rwnd starts from (at least 1,500). Default 1 MiB. */
  readonly receiveBuffer: number;
  /**
   * Bytes of a message from which on it is delivered in parts, if it is the next one of its stream and its end has not
   * come (SCTP_PARTIAL_DELIVERY_POINT, RFC 6458 §8.1.21). Default Infinity: when the window is used up, as ever.
   */
  readonly partialDeliveryPoint: number;
  /**
   * Whether other messages may come between the parts of one, those of its stream with its U bit excepted
   * (SCTP_FRAGMENT_INTERLEAVE, RFC 6458 §8.1.20, level 2). Default false: nothing of this association does.
   */
  readonly fragmentInterleave: boolean;
  /** Bytes sent and not yet acknowledged, from which on `send` asks the caller to wait. Default 1 MiB. */
  readonly sendBuffer: number;
  /** Bytes of the largest message that `send` takes. Default 64 MiB. */
  readonly maxMessageSize: number;
  /**
   * Where the path MTU is searched for, by probes (RFC 8899), unless it is fixed: towards this machine's own addresses,
   * where it is about 64 KiB; towards all, up to the MTU of our own link; or nowhere. Elsewhere it is that of the link, at
   * most 1,500. Default "own".
   */
  readonly pathMtuSearch: "own" | "always" | "never";
  /** ERROR chunks a second that answer the peer at most; further ones are dropped. Default 100. */
  readonly errorReplies: number;
  /** Fixed path MTU, bytes of the IP packet. Default undefined: that of the interface, at most 1,500. */
  readonly pathMtu: number | undefined;
  /**
   * Bytes of user data in a DATA chunk at most (SCTP_MAXSEG, RFC 6458 §8.1.16). Default undefined: what the path MTU
   * allows.
   */
  readonly maxSegment: number | undefined;
  /** Which stream sends next (RFC 8260 §3). Default "fcfs": messages go in the order of `send`. */
  readonly scheduler: SchedulerName;
  /**
   * By stream, 0 to 65,535: its priority for "priority", 0 the highest, or its weight for "weighted-fair"
   * (RFC 8260 §4.3.3). Default: none is named, and each is 0, or has the weight 1.
   */
  readonly streamValues: StreamValues;
  /**
   * User message interleaving (RFC 8260): I-DATA in place of DATA where the peer has it, too. A large message then holds up
   * its own stream alone, and messages of different streams come in parts in turn as with `fragmentInterleave`, which
   * this includes. Default false: RFC 8260 §2.2.1 leaves it off unless the user has said that it can handle that.
   */
  readonly interleaving: boolean;
  /** No delay of small messages (the Nagle algorithm is off; RFC 9260 §6.1 allows it). Default true. */
  readonly noDelay: boolean;
  /**
   * Packets are sent without a checksum, and taken without one, where the peer does so, too (RFC 9653). Only over a
   * transport that guards them itself: DTLS. Default false.
   */
  readonly zeroChecksum: boolean;
  /**
   * Chunks are authenticated with shared keys (RFC 4895) where the peer does so, too. An association takes what is here
   * when it begins. Default undefined: off.
   */
  readonly authentication: AuthenticationConfig | undefined;
  /** RE-CONFIG is offered to the peer (RFC 6525). Only read in the handshake. Default true. */
  readonly reconfiguration: boolean;
  /**
   * Messages may be given up after they were sent, where the peer has that, too (partial reliability, RFC 3758): by
   * their `lifetime`, by the number of retransmissions, or for others of a higher priority (RFC 7496). Default true.
   */
  readonly partialReliability: boolean;
  /**
   * The peer may have streams reset, ours and its own (SCTP_ENABLE_RESET_STREAM_REQ, RFC 6525 §6.3.1). Default true.
   * What we ask the peer for ourselves it may do in any case; the same with the next two.
   */
  readonly allowStreamReset: boolean;
  /** The peer may have TSNs and SSNs reset (SCTP_ENABLE_RESET_ASSOC_REQ, RFC 6525 §6.3.1). Default true. */
  readonly allowAssociationReset: boolean;
  /**
   * The peer may add streams, in either direction up to `inboundStreams` (SCTP_ENABLE_CHANGE_ASSOC_REQ, RFC 6525 §6.3.1,
   * §6.3.4). Default true.
   */
  readonly allowStreamChange: boolean;
  /** List no address in INIT and INIT ACK: there is a NAT on the way (RFC 6951 §5.7). Default false. */
  readonly nat: boolean;
  /** Addresses listed in INIT and INIT ACK in place of our own (1:1 NAT, Kubernetes). Default undefined. */
  readonly advertise: readonly IpAddress[] | undefined;
  /**
   * Adaptation Layer Indication of INIT and INIT ACK, 32 bits, opaque to SCTP: which protocol above SCTP the peer's
   * user is to expect (RFC 5061 §4.2.6). Default undefined: none is sent.
   */
  readonly adaptation: number | undefined;
  /**
   * Dynamic address reconfiguration (RFC 5061): addresses are added and deleted while the association is up,
   * and the peer is told, with AUTH (RFC 4895), be it by the key of no bytes. `"unauthenticated"`: without
   * AUTH, against the RFC, which leaves associations to whoever sees a packet of theirs; for networks that
   * are trusted. Default false.
   */
  readonly addressReconfiguration: boolean | "unauthenticated";
  /**
   * Addresses that come and go with the interfaces of a wildcard are told to the peer, too (SCTP_AUTO_ASCONF,
   * RFC 6458 §8.1.23); if not, those of our user alone. Default true.
   */
  readonly automaticReconfiguration: boolean;
}

/** The defaults of RFC 9260 §16 and RFC 7829 §3.2, and ours where no RFC names one. */
export const defaultConfig: AssociationConfig = {
  rtoInitial: 1_000,
  rtoMin: 1_000,
  rtoMax: 60_000,
  initRtoMax: undefined,
  rtoAlpha: 1 / 8,
  rtoBeta: 1 / 4,
  maxBurst: 4,
  associationMaxRetrans: 10,
  pathMaxRetrans: 5,
  maxInitRetransmits: 8,
  heartbeats: true,
  heartbeatInterval: 30_000,
  heartbeatMaxBurst: 1,
  tailLossProbes: true,
  congestionControl: "rfc9260",
  lossDetection: "rfc9260",
  sackDelay: 200,
  sackFrequency: 2,
  potentiallyFailedMaxRetrans: 0,
  primarySwitchoverMaxRetrans: Number.POSITIVE_INFINITY,
  autoClose: 0,
  validCookieLife: 60_000,
  outboundStreams: 1_024,
  inboundStreams: 2_048,
  receiveBuffer: 1_048_576,
  partialDeliveryPoint: Number.POSITIVE_INFINITY,
  fragmentInterleave: false,
  sendBuffer: 1_048_576,
  maxMessageSize: 67_108_864,
  pathMtuSearch: "own",
  errorReplies: 100,
  pathMtu: undefined,
  maxSegment: undefined,
  scheduler: "fcfs",
  streamValues: new Map(),
  interleaving: false,
  noDelay: true,
  zeroChecksum: false,
  authentication: undefined,
  reconfiguration: true,
  partialReliability: true,
  allowStreamReset: true,
  allowAssociationReset: true,
  allowStreamChange: true,
  nat: false,
  advertise: undefined,
  adaptation: undefined,
  addressReconfiguration: false,
  automaticReconfiguration: true,
};

/** What a path may have of its own. */
export type PathConfig = Pick<
  AssociationConfig,
  | "heartbeats"
  | "heartbeatInterval"
  | "pathMaxRetrans"
  | "pathMtu"
  | "potentiallyFailedMaxRetrans"
  | "primarySwitchoverMaxRetrans"
>;

const pathParameters: { readonly [K in keyof PathConfig]: true } = {
  heartbeats: true,
  heartbeatInterval: true,
  pathMaxRetrans: true,
  pathMtu: true,
  potentiallyFailedMaxRetrans: true,
  primarySwitchoverMaxRetrans: true,
};

/** Of some parameters those that a path has. */
export function pathPart(parameters: AssociationConfig): PathConfig;
export function pathPart(parameters: Partial<AssociationConfig>): Partial<PathConfig>;
export function pathPart(parameters: Partial<AssociationConfig>): Partial<PathConfig> {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => name in pathParameters));
}
