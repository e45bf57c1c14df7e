import type { PathChange, PathState } from "../../association/events.ts";
import type { Cause } from "../../packet/causes/cause.ts";
import type { Association } from "../message/association.ts";
import type { PathEvent } from "../message/association-events.ts";
import type { CloseInfo } from "../message/errors.ts";
import type { FailedMessage } from "../message/message.ts";
import type { AssociationReset, StreamsAdded, StreamsReset } from "../message/reconfiguring.ts";

/**
 * What the event `notification` has: as `node-lksctp` hands it out, but without the kernel's bytes, which there are
 * none of. The members of `parsed` are those of RFC 6458 §6.1, with the numbers of Linux.
 */
export interface Notification {
  readonly parsed: ParsedNotification;
  /** In words, where there are some. */
  readonly interpreted: string | undefined;
}

export interface ParsedNotification {
  readonly sn_type: number;
  readonly sn_assoc_change?: {
    readonly sac_state: number;
    readonly sac_outbound_streams: number;
    readonly sac_inbound_streams: number;
  };
  readonly sn_paddr_change?: { readonly spc_aaddr: string; readonly spc_state: number };
  readonly sn_send_failed?: {
    readonly ssf_data: Uint8Array;
    readonly ssf_error: Error;
    readonly ssf_sent: boolean;
  };
  readonly sn_remote_error?: { readonly sre_causes: readonly Cause[] };
  readonly sn_strreset_event?: {
    readonly strreset_flags: number;
    /** None: all of them. */
    readonly strreset_stream_list: readonly number[];
  };
  readonly sn_assocreset_event?: {
    readonly assocreset_local_tsn: number;
    readonly assocreset_remote_tsn: number;
  };
  readonly sn_strchange_event?: { readonly strchange_instrms: number; readonly strchange_outstrms: number };
}

const SCTP_ASSOC_CHANGE = 0x8001;
const SCTP_PEER_ADDR_CHANGE = 0x8002;
const SCTP_SEND_FAILED = 0x8003;
const SCTP_REMOTE_ERROR = 0x8004;
const SCTP_SHUTDOWN_EVENT = 0x8005;
const SCTP_STREAM_RESET_EVENT = 0x800a;
const SCTP_ASSOC_RESET_EVENT = 0x800b;
const SCTP_STREAM_CHANGE_EVENT = 0x800c;

const SCTP_STREAM_RESET_INCOMING_SSN = 1;
const SCTP_STREAM_RESET_OUTGOING_SSN = 2;

const associationStates = {
  SCTP_COMM_UP: 0,
  SCTP_COMM_LOST: 1,
  SCTP_RESTART: 2,
  SCTP_SHUTDOWN_COMP: 3,
} as const;

const addressStates: Readonly<Partial<Record<PathChange, readonly [string, number]>>> = {
  active: ["SCTP_ADDR_AVAILABLE", 0],
  unreachable: ["SCTP_ADDR_UNREACHABLE", 1],
  removed: ["SCTP_ADDR_REMOVED", 2],
  added: ["SCTP_ADDR_ADDED", 3],
  primary: ["SCTP_ADDR_MADE_PRIM", 4],
  confirmed: ["SCTP_ADDR_CONFIRMED", 5],
  "potentially-failed": ["SCTP_ADDR_POTENTIALLY_FAILED", 6],
};

/** SCTP_ASSOC_CHANGE (RFC 6458 §6.1.1). */
export function associationChange(
  name: keyof typeof associationStates,
  association: Pick<Association, "inboundStreams" | "outboundStreams">,
): Notification {
  const { inboundStreams, outboundStreams } = association;
  const isUp = name === "SCTP_COMM_UP" || name === "SCTP_RESTART";
  const streams = isUp ? `, MIS ${inboundStreams} / OS ${outboundStreams}` : "";
  return {
    parsed: {
      sn_type: SCTP_ASSOC_CHANGE,
      sn_assoc_change: {
        sac_state: associationStates[name],
        sac_outbound_streams: outboundStreams,
        sac_inbound_streams: inboundStreams,
      },
    },
    interpreted: `SCTP_ASSOC_CHANGE: ${name}${streams}`,
  };
}

/** How an association ended. */
export function associationEnd(info: CloseInfo, association: Association): Notification {
  return associationChange(info.error === undefined ? "SCTP_SHUTDOWN_COMP" : "SCTP_COMM_LOST", association);
}

/** SCTP_PEER_ADDR_CHANGE (RFC 6458 §6.1.2); undefined for a change of ours that it does not tell of. */
export function addressChange({ change, path }: PathEvent): Notification | undefined {
  const state = addressStates[change];
  if (state === undefined) return undefined;
  return {
    parsed: {
      sn_type: SCTP_PEER_ADDR_CHANGE,
      sn_paddr_change: { spc_aaddr: path.destination, spc_state: state[1] },
    },
    interpreted: `SCTP_PEER_ADDR_CHANGE: ${state[0]} ${path.destination}`,
  };
}

/** SCTP_SEND_FAILED (RFC 6458 §6.1.4). */
export function sendFailed({ data, error, sent }: FailedMessage): Notification {
  return {
    parsed: {
      sn_type: SCTP_SEND_FAILED,
      sn_send_failed: { ssf_data: data, ssf_error: error, ssf_sent: sent },
    },
    interpreted: `SCTP_SEND_FAILED: ${error.message}`,
  };
}

/** SCTP_REMOTE_ERROR (RFC 6458 §6.1.3). */
export function remoteError(causes: readonly Cause[]): Notification {
  return {
    parsed: { sn_type: SCTP_REMOTE_ERROR, sn_remote_error: { sre_causes: causes } },
    interpreted: `SCTP_REMOTE_ERROR: ${causes.map((cause) => cause.type).join(", ")}`,
  };
}

/** SCTP_SHUTDOWN_EVENT (RFC 6458 §6.1.5). */
export function shutdownEvent(): Notification {
  return { parsed: { sn_type: SCTP_SHUTDOWN_EVENT }, interpreted: "SCTP_SHUTDOWN_EVENT" };
}

/** SCTP_STREAM_RESET_EVENT (RFC 6525 §6.1.1). */
export function streamReset({ direction, streams }: StreamsReset): Notification {
  const flags = direction === "incoming" ? SCTP_STREAM_RESET_INCOMING_SSN : SCTP_STREAM_RESET_OUTGOING_SSN;
  const list = streams === "all" ? [] : streams;
  return {
    parsed: {
      sn_type: SCTP_STREAM_RESET_EVENT,
      sn_strreset_event: { strreset_flags: flags, strreset_stream_list: list },
    },
    interpreted: `SCTP_STREAM_RESET_EVENT: ${direction} ${streams === "all" ? "all" : list.join(", ")}`,
  };
}

/** SCTP_ASSOC_RESET_EVENT (RFC 6525 §6.1.2). */
export function associationReset({ localTsn, remoteTsn }: AssociationReset): Notification {
  return {
    parsed: {
      sn_type: SCTP_ASSOC_RESET_EVENT,
      sn_assocreset_event: { assocreset_local_tsn: localTsn, assocreset_remote_tsn: remoteTsn },
    },
    interpreted: `SCTP_ASSOC_RESET_EVENT: TSNs ${localTsn} here, ${remoteTsn} there`,
  };
}

/** SCTP_STREAM_CHANGE_EVENT (RFC 6525 §6.1.3): how many streams there are now. */
export function streamChange(
  { direction, count }: StreamsAdded,
  { inboundStreams, outboundStreams }: Pick<Association, "inboundStreams" | "outboundStreams">,
): Notification {
  return {
    parsed: {
      sn_type: SCTP_STREAM_CHANGE_EVENT,
      sn_strchange_event: { strchange_instrms: inboundStreams, strchange_outstrms: outboundStreams },
    },
    interpreted: `SCTP_STREAM_CHANGE_EVENT: ${count} ${direction}, MIS ${inboundStreams} / OS ${outboundStreams}`,
  };
}

/** The states of a path by the numbers of SCTP_GET_PEER_ADDR_INFO on Linux (RFC 6458 §8.2.2). */
export const pathStates: Readonly<Record<PathState, number>> = {
  unreachable: 0,
  "potentially-failed": 1,
  // Ours, and unknown to RFC 6458: no error has been counted there.
  suspect: 2,
  active: 2,
  unconfirmed: 3,
};
