/**
 * The names of RFC 6458 and its companions. Names that stand alone (options, notifications, states) are their own
 * text, so that a printed notification can be read; flags that are combined with `|` are numbers.
 */

/** Domains of `socket()`, and the family of an address; the texts are those of `net.AddressInfo`. */
export const AF_INET = "IPv4";
export const AF_INET6 = "IPv6";
export const PF_INET: typeof AF_INET = AF_INET;
export const PF_INET6: typeof AF_INET6 = AF_INET6;

/** One-to-one style (RFC 6458 §4.1.1). */
export const SOCK_STREAM = "SOCK_STREAM";
/** One-to-many style (RFC 6458 §3.1.1). */
export const SOCK_SEQPACKET = "SOCK_SEQPACKET";

/** Protocol of `socket()`, and level of the options of SCTP. */
export const IPPROTO_SCTP = "IPPROTO_SCTP";
/** Level of SO_LINGER, SO_RCVBUF, SO_SNDBUF, SO_ERROR and SO_TYPE. */
export const SOL_SOCKET = "SOL_SOCKET";
/** Level of IPV6_V6ONLY. */
export const IPPROTO_IPV6 = "IPPROTO_IPV6";

/** Association ids that are none (RFC 6458 §7.2). Ids of associations begin at 3. */
export const SCTP_FUTURE_ASSOC = 0;
export const SCTP_CURRENT_ASSOC = 1;
export const SCTP_ALL_ASSOC = 2;

/** `msg_flags` and the `flags` of calls. */
export const MSG_PEEK = 0x0002;
export const MSG_DONTWAIT = 0x0040;
/** The last byte of a message, of a notification, or of a record (RFC 6458 §5.1, §8.1.26). */
export const MSG_EOR = 0x0080;
export const MSG_NOTIFICATION = 0x8000;

/** `how` of shutdown() (RFC 6458 §4.1.7). */
export const SHUT_RD = "SHUT_RD";
export const SHUT_WR = "SHUT_WR";
export const SHUT_RDWR = "SHUT_RDWR";

/** `flags` of bindx() (RFC 6458 §9.1). */
export const SCTP_BINDX_ADD_ADDR = 0x01;
export const SCTP_BINDX_REM_ADDR = 0x02;

/** `snd_flags`, `sinfo_flags`, `rcv_flags`, `nxt_flags` (RFC 6458 §5.3.2 to §5.3.6, RFC 7053 §4.2). */
export const SCTP_UNORDERED = 0x0001;
export const SCTP_ADDR_OVER = 0x0002;
export const SCTP_ABORT = 0x0004;
export const SCTP_SACK_IMMEDIATELY = 0x0008;
export const SCTP_EOR = 0x0010;
export const SCTP_SENDALL = 0x0040;
export const SCTP_EOF = 0x0200;
export const SCTP_NOTIFICATION = 0x0100;
export const SCTP_COMPLETE = 0x0400;

/** `serinfo_next_flags` (RFC 6458 §5.3.3). */
export const SCTP_NEXT_MSG_AVAIL = 0x0001;
export const SCTP_NEXT_MSG_ISCOMPLETE = 0x0002;
export const SCTP_NEXT_MSG_IS_UNORDERED = 0x0004;
export const SCTP_NEXT_MSG_IS_NOTIFICATION = 0x0008;

/** `ssf_flags` and `ssfe_flags` (RFC 6458 §6.1.4, §6.1.11). */
export const SCTP_DATA_UNSENT = 0;
export const SCTP_DATA_SENT = 1;
/** In `sinfo_flags` and `snd_flags` of a failed message: all of it, or its end alone, comes back. */
export const SCTP_DATA_LAST_FRAG = 0x2000;
export const SCTP_DATA_NOT_FRAG = 0x4000;

/** `sendv_flags` (RFC 6458 §9.12). */
export const SCTP_SEND_SNDINFO_VALID = 0x1;
export const SCTP_SEND_PRINFO_VALID = 0x2;
export const SCTP_SEND_AUTHINFO_VALID = 0x4;

/** `infotype` of sendv() (RFC 6458 §9.12). */
export const SCTP_SENDV_NOINFO = "SCTP_SENDV_NOINFO";
export const SCTP_SENDV_SNDINFO = "SCTP_SENDV_SNDINFO";
export const SCTP_SENDV_PRINFO = "SCTP_SENDV_PRINFO";
export const SCTP_SENDV_AUTHINFO = "SCTP_SENDV_AUTHINFO";
export const SCTP_SENDV_SPA = "SCTP_SENDV_SPA";

/** `infotype` of recvv() (RFC 6458 §9.13). */
export const SCTP_RECVV_NOINFO = "SCTP_RECVV_NOINFO";
export const SCTP_RECVV_RCVINFO = "SCTP_RECVV_RCVINFO";
export const SCTP_RECVV_NXTINFO = "SCTP_RECVV_NXTINFO";
export const SCTP_RECVV_RN = "SCTP_RECVV_RN";

/** `cmsg_type` (RFC 6458 §5.3). */
export const SCTP_INIT = "SCTP_INIT";
export const SCTP_SNDRCV = "SCTP_SNDRCV";
export const SCTP_EXTRCV = "SCTP_EXTRCV";
export const SCTP_SNDINFO = "SCTP_SNDINFO";
export const SCTP_RCVINFO = "SCTP_RCVINFO";
export const SCTP_NXTINFO = "SCTP_NXTINFO";
export const SCTP_PRINFO = "SCTP_PRINFO";
export const SCTP_AUTHINFO = "SCTP_AUTHINFO";
export const SCTP_DSTADDRV4 = "SCTP_DSTADDRV4";
export const SCTP_DSTADDRV6 = "SCTP_DSTADDRV6";

/** `pr_policy` (RFC 6458 §5.3.7, RFC 7496 §4.1). */
export const SCTP_PR_SCTP_NONE = "SCTP_PR_SCTP_NONE";
export const SCTP_PR_SCTP_TTL = "SCTP_PR_SCTP_TTL";
export const SCTP_PR_SCTP_RTX = "SCTP_PR_SCTP_RTX";
export const SCTP_PR_SCTP_PRIO = "SCTP_PR_SCTP_PRIO";
/** As `sprstat_policy`: all of them together (RFC 7496 §4.3). */
export const SCTP_PR_SCTP_ALL = "SCTP_PR_SCTP_ALL";

/** Notifications: `sn_type` and `se_type` (RFC 6458 §6.1, RFC 6525 §6.1). */
export const SCTP_ASSOC_CHANGE = "SCTP_ASSOC_CHANGE";
export const SCTP_PEER_ADDR_CHANGE = "SCTP_PEER_ADDR_CHANGE";
export const SCTP_REMOTE_ERROR = "SCTP_REMOTE_ERROR";
export const SCTP_SEND_FAILED = "SCTP_SEND_FAILED";
export const SCTP_SHUTDOWN_EVENT = "SCTP_SHUTDOWN_EVENT";
export const SCTP_ADAPTATION_INDICATION = "SCTP_ADAPTATION_INDICATION";
export const SCTP_PARTIAL_DELIVERY_EVENT = "SCTP_PARTIAL_DELIVERY_EVENT";
export const SCTP_AUTHENTICATION_EVENT = "SCTP_AUTHENTICATION_EVENT";
export const SCTP_SENDER_DRY_EVENT = "SCTP_SENDER_DRY_EVENT";
export const SCTP_NOTIFICATIONS_STOPPED_EVENT = "SCTP_NOTIFICATIONS_STOPPED_EVENT";
export const SCTP_SEND_FAILED_EVENT = "SCTP_SEND_FAILED_EVENT";
export const SCTP_STREAM_RESET_EVENT = "SCTP_STREAM_RESET_EVENT";
export const SCTP_ASSOC_RESET_EVENT = "SCTP_ASSOC_RESET_EVENT";
export const SCTP_STREAM_CHANGE_EVENT = "SCTP_STREAM_CHANGE_EVENT";

/** `sac_state` (RFC 6458 §6.1.1). */
export const SCTP_COMM_UP = "SCTP_COMM_UP";
export const SCTP_COMM_LOST = "SCTP_COMM_LOST";
export const SCTP_RESTART = "SCTP_RESTART";
export const SCTP_SHUTDOWN_COMP = "SCTP_SHUTDOWN_COMP";
export const SCTP_CANT_STR_ASSOC = "SCTP_CANT_STR_ASSOC";

/** Bytes of `sac_info` of SCTP_COMM_UP and SCTP_RESTART: what both ends support (RFC 6458 §6.1.1, RFC 6525 §6.1, RFC 8260 §4.2). */
export const SCTP_ASSOC_SUPPORTS_PR = 0x01;
export const SCTP_ASSOC_SUPPORTS_AUTH = 0x02;
export const SCTP_ASSOC_SUPPORTS_ASCONF = 0x03;
export const SCTP_ASSOC_SUPPORTS_MULTIBUF = 0x04;
export const SCTP_ASSOC_SUPPORTS_RE_CONFIG = 0x05;
export const SCTP_ASSOC_SUPPORTS_INTERLEAVING = 0x06;

/** `spc_state` (RFC 6458 §6.1.2, RFC 7829 §7.1). */
export const SCTP_ADDR_AVAILABLE = "SCTP_ADDR_AVAILABLE";
export const SCTP_ADDR_UNREACHABLE = "SCTP_ADDR_UNREACHABLE";
export const SCTP_ADDR_REMOVED = "SCTP_ADDR_REMOVED";
export const SCTP_ADDR_ADDED = "SCTP_ADDR_ADDED";
export const SCTP_ADDR_MADE_PRIM = "SCTP_ADDR_MADE_PRIM";
/** An address was confirmed (RFC 9260 §5.4); FreeBSD's and Linux' name, RFC 6458 has none. */
export const SCTP_ADDR_CONFIRMED = "SCTP_ADDR_CONFIRMED";
export const SCTP_ADDR_POTENTIALLY_FAILED = "SCTP_ADDR_POTENTIALLY_FAILED";

/** `pdapi_indication` (RFC 6458 §6.1.7). */
export const SCTP_PARTIAL_DELIVERY_ABORTED = "SCTP_PARTIAL_DELIVERY_ABORTED";

/** `auth_indication` (RFC 6458 §6.1.8). */
export const SCTP_AUTH_NEW_KEY = "SCTP_AUTH_NEW_KEY";
export const SCTP_AUTH_NO_AUTH = "SCTP_AUTH_NO_AUTH";
export const SCTP_AUTH_FREE_KEY = "SCTP_AUTH_FREE_KEY";

/** `strreset_flags`, `assocreset_flags`, `strchange_flags` (RFC 6525 §6.1). */
export const SCTP_STREAM_RESET_INCOMING_SSN = 0x0001;
export const SCTP_STREAM_RESET_OUTGOING_SSN = 0x0002;
export const SCTP_STREAM_RESET_DENIED = 0x0004;
export const SCTP_STREAM_RESET_FAILED = 0x0008;
export const SCTP_ASSOC_RESET_DENIED = 0x0004;
export const SCTP_ASSOC_RESET_FAILED = 0x0008;
export const SCTP_STREAM_CHANGE_DENIED = 0x0004;
export const SCTP_STREAM_CHANGE_FAILED = 0x0008;
/** `srs_flags` of SCTP_RESET_STREAMS (RFC 6525 §6.3.2). */
export const SCTP_STREAM_RESET_INCOMING = 0x0001;
export const SCTP_STREAM_RESET_OUTGOING = 0x0002;
/** Values of SCTP_ENABLE_STREAM_RESET (RFC 6525 §6.3.1). */
export const SCTP_ENABLE_RESET_STREAM_REQ = 0x01;
export const SCTP_ENABLE_RESET_ASSOC_REQ = 0x02;
export const SCTP_ENABLE_CHANGE_ASSOC_REQ = 0x04;

/** `sstat_state` (RFC 6458 §8.2.1). */
export const SCTP_CLOSED = "SCTP_CLOSED";
export const SCTP_BOUND = "SCTP_BOUND";
export const SCTP_LISTEN = "SCTP_LISTEN";
export const SCTP_COOKIE_WAIT = "SCTP_COOKIE_WAIT";
export const SCTP_COOKIE_ECHOED = "SCTP_COOKIE_ECHOED";
export const SCTP_ESTABLISHED = "SCTP_ESTABLISHED";
export const SCTP_SHUTDOWN_PENDING = "SCTP_SHUTDOWN_PENDING";
export const SCTP_SHUTDOWN_SENT = "SCTP_SHUTDOWN_SENT";
export const SCTP_SHUTDOWN_RECEIVED = "SCTP_SHUTDOWN_RECEIVED";
export const SCTP_SHUTDOWN_ACK_SENT = "SCTP_SHUTDOWN_ACK_SENT";

/** `spinfo_state` (RFC 6458 §8.2.2, RFC 7829 §7.2). */
export const SCTP_ACTIVE = "SCTP_ACTIVE";
export const SCTP_INACTIVE = "SCTP_INACTIVE";
export const SCTP_UNCONFIRMED = "SCTP_UNCONFIRMED";
export const SCTP_POTENTIALLY_FAILED = "SCTP_POTENTIALLY_FAILED";

/** `spp_flags` (RFC 6458 §8.1.12). */
export const SPP_HB_ENABLE = 0x0001;
export const SPP_HB_DISABLE = 0x0002;
export const SPP_HB_DEMAND = 0x0004;
export const SPP_PMTUD_ENABLE = 0x0008;
export const SPP_PMTUD_DISABLE = 0x0010;
export const SPP_HB_TIME_IS_ZERO = 0x0080;
export const SPP_IPV6_FLOWLABEL = 0x0100;
export const SPP_DSCP = 0x0200;

/** `shmac_idents` (RFC 6458 §8.1.17, RFC 4895 §8.2). */
export const SCTP_AUTH_HMAC_ID_SHA1 = 1;
export const SCTP_AUTH_HMAC_ID_SHA256 = 3;

/** Values of SCTP_STREAM_SCHEDULER (RFC 8260 §4.3.2). */
export const SCTP_SS_DEFAULT = "SCTP_SS_DEFAULT";
export const SCTP_SS_FCFS: typeof SCTP_SS_DEFAULT = SCTP_SS_DEFAULT;
export const SCTP_SS_RR = "SCTP_SS_RR";
export const SCTP_SS_RR_PKT = "SCTP_SS_RR_PKT";
export const SCTP_SS_PRIO = "SCTP_SS_PRIO";
export const SCTP_SS_FB = "SCTP_SS_FB";
export const SCTP_SS_WFQ = "SCTP_SS_WFQ";

/** Values of SCTP_ACCEPT_ZERO_CHECKSUM (RFC 9653 §6): error detection methods. */
export const SCTP_EDMID_NONE = 0;
export const SCTP_EDMID_LOWER_LAYER_DTLS = 1;

/** Options of the level SOL_SOCKET (RFC 6458 §8.1.4, §8.1.6, §8.1.7), and IPV6_V6ONLY of IPPROTO_IPV6 (RFC 3493 §5.3). */
export const SO_LINGER = "SO_LINGER";
export const SO_RCVBUF = "SO_RCVBUF";
export const SO_SNDBUF = "SO_SNDBUF";
export const SO_ERROR = "SO_ERROR";
export const SO_TYPE = "SO_TYPE";
export const IPV6_V6ONLY = "IPV6_V6ONLY";

/** Options that are read and written (RFC 6458 §8.1). */
export const SCTP_RTOINFO = "SCTP_RTOINFO";
export const SCTP_ASSOCINFO = "SCTP_ASSOCINFO";
export const SCTP_INITMSG = "SCTP_INITMSG";
export const SCTP_NODELAY = "SCTP_NODELAY";
export const SCTP_AUTOCLOSE = "SCTP_AUTOCLOSE";
export const SCTP_PRIMARY_ADDR = "SCTP_PRIMARY_ADDR";
export const SCTP_ADAPTATION_LAYER = "SCTP_ADAPTATION_LAYER";
export const SCTP_DISABLE_FRAGMENTS = "SCTP_DISABLE_FRAGMENTS";
export const SCTP_PEER_ADDR_PARAMS = "SCTP_PEER_ADDR_PARAMS";
export const SCTP_DEFAULT_SEND_PARAM = "SCTP_DEFAULT_SEND_PARAM";
export const SCTP_EVENTS = "SCTP_EVENTS";
export const SCTP_I_WANT_MAPPED_V4_ADDR = "SCTP_I_WANT_MAPPED_V4_ADDR";
export const SCTP_MAXSEG = "SCTP_MAXSEG";
export const SCTP_HMAC_IDENT = "SCTP_HMAC_IDENT";
export const SCTP_AUTH_ACTIVE_KEY = "SCTP_AUTH_ACTIVE_KEY";
export const SCTP_DELAYED_SACK = "SCTP_DELAYED_SACK";
export const SCTP_FRAGMENT_INTERLEAVE = "SCTP_FRAGMENT_INTERLEAVE";
export const SCTP_PARTIAL_DELIVERY_POINT = "SCTP_PARTIAL_DELIVERY_POINT";
export const SCTP_USE_EXT_RCVINFO = "SCTP_USE_EXT_RCVINFO";
export const SCTP_AUTO_ASCONF = "SCTP_AUTO_ASCONF";
export const SCTP_MAX_BURST = "SCTP_MAX_BURST";
export const SCTP_CONTEXT = "SCTP_CONTEXT";
export const SCTP_EXPLICIT_EOR = "SCTP_EXPLICIT_EOR";
export const SCTP_REUSE_PORT = "SCTP_REUSE_PORT";
export const SCTP_EVENT = "SCTP_EVENT";
export const SCTP_RECVRCVINFO = "SCTP_RECVRCVINFO";
export const SCTP_RECVNXTINFO = "SCTP_RECVNXTINFO";
export const SCTP_DEFAULT_SNDINFO = "SCTP_DEFAULT_SNDINFO";
export const SCTP_DEFAULT_PRINFO = "SCTP_DEFAULT_PRINFO";

/** Options that are only read (RFC 6458 §8.2). */
export const SCTP_STATUS = "SCTP_STATUS";
export const SCTP_GET_PEER_ADDR_INFO = "SCTP_GET_PEER_ADDR_INFO";
export const SCTP_PEER_AUTH_CHUNKS = "SCTP_PEER_AUTH_CHUNKS";
export const SCTP_LOCAL_AUTH_CHUNKS = "SCTP_LOCAL_AUTH_CHUNKS";
export const SCTP_GET_ASSOC_NUMBER = "SCTP_GET_ASSOC_NUMBER";
export const SCTP_GET_ASSOC_ID_LIST = "SCTP_GET_ASSOC_ID_LIST";

/** Options that are only written (RFC 6458 §8.3). */
export const SCTP_SET_PEER_PRIMARY_ADDR = "SCTP_SET_PEER_PRIMARY_ADDR";
export const SCTP_AUTH_CHUNK = "SCTP_AUTH_CHUNK";
export const SCTP_AUTH_KEY = "SCTP_AUTH_KEY";
export const SCTP_AUTH_DEACTIVATE_KEY = "SCTP_AUTH_DEACTIVATE_KEY";
export const SCTP_AUTH_DELETE_KEY = "SCTP_AUTH_DELETE_KEY";

/** Options of RFC 6525 §6.3, RFC 6951 §6.1, RFC 7496 §4, RFC 7829 §7, RFC 8260 §4.3 and RFC 9653 §7.1. */
export const SCTP_ENABLE_STREAM_RESET = "SCTP_ENABLE_STREAM_RESET";
export const SCTP_RESET_STREAMS = "SCTP_RESET_STREAMS";
export const SCTP_RESET_ASSOC = "SCTP_RESET_ASSOC";
export const SCTP_ADD_STREAMS = "SCTP_ADD_STREAMS";
export const SCTP_REMOTE_UDP_ENCAPS_PORT = "SCTP_REMOTE_UDP_ENCAPS_PORT";
export const SCTP_PR_SUPPORTED = "SCTP_PR_SUPPORTED";
export const SCTP_PR_STREAM_STATUS = "SCTP_PR_STREAM_STATUS";
export const SCTP_PR_ASSOC_STATUS = "SCTP_PR_ASSOC_STATUS";
export const SCTP_PEER_ADDR_THLDS = "SCTP_PEER_ADDR_THLDS";
export const SCTP_EXPOSE_POTENTIALLY_FAILED_STATE = "SCTP_EXPOSE_POTENTIALLY_FAILED_STATE";
export const SCTP_INTERLEAVING_SUPPORTED = "SCTP_INTERLEAVING_SUPPORTED";
export const SCTP_STREAM_SCHEDULER = "SCTP_STREAM_SCHEDULER";
export const SCTP_STREAM_SCHEDULER_VALUE = "SCTP_STREAM_SCHEDULER_VALUE";
export const SCTP_ACCEPT_ZERO_CHECKSUM = "SCTP_ACCEPT_ZERO_CHECKSUM";
