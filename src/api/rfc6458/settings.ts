import { SCTP_AUTH_HMAC_ID_SHA1, SCTP_AUTH_HMAC_ID_SHA256, SCTP_PR_SCTP_NONE } from "./constants.ts";
import type { Linger, NotificationType, SctpPrInfo } from "./structures.ts";

/**
 * What an association inherits from its socket when it comes into being, and may have of its own from then on (RFC 6458
 * §7.2). Values are replaced, never changed in place, so that associations may share them.
 */
export interface AssociationSettings {
  /** Notifications that are wanted (SCTP_EVENT, SCTP_EVENTS). */
  readonly subscriptions: ReadonlySet<NotificationType>;
  /** SCTP_DEFAULT_SNDINFO and SCTP_DEFAULT_SEND_PARAM. */
  readonly defaultSend: DefaultSend;
  /** SCTP_DEFAULT_PRINFO. */
  readonly defaultPr: SctpPrInfo;
  /** SCTP_CONTEXT: comes with every message received. */
  readonly context: number;
  /** SCTP_EXPOSE_POTENTIALLY_FAILED_STATE (RFC 7829 §7.3). */
  readonly exposesPotentiallyFailed: boolean;
  /** SCTP_AUTH_KEY by number; the null key 0 is there from the beginning (RFC 6458 §8.3.3). */
  readonly authKeys: ReadonlyMap<number, AuthKey>;
  /** SCTP_AUTH_ACTIVE_KEY. */
  readonly activeKey: number;
  /** SCTP_AUTH_CHUNK. */
  readonly authChunks: ReadonlySet<number>;
  /** SCTP_REMOTE_UDP_ENCAPS_PORT of paths to come. */
  readonly encapsulationPort: number;
}

export interface DefaultSend {
  readonly sid: number;
  readonly flags: number;
  readonly ppid: number;
  readonly context: number;
  /** ms; 0 for ever. Of the deprecated structure alone. */
  readonly timetolive: number;
}

export interface AuthKey {
  readonly secret: Uint8Array;
  readonly deactivated: boolean;
}

/** What a socket has for all its associations. */
export interface SocketSettings {
  /** SO_LINGER. */
  readonly linger: Linger;
  /** SCTP_RECVRCVINFO. */
  readonly receivesRcvInfo: boolean;
  /** SCTP_RECVNXTINFO. */
  readonly receivesNxtInfo: boolean;
  /** `sctp_data_io_event` of SCTP_EVENTS: SCTP_SNDRCV comes with each message. */
  readonly receivesSndRcv: boolean;
  /** SCTP_USE_EXT_RCVINFO: SCTP_EXTRCV in its place. */
  readonly extendedRcvInfo: boolean;
  /** SCTP_FRAGMENT_INTERLEAVE. */
  readonly interleaveLevel: 0 | 1 | 2;
  /** SCTP_I_WANT_MAPPED_V4_ADDR. */
  readonly wantsMapped: boolean;
  /** SCTP_EXPLICIT_EOR. */
  readonly explicitEor: boolean;
  /** SCTP_DISABLE_FRAGMENTS. */
  readonly disablesFragments: boolean;
  /** SCTP_REUSE_PORT. */
  readonly reusesPort: boolean;
  /** IPV6_V6ONLY. */
  readonly v6Only: boolean;
  /** SCTP_HMAC_IDENT. */
  readonly hmacs: readonly number[];
}

/** RFC 6951 §6.1: the registered port. */
export const DEFAULT_UDP_PORT = 9_899;

export const initialAssociationSettings: AssociationSettings = {
  subscriptions: new Set(),
  defaultSend: { sid: 0, flags: 0, ppid: 0, context: 0, timetolive: 0 },
  defaultPr: { pr_policy: SCTP_PR_SCTP_NONE, pr_value: 0 },
  context: 0,
  exposesPotentiallyFailed: true,
  authKeys: new Map([[0, { secret: new Uint8Array(0), deactivated: false }]]),
  activeKey: 0,
  authChunks: new Set(),
  encapsulationPort: DEFAULT_UDP_PORT,
};

export const initialSocketSettings: SocketSettings = {
  linger: { l_onoff: 0, l_linger: 0 },
  receivesRcvInfo: false,
  receivesNxtInfo: false,
  receivesSndRcv: false,
  extendedRcvInfo: false,
  interleaveLevel: 0,
  wantsMapped: false,
  explicitEor: false,
  disablesFragments: false,
  reusesPort: false,
  v6Only: false,
  hmacs: [SCTP_AUTH_HMAC_ID_SHA256, SCTP_AUTH_HMAC_ID_SHA1],
};
