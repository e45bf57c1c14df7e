import type { PathStatus, SendFailure } from "../../association/events.ts";
import type { IpAddress } from "../../base/address.ts";
import type { Cause } from "../../packet/causes/cause.ts";
import { type Chunk, chunkLength, encodeChunk } from "../../packet/chunks/chunk.ts";
import type { Association as Core, StackEvent } from "../../stack/index.ts";
import * as names from "./constants.ts";
import type { SctpAssocChange, SctpNotification, SctpPaddrChange } from "./notifications.ts";
import type { AssociationSettings } from "./settings.ts";
import { sockAddr } from "./sockaddr.ts";

/** The association that a notification speaks of. */
export interface Speaker {
  readonly id: number;
  readonly core: Core;
  /** SCTP_COMM_UP has been. */
  readonly isUp: boolean;
  readonly settings: AssociationSettings;
  /** SCTP_I_WANT_MAPPED_V4_ADDR. */
  readonly wantsMapped: boolean;
  /** Addresses that are potentially failed, which its user was not told. */
  readonly quietlyFailed: Set<IpAddress>;
}

/** A message of which parts were read, and not its end. */
export interface PartialMessage {
  readonly stream: number;
  readonly ssn: number;
}

/** A notification, and how many messages that came before it are not read yet. */
export interface Told {
  readonly notification: SctpNotification;
  readonly unread: number;
  /** How many of it there can be is bounded already: by what the send buffer held when the association ended. */
  readonly isBounded?: boolean;
}

/** The context that a message was sent with, for SEND_FAILED. */
export interface SentWith {
  readonly flags: number;
  readonly context: number;
  /** ms; 0 for ever. */
  readonly timetolive: number;
}

const CHUNK_HEADER = 4;
const NO_BYTES: Uint8Array = new Uint8Array(0);

/** What an event of the core is to those who read notifications (RFC 6458 §6.1). */
export function notificationsOf(association: Speaker, event: StackEvent): readonly Told[] {
  const unread = association.core.unreadMessages;
  const after = (notification: SctpNotification): readonly Told[] => [{ notification, unread }];
  switch (event.type) {
    case "established":
      // RFC 6458 §6.1.1: "this notification should be the first one", also where data came with the COOKIE ECHO.
      return beginning(association, names.SCTP_COMM_UP, 0);
    case "restarted":
      return beginning(association, names.SCTP_RESTART, event.unread);
    case "closed":
      return after(endOf(association, event));
    case "path":
      return pathChange(association, event.change, event.path).flatMap(after);
    case "remote-error":
      return after(remoteError(association, event.causes));
    case "failed":
      return sendFailed(association, event).map((notification) => ({
        notification,
        unread,
        isBounded: event.failure !== "expired",
      }));
    case "peer-shutdown":
      return after({ sn_type: names.SCTP_SHUTDOWN_EVENT, sse_flags: 0, sse_assoc_id: association.id });
    case "authentication":
      // That the peer does not authenticate is said with the beginning.
      return event.change === "unsupported" ? [] : after(authKeyEvent(association, event));
    case "dry":
      return after(senderDry(association.id));
    case "streams-reset":
    case "association-reset":
    case "streams-added":
      return after(reconfiguration(association.id, event));
    default:
      return [];
  }
}

type Reconfiguration = Extract<StackEvent, { type: "streams-reset" | "association-reset" | "streams-added" }>;

/** RFC 6525 §6.1.1 to §6.1.3. The flags of a request that was refused are the same in all three. */
function reconfiguration(id: number, event: Reconfiguration): SctpNotification {
  const refused =
    (event.result === "denied" ? names.SCTP_STREAM_RESET_DENIED : 0) |
    (event.result === "failed" ? names.SCTP_STREAM_RESET_FAILED : 0);
  switch (event.type) {
    case "streams-reset": {
      const isIncoming = event.direction === "incoming";
      const direction = isIncoming
        ? names.SCTP_STREAM_RESET_INCOMING_SSN
        : names.SCTP_STREAM_RESET_OUTGOING_SSN;
      return {
        sn_type: names.SCTP_STREAM_RESET_EVENT,
        strreset_flags: direction | refused,
        strreset_assoc_id: id,
        strreset_stream_list: event.streams,
      };
    }
    case "association-reset":
      return {
        sn_type: names.SCTP_ASSOC_RESET_EVENT,
        assocreset_flags: refused,
        assocreset_assoc_id: id,
        assocreset_local_tsn: event.localTsn,
        assocreset_remote_tsn: event.remoteTsn,
      };
    case "streams-added":
      return {
        sn_type: names.SCTP_STREAM_CHANGE_EVENT,
        strchange_flags: refused,
        strchange_assoc_id: id,
        strchange_instrms: event.inboundStreams,
        strchange_outstrms: event.outboundStreams,
      };
  }
}

/** RFC 6458 §6.1.6: the Adaptation Layer Indication, where the peer has sent one, comes behind the change. */
function beginning(association: Speaker, state: SctpAssocChange["sac_state"], unread: number): Told[] {
  const { id, core } = association;
  const told: SctpNotification[] = [assocChange(association, state)];
  if (core.peerAdaptation !== undefined) {
    told.push({
      sn_type: names.SCTP_ADAPTATION_INDICATION,
      sai_flags: 0,
      sai_adaptation_ind: core.peerAdaptation,
      sai_assoc_id: id,
    });
  }
  if (!core.authenticates) {
    told.push(authKeyEvent(association, { change: "unsupported", keyId: 0 }));
  }
  return told.map((notification) => ({ notification, unread }));
}

const authIndications = {
  "new-key": names.SCTP_AUTH_NEW_KEY,
  "free-key": names.SCTP_AUTH_FREE_KEY,
  unsupported: names.SCTP_AUTH_NO_AUTH,
} as const;

/** RFC 6458 §6.1.8. */
function authKeyEvent(
  { id }: Speaker,
  { change, keyId }: { readonly change: keyof typeof authIndications; readonly keyId: number },
): SctpNotification {
  return {
    sn_type: names.SCTP_AUTHENTICATION_EVENT,
    auth_flags: 0,
    auth_keynumber: keyId,
    auth_indication: authIndications[change],
    auth_assoc_id: id,
  };
}

export function senderDry(id: number): SctpNotification {
  return { sn_type: names.SCTP_SENDER_DRY_EVENT, sender_dry_flags: 0, sender_dry_assoc_id: id };
}

export function partialDeliveryAborted(id: number, { stream, ssn }: PartialMessage): SctpNotification {
  return {
    sn_type: names.SCTP_PARTIAL_DELIVERY_EVENT,
    pdapi_flags: 0,
    pdapi_indication: names.SCTP_PARTIAL_DELIVERY_ABORTED,
    pdapi_stream: stream,
    pdapi_seq: ssn,
    pdapi_assoc_id: id,
  };
}

function assocChange(
  association: Speaker,
  state: SctpAssocChange["sac_state"],
  { error = 0, info = NO_BYTES }: { readonly error?: number; readonly info?: Uint8Array } = {},
): SctpAssocChange {
  const { id, core } = association;
  // Each association has its own buffers (RFC 6458 §3.3).
  const features = Uint8Array.of(
    names.SCTP_ASSOC_SUPPORTS_MULTIBUF,
    ...(core.isPartiallyReliable ? [names.SCTP_ASSOC_SUPPORTS_PR] : []),
    ...(core.authenticates ? [names.SCTP_ASSOC_SUPPORTS_AUTH] : []),
    // RFC 8260 §4.2.
    ...(core.interleaves ? [names.SCTP_ASSOC_SUPPORTS_INTERLEAVING] : []),
    ...(core.reconfiguresAddresses ? [names.SCTP_ASSOC_SUPPORTS_ASCONF] : []),
    ...(core.canReconfigure ? [names.SCTP_ASSOC_SUPPORTS_RE_CONFIG] : []),
  );
  const isBeginning = state === names.SCTP_COMM_UP || state === names.SCTP_RESTART;
  return {
    sn_type: names.SCTP_ASSOC_CHANGE,
    sac_flags: 0,
    sac_state: state,
    sac_error: error,
    sac_outbound_streams: core.outboundStreams,
    sac_inbound_streams: core.inboundStreams,
    sac_assoc_id: id,
    sac_info: isBeginning ? features : info,
  };
}

function endOf(
  association: Speaker,
  { reason, causes }: Extract<StackEvent, { type: "closed" }>,
): SctpAssocChange {
  if (reason === "shutdown") return assocChange(association, names.SCTP_SHUTDOWN_COMP);
  // RFC 6458 §6.1.1: "the complete ABORT chunk". Its T bit, which speaks of the packet's tag alone, is not kept.
  const chunk = encoded({ type: "ABORT", tBit: false, causes });
  return assocChange(association, association.isUp ? names.SCTP_COMM_LOST : names.SCTP_CANT_STR_ASSOC, {
    error: firstCauseCode(chunk),
    info: reason === "peer-aborted" ? chunk : NO_BYTES,
  });
}

type Change = Extract<StackEvent, { type: "path" }>["change"];

const addressStates: Partial<Record<Change, SctpPaddrChange["spc_state"]>> = {
  added: names.SCTP_ADDR_ADDED,
  confirmed: names.SCTP_ADDR_CONFIRMED,
  active: names.SCTP_ADDR_AVAILABLE,
  "potentially-failed": names.SCTP_ADDR_POTENTIALLY_FAILED,
  unreachable: names.SCTP_ADDR_UNREACHABLE,
  primary: names.SCTP_ADDR_MADE_PRIM,
  removed: names.SCTP_ADDR_REMOVED,
};

function pathChange(association: Speaker, change: Change, path: PathStatus): SctpNotification[] {
  const state = addressStates[change];
  // The addresses that an association begins with are no change of it.
  if (state === undefined || !association.isUp) return [];
  if (isHidden(association, change, path)) return [];
  const { id, core, wantsMapped } = association;
  return [
    {
      sn_type: names.SCTP_PEER_ADDR_CHANGE,
      spc_flags: 0,
      spc_aaddr: sockAddr(path.destination, core.peerPort, wantsMapped),
      spc_state: state,
      spc_error: 0,
      spc_assoc_id: id,
    },
  ];
}

/** RFC 7829 §7.3: who shall not see that an address is potentially failed hears of the way into it nor out of it. */
function isHidden(
  { settings, quietlyFailed }: Speaker,
  change: Change,
  { destination }: PathStatus,
): boolean {
  // A suspect path is ours alone: RFC 6458 has no word for it.
  if (change === "suspect" || (change === "potentially-failed" && !settings.exposesPotentiallyFailed)) {
    quietlyFailed.add(destination);
    return true;
  }
  const changes = ["active", "potentially-failed", "unreachable", "removed"];
  if (!changes.includes(change)) return false;
  return quietlyFailed.delete(destination) && change === "active";
}

function remoteError({ id }: Speaker, causes: readonly Cause[]): SctpNotification {
  const chunk = encoded({ type: "ERROR", causes });
  return {
    sn_type: names.SCTP_REMOTE_ERROR,
    sre_flags: 0,
    sre_error: firstCauseCode(chunk),
    sre_assoc_id: id,
    sre_data: chunk,
  };
}

/** Error causes that stand for why a message was not delivered, where no ABORT says it (RFC 9260 §3.3.10). */
const failureCodes: Partial<Record<SendFailure, number>> = { "stream-refused": 1, aborted: 12 };

/** The old and the new notification; who subscribed to one hears that. */
function sendFailed(
  { id }: Speaker,
  { message, failure, causes, sent, acknowledged }: Extract<StackEvent, { type: "failed" }>,
): SctpNotification[] {
  const { flags, context, timetolive } = message.context as SentWith;
  const data = message.data.subarray(acknowledged);
  const flagsOfFailure = sent ? names.SCTP_DATA_SENT : names.SCTP_DATA_UNSENT;
  const part = acknowledged === 0 ? names.SCTP_DATA_NOT_FRAG : names.SCTP_DATA_LAST_FRAG;
  // RFC 6458 §6.1.11: "if set, ... an SCTP protocol error code": the peer's, where it has said one.
  const error = failureCodes[failure] ?? firstCauseCode(encoded({ type: "ABORT", tBit: false, causes }));
  return [
    {
      sn_type: names.SCTP_SEND_FAILED_EVENT,
      ssfe_flags: flagsOfFailure,
      ssfe_error: error,
      ssfe_info: {
        snd_sid: message.stream,
        snd_flags: flags | part,
        snd_ppid: message.ppid,
        snd_context: context,
        snd_assoc_id: id,
      },
      ssfe_assoc_id: id,
      ssfe_data: data,
    },
    {
      sn_type: names.SCTP_SEND_FAILED,
      ssf_flags: flagsOfFailure,
      ssf_error: error,
      ssf_info: {
        sinfo_stream: message.stream,
        sinfo_ssn: 0,
        sinfo_flags: flags | part,
        sinfo_ppid: message.ppid,
        sinfo_context: context,
        sinfo_timetolive: timetolive,
        sinfo_tsn: 0,
        sinfo_cumtsn: 0,
        sinfo_assoc_id: id,
      },
      ssf_assoc_id: id,
      ssf_data: data,
    },
  ];
}

function encoded(chunk: Chunk): Uint8Array {
  const bytes = new Uint8Array(chunkLength(chunk));
  encodeChunk(chunk, bytes, 0);
  return bytes;
}

function firstCauseCode(chunk: Uint8Array): number {
  return chunk.length < CHUNK_HEADER + 2
    ? 0
    : ((chunk[CHUNK_HEADER] ?? 0) << 8) | (chunk[CHUNK_HEADER + 1] ?? 0);
}
