import * as face from "usctp/socket";

/**
 * Scripts that were written against FreeBSD sometimes have its numbers where others have names. The sockets face has
 * texts or numbers of its own there: this is the one table between the two.
 */
const notifications = [
  undefined,
  face.SCTP_ASSOC_CHANGE,
  face.SCTP_PEER_ADDR_CHANGE,
  face.SCTP_REMOTE_ERROR,
  face.SCTP_SEND_FAILED,
  face.SCTP_SHUTDOWN_EVENT,
  face.SCTP_ADAPTATION_INDICATION,
  face.SCTP_PARTIAL_DELIVERY_EVENT,
  face.SCTP_AUTHENTICATION_EVENT,
  face.SCTP_STREAM_RESET_EVENT,
  face.SCTP_SENDER_DRY_EVENT,
  face.SCTP_NOTIFICATIONS_STOPPED_EVENT,
  face.SCTP_ASSOC_RESET_EVENT,
  face.SCTP_STREAM_CHANGE_EVENT,
  face.SCTP_SEND_FAILED_EVENT,
];

/** Members that are one of some names. */
const names: Readonly<Record<string, Readonly<Record<number, string | undefined>>>> = {
  sstat_state: {
    0: face.SCTP_CLOSED,
    2: face.SCTP_COOKIE_WAIT,
    4: face.SCTP_COOKIE_ECHOED,
    8: face.SCTP_ESTABLISHED,
    16: face.SCTP_SHUTDOWN_SENT,
    32: face.SCTP_SHUTDOWN_RECEIVED,
    64: face.SCTP_SHUTDOWN_ACK_SENT,
    128: face.SCTP_SHUTDOWN_PENDING,
    4096: face.SCTP_BOUND,
    8192: face.SCTP_LISTEN,
  },
  spinfo_state: { 1: face.SCTP_ACTIVE, 2: face.SCTP_INACTIVE, 512: face.SCTP_UNCONFIRMED },
  sac_state: {
    1: face.SCTP_COMM_UP,
    2: face.SCTP_COMM_LOST,
    3: face.SCTP_RESTART,
    4: face.SCTP_SHUTDOWN_COMP,
    5: face.SCTP_CANT_STR_ASSOC,
  },
  spc_state: {
    1: face.SCTP_ADDR_AVAILABLE,
    2: face.SCTP_ADDR_UNREACHABLE,
    3: face.SCTP_ADDR_REMOVED,
    4: face.SCTP_ADDR_ADDED,
    5: face.SCTP_ADDR_MADE_PRIM,
    6: face.SCTP_ADDR_CONFIRMED,
  },
  auth_indication: { 1: face.SCTP_AUTH_NEW_KEY, 2: face.SCTP_AUTH_NO_AUTH, 3: face.SCTP_AUTH_FREE_KEY },
  pdapi_indication: { 1: face.SCTP_PARTIAL_DELIVERY_ABORTED },
  pr_policy: {
    0: face.SCTP_PR_SCTP_NONE,
    1: face.SCTP_PR_SCTP_TTL,
    2: face.SCTP_PR_SCTP_PRIO,
    3: face.SCTP_PR_SCTP_RTX,
  },
  se_type: notifications,
  sn_type: notifications,
  sendv_infotype: [
    face.SCTP_SENDV_NOINFO,
    face.SCTP_SENDV_SNDINFO,
    face.SCTP_SENDV_PRINFO,
    face.SCTP_SENDV_AUTHINFO,
    face.SCTP_SENDV_SPA,
  ],
  recvv_infotype: [
    face.SCTP_RECVV_NOINFO,
    face.SCTP_RECVV_RCVINFO,
    face.SCTP_RECVV_NXTINFO,
    face.SCTP_RECVV_RN,
  ],
};

type Bits = readonly (readonly [number, number])[];

/** FreeBSD's bits of the members whose name ends in `_flags`, and ours. */
const messageBits: Bits = [
  [0x0010, face.SCTP_NOTIFICATION],
  [0x0020, face.SCTP_COMPLETE],
  [0x0100, face.SCTP_EOF],
  [0x0200, face.SCTP_ABORT],
  [0x0400, face.SCTP_UNORDERED],
  [0x0800, face.SCTP_ADDR_OVER],
  [0x1000, face.SCTP_SENDALL],
  [0x2000, face.SCTP_EOR],
  [0x4000, face.SCTP_SACK_IMMEDIATELY],
];
/** SCTP_DATA_LAST_FRAG is 1 there, and SCTP_DATA_NOT_FRAG 3. */
const LAST_FRAGMENT = 0x0001;
const NOT_FRAGMENTED = 0x0003;
const flagMembers: ReadonlySet<string> = new Set(["sinfo_flags", "snd_flags", "rcv_flags", "nxt_flags"]);

/** What the face has for a number that a script gives a member. */
export function ownNumber(member: string, value: number): number | string {
  const name = names[member]?.[value];
  if (name !== undefined) return name;
  if (!flagMembers.has(member)) return value;
  const fragment = value & NOT_FRAGMENTED;
  let flags =
    fragment === NOT_FRAGMENTED
      ? face.SCTP_DATA_NOT_FRAG
      : fragment === LAST_FRAGMENT
        ? face.SCTP_DATA_LAST_FRAG
        : 0;
  for (const [theirs, ours] of messageBits) if ((value & theirs) !== 0) flags |= ours;
  return flags;
}
