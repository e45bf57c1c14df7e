import * as face from "usctp/socket";
import { errnoNames } from "./errnos.ts";

/** Constants of C that the sockets face has no need of. */
const others: Readonly<Record<string, number | string | undefined>> = {
  NULL: undefined,
  O_RDONLY: 0x0,
  O_WRONLY: 0x1,
  O_RDWR: 0x2,
  O_NONBLOCK: 0x800,
  F_GETFL: "F_GETFL",
  F_SETFL: "F_SETFL",
  INADDR_ANY: "0.0.0.0",
  INADDR_LOOPBACK: "127.0.0.1",
  in6addr_any: "::",
  in6addr_loopback: "::1",
  IPPROTO_IP: "IPPROTO_IP",
  IPPROTO_TCP: "IPPROTO_TCP",
  IPPROTO_UDP: "IPPROTO_UDP",
  SOCK_DGRAM: "SOCK_DGRAM",
  SO_REUSEADDR: "SO_REUSEADDR",
  SO_KEEPALIVE: "SO_KEEPALIVE",
  SO_NOSIGPIPE: "SO_NOSIGPIPE",
  MSG_NOSIGNAL: 0,
  /** RFC 6458 §3.1.4, §5.1, §7.1: the face neither sets nor takes them. Bits that none of its flags has. */
  MSG_DONTROUTE: 0x0004,
  MSG_CTRUNC: 0x0008,
  MSG_EOF: 0x0100,
  /** Names of FreeBSD and Linux for what RFC 6458 calls otherwise. */
  SCTP_ADAPTATION_EVENT: face.SCTP_ADAPTATION_INDICATION,
  SCTP_DELAYED_ACK_TIME: face.SCTP_DELAYED_SACK,
  SCTP_DELAYED_ACK: face.SCTP_DELAYED_SACK,
  SCTP_PLUGGABLE_SS: face.SCTP_STREAM_SCHEDULER,
  SCTP_SS_VALUE: face.SCTP_STREAM_SCHEDULER_VALUE,
  SCTP_PR_SCTP_BUF: face.SCTP_PR_SCTP_PRIO,
  SCTP_SS_ROUND_ROBIN: face.SCTP_SS_RR,
  SCTP_SS_ROUND_ROBIN_PACKET: face.SCTP_SS_RR_PKT,
  SCTP_SS_PRIORITY: face.SCTP_SS_PRIO,
  SCTP_SS_FAIR_BANDWITH: face.SCTP_SS_FB,
  SCTP_SS_FIRST_COME: face.SCTP_SS_FCFS,
};

const known: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...Object.entries(face).filter(([name]) => /^[A-Z][A-Z0-9_]*$/.test(name)),
  ...Object.entries(others),
]);

/** Whether C, or the sockets face, has a constant of that name. */
export function isKnownName(name: string): boolean {
  return known.has(name) || isErrno(name);
}

export function isErrno(name: string): boolean {
  return errnoNames.has(name);
}

/** What the sockets face has for a constant: numbers for flags, texts for what stands alone. */
export function valueOfName(name: string): unknown {
  return isErrno(name) && !known.has(name) ? name : known.get(name);
}

/** EWOULDBLOCK is EAGAIN. */
export function sameErrno(a: string, b: string): boolean {
  const canonical = (name: string): string => (name === "EWOULDBLOCK" ? "EAGAIN" : name);
  return canonical(a) === canonical(b);
}
