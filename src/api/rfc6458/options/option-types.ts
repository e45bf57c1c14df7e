import type { FullSockAddr, SockAddr } from "../sockaddr.ts";
import type * as structures from "../structures.ts";

/** The options by name: what getsockopt() returns, and what setsockopt() takes; `never` where the call is refused. */
export interface OptionTypes {
  SO_LINGER: { get: structures.Linger; set: structures.Linger };
  SO_RCVBUF: { get: number; set: number };
  SO_SNDBUF: { get: number; set: number };
  /** The errno's name, once; 0 for none. */
  SO_ERROR: { get: string | 0; set: never };
  SO_TYPE: { get: string; set: never };
  IPV6_V6ONLY: { get: number; set: number | boolean };

  SCTP_RTOINFO: { get: structures.SctpRtoInfo; set: Partial<structures.SctpRtoInfo> };
  SCTP_ASSOCINFO: { get: structures.SctpAssocParams; set: Partial<structures.SctpAssocParams> };
  SCTP_INITMSG: { get: structures.SctpInitMsg; set: Partial<structures.SctpInitMsg> };
  SCTP_NODELAY: { get: number; set: number | boolean };
  /** Seconds; 0: never. */
  SCTP_AUTOCLOSE: { get: number; set: number };
  SCTP_PRIMARY_ADDR: { get: structures.SctpSetPrim; set: Partial<structures.SctpSetPrim> };
  SCTP_ADAPTATION_LAYER: { get: structures.SctpSetAdaptation; set: structures.SctpSetAdaptation };
  SCTP_DISABLE_FRAGMENTS: { get: number; set: number | boolean };
  SCTP_PEER_ADDR_PARAMS: { get: structures.SctpPaddrParams; set: Partial<structures.SctpPaddrParams> };
  SCTP_DEFAULT_SEND_PARAM: { get: structures.SctpSndRcvInfo; set: Partial<structures.SctpSndRcvInfo> };
  SCTP_EVENTS: { get: structures.SctpEventSubscribe; set: Partial<structures.SctpEventSubscribe> };
  SCTP_I_WANT_MAPPED_V4_ADDR: { get: number; set: number | boolean };
  SCTP_MAXSEG: { get: structures.SctpAssocValue; set: Partial<structures.SctpAssocValue> };
  SCTP_HMAC_IDENT: { get: structures.SctpHmacAlgo; set: Partial<structures.SctpHmacAlgo> };
  SCTP_AUTH_ACTIVE_KEY: { get: structures.SctpAuthKeyId; set: Partial<structures.SctpAuthKeyId> };
  SCTP_DELAYED_SACK: { get: structures.SctpSackInfo; set: Partial<structures.SctpSackInfo> };
  SCTP_FRAGMENT_INTERLEAVE: { get: number; set: number };
  /** Bytes. */
  SCTP_PARTIAL_DELIVERY_POINT: { get: number; set: number };
  SCTP_USE_EXT_RCVINFO: { get: number; set: number | boolean };
  SCTP_AUTO_ASCONF: { get: number; set: number | boolean };
  SCTP_MAX_BURST: { get: structures.SctpAssocValue; set: Partial<structures.SctpAssocValue> };
  SCTP_CONTEXT: { get: structures.SctpAssocValue; set: Partial<structures.SctpAssocValue> };
  SCTP_EXPLICIT_EOR: { get: number; set: number | boolean };
  SCTP_REUSE_PORT: { get: number; set: number | boolean };
  SCTP_EVENT: { get: structures.SctpEvent; set: Partial<structures.SctpEvent> };
  SCTP_RECVRCVINFO: { get: number; set: number | boolean };
  SCTP_RECVNXTINFO: { get: number; set: number | boolean };
  SCTP_DEFAULT_SNDINFO: { get: structures.SctpSndInfo; set: Partial<structures.SctpSndInfo> };
  SCTP_DEFAULT_PRINFO: { get: structures.SctpDefaultPrInfo; set: Partial<structures.SctpDefaultPrInfo> };

  SCTP_STATUS: { get: structures.SctpStatus; set: never };
  SCTP_GET_PEER_ADDR_INFO: { get: structures.SctpPaddrInfo; set: never };
  SCTP_PEER_AUTH_CHUNKS: { get: structures.SctpAuthChunks; set: never };
  SCTP_LOCAL_AUTH_CHUNKS: { get: structures.SctpAuthChunks; set: never };
  SCTP_GET_ASSOC_NUMBER: { get: number; set: never };
  SCTP_GET_ASSOC_ID_LIST: { get: structures.SctpAssocIds; set: never };

  SCTP_SET_PEER_PRIMARY_ADDR: { get: never; set: Partial<structures.SctpSetPeerPrim> };
  SCTP_AUTH_CHUNK: { get: never; set: structures.SctpAuthChunk };
  SCTP_AUTH_KEY: { get: never; set: Partial<structures.SctpAuthKey> };
  SCTP_AUTH_DEACTIVATE_KEY: { get: never; set: Partial<structures.SctpAuthKeyId> };
  SCTP_AUTH_DELETE_KEY: { get: never; set: Partial<structures.SctpAuthKeyId> };

  SCTP_ENABLE_STREAM_RESET: { get: structures.SctpAssocValue; set: Partial<structures.SctpAssocValue> };
  SCTP_RESET_STREAMS: { get: never; set: Partial<structures.SctpResetStreams> };
  /** The association's id. */
  SCTP_RESET_ASSOC: { get: never; set: number };
  SCTP_ADD_STREAMS: { get: never; set: Partial<structures.SctpAddStreams> };
  SCTP_REMOTE_UDP_ENCAPS_PORT: { get: structures.SctpUdpEncaps; set: Partial<structures.SctpUdpEncaps> };
  SCTP_PR_SUPPORTED: { get: structures.SctpAssocValue; set: Partial<structures.SctpAssocValue> };
  SCTP_PR_STREAM_STATUS: { get: structures.SctpPrStatus; set: never };
  SCTP_PR_ASSOC_STATUS: { get: structures.SctpPrStatus; set: never };
  SCTP_PEER_ADDR_THLDS: { get: structures.SctpPaddrThlds; set: Partial<structures.SctpPaddrThlds> };
  SCTP_EXPOSE_POTENTIALLY_FAILED_STATE: {
    get: structures.SctpAssocValue;
    set: Partial<structures.SctpAssocValue>;
  };
  SCTP_INTERLEAVING_SUPPORTED: { get: structures.SctpAssocValue; set: Partial<structures.SctpAssocValue> };
  SCTP_STREAM_SCHEDULER: { get: structures.SctpSchedulerValue; set: Partial<structures.SctpSchedulerValue> };
  SCTP_STREAM_SCHEDULER_VALUE: { get: structures.SctpStreamValue; set: Partial<structures.SctpStreamValue> };
  SCTP_ACCEPT_ZERO_CHECKSUM: { get: never; set: number };
}

export type OptionName = keyof OptionTypes;

type Asked<T> = { [K in keyof T]?: T[K] extends FullSockAddr ? SockAddr : T[K] };

/** What an option is asked with: the members that name the association, the address, the stream. */
export type OptionQuery<N extends OptionName> = Asked<OptionTypes[N]["get"]>;
