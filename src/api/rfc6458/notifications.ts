import type * as names from "./constants.ts";
import type { FullSockAddr } from "./sockaddr.ts";
import type { SctpSndInfo, SctpSndRcvInfo } from "./structures.ts";

/**
 * The notifications (RFC 6458 §6.1, RFC 6525 §6.1), told apart by `sn_type`; each has the members of its structure but
 * for type and length. In bytes they are the structures of a little-endian 64-bit Linux: `encodeNotification`.
 */
export type SctpNotification =
  | SctpAssocChange
  | SctpPaddrChange
  | SctpRemoteError
  | SctpSendFailed
  | SctpSendFailedEvent
  | SctpShutdownEvent
  | SctpAdaptationEvent
  | SctpPdapiEvent
  | SctpAuthKeyEvent
  | SctpSenderDryEvent
  | SctpNotificationsStoppedEvent
  | SctpStreamResetEvent
  | SctpAssocResetEvent
  | SctpStreamChangeEvent;

/** RFC 6458 §6.1.1. */
export interface SctpAssocChange {
  readonly sn_type: typeof names.SCTP_ASSOC_CHANGE;
  readonly sac_flags: number;
  readonly sac_state:
    | typeof names.SCTP_COMM_UP
    | typeof names.SCTP_COMM_LOST
    | typeof names.SCTP_RESTART
    | typeof names.SCTP_SHUTDOWN_COMP
    | typeof names.SCTP_CANT_STR_ASSOC;
  /** The code of the first error cause that ended it (RFC 9260 §3.3.10); 0 for none. */
  readonly sac_error: number;
  readonly sac_outbound_streams: number;
  readonly sac_inbound_streams: number;
  readonly sac_assoc_id: number;
  /** SCTP_COMM_LOST by the peer's ABORT: that chunk. SCTP_COMM_UP, SCTP_RESTART: SCTP_ASSOC_SUPPORTS_*, a byte each. */
  readonly sac_info: Uint8Array;
}

/** RFC 6458 §6.1.2, RFC 7829 §7.1. */
export interface SctpPaddrChange {
  readonly sn_type: typeof names.SCTP_PEER_ADDR_CHANGE;
  readonly spc_flags: number;
  readonly spc_aaddr: FullSockAddr;
  readonly spc_state:
    | typeof names.SCTP_ADDR_AVAILABLE
    | typeof names.SCTP_ADDR_UNREACHABLE
    | typeof names.SCTP_ADDR_REMOVED
    | typeof names.SCTP_ADDR_ADDED
    | typeof names.SCTP_ADDR_MADE_PRIM
    | typeof names.SCTP_ADDR_CONFIRMED
    | typeof names.SCTP_ADDR_POTENTIALLY_FAILED;
  readonly spc_error: number;
  readonly spc_assoc_id: number;
}

/** RFC 6458 §6.1.3. */
export interface SctpRemoteError {
  readonly sn_type: typeof names.SCTP_REMOTE_ERROR;
  readonly sre_flags: number;
  /** The code of the first error cause (RFC 9260 §3.3.10). */
  readonly sre_error: number;
  readonly sre_assoc_id: number;
  /** The ERROR chunk. */
  readonly sre_data: Uint8Array;
}

/** RFC 6458 §6.1.4 (deprecated). */
export interface SctpSendFailed {
  readonly sn_type: typeof names.SCTP_SEND_FAILED;
  /** SCTP_DATA_UNSENT or SCTP_DATA_SENT. */
  readonly ssf_flags: number;
  readonly ssf_error: number;
  readonly ssf_info: SctpSndRcvInfo;
  readonly ssf_assoc_id: number;
  readonly ssf_data: Uint8Array;
}

/** RFC 6458 §6.1.11. */
export interface SctpSendFailedEvent {
  readonly sn_type: typeof names.SCTP_SEND_FAILED_EVENT;
  /** SCTP_DATA_UNSENT or SCTP_DATA_SENT. */
  readonly ssfe_flags: number;
  readonly ssfe_error: number;
  /** `snd_flags` has SCTP_DATA_NOT_FRAG where all of the message comes back, else SCTP_DATA_LAST_FRAG. */
  readonly ssfe_info: SctpSndInfo;
  readonly ssfe_assoc_id: number;
  readonly ssfe_data: Uint8Array;
}

/** RFC 6458 §6.1.5. */
export interface SctpShutdownEvent {
  readonly sn_type: typeof names.SCTP_SHUTDOWN_EVENT;
  readonly sse_flags: number;
  readonly sse_assoc_id: number;
}

/** RFC 6458 §6.1.6. */
export interface SctpAdaptationEvent {
  readonly sn_type: typeof names.SCTP_ADAPTATION_INDICATION;
  readonly sai_flags: number;
  readonly sai_adaptation_ind: number;
  readonly sai_assoc_id: number;
}

/** RFC 6458 §6.1.7. */
export interface SctpPdapiEvent {
  readonly sn_type: typeof names.SCTP_PARTIAL_DELIVERY_EVENT;
  readonly pdapi_flags: number;
  readonly pdapi_indication: typeof names.SCTP_PARTIAL_DELIVERY_ABORTED;
  readonly pdapi_stream: number;
  readonly pdapi_seq: number;
  readonly pdapi_assoc_id: number;
}

/** RFC 6458 §6.1.8. */
export interface SctpAuthKeyEvent {
  readonly sn_type: typeof names.SCTP_AUTHENTICATION_EVENT;
  readonly auth_flags: number;
  readonly auth_keynumber: number;
  readonly auth_indication:
    | typeof names.SCTP_AUTH_NEW_KEY
    | typeof names.SCTP_AUTH_NO_AUTH
    | typeof names.SCTP_AUTH_FREE_KEY;
  readonly auth_assoc_id: number;
}

/** RFC 6458 §6.1.9. */
export interface SctpSenderDryEvent {
  readonly sn_type: typeof names.SCTP_SENDER_DRY_EVENT;
  readonly sender_dry_flags: number;
  readonly sender_dry_assoc_id: number;
}

/** RFC 6458 §6.1.10: too many were not read; subscribe anew. */
export interface SctpNotificationsStoppedEvent {
  readonly sn_type: typeof names.SCTP_NOTIFICATIONS_STOPPED_EVENT;
  readonly sn_flags: number;
}

/** RFC 6525 §6.1.1. */
export interface SctpStreamResetEvent {
  readonly sn_type: typeof names.SCTP_STREAM_RESET_EVENT;
  readonly strreset_flags: number;
  readonly strreset_assoc_id: number;
  readonly strreset_stream_list: readonly number[];
}

/** RFC 6525 §6.1.2. */
export interface SctpAssocResetEvent {
  readonly sn_type: typeof names.SCTP_ASSOC_RESET_EVENT;
  readonly assocreset_flags: number;
  readonly assocreset_assoc_id: number;
  readonly assocreset_local_tsn: number;
  readonly assocreset_remote_tsn: number;
}

/** RFC 6525 §6.1.3. */
export interface SctpStreamChangeEvent {
  readonly sn_type: typeof names.SCTP_STREAM_CHANGE_EVENT;
  readonly strchange_flags: number;
  readonly strchange_assoc_id: number;
  readonly strchange_instrms: number;
  readonly strchange_outstrms: number;
}
