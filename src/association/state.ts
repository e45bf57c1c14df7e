import type { Cause } from "../packet/causes/cause.ts";

/** The INIT is out (RFC 9260 §5.1 A). */
export interface CookieWait {
  readonly name: "cookie-wait";
  /** When T1-init expires, ms. */
  t1: number;
  /** Retransmissions so far; also which address is next. */
  attempts: number;
  /** The INIT shall be sent. */
  due: boolean;
  /** When the last INIT left, ms. */
  sentAt: number;
  /** Asked of the peer's cookie after it went stale, ms; 0 for nothing (RFC 9260 §5.2.6). */
  readonly preservative: number;
}

/** The COOKIE ECHO is out (RFC 9260 §5.1 C). */
export interface CookieEchoed {
  readonly name: "cookie-echoed";
  readonly cookie: Uint8Array;
  /** Unrecognized parameters of the INIT ACK, told with the COOKIE ECHO (RFC 9260 §3.2.2). */
  readonly report: readonly Cause[];
  t1: number;
  attempts: number;
  due: boolean;
  /** When the last COOKIE ECHO left, ms; it measures the round trip of a stale one. */
  sentAt: number;
}

export interface Established {
  readonly name: "established";
}

/** Our user has shut down; what is queued and outstanding goes first (RFC 9260 §9.2). */
export interface ShutdownPending {
  readonly name: "shutdown-pending";
}

/** SHUTDOWN is out; the peer may still have data for us. */
export interface ShutdownSent {
  readonly name: "shutdown-sent";
  t2: number;
  /** T5-shutdown-guard, ms. */
  readonly t5: number;
  attempts: number;
  due: boolean;
}

/** The peer has shut down; what is queued and outstanding goes first. */
export interface ShutdownReceived {
  readonly name: "shutdown-received";
}

/** SHUTDOWN ACK is out. */
export interface ShutdownAckSent {
  readonly name: "shutdown-ack-sent";
  t2: number;
  /** T5-shutdown-guard, ms; Infinity where no SHUTDOWN of ours went before. */
  readonly t5: number;
  attempts: number;
  due: boolean;
}

export interface Closed {
  readonly name: "closed";
}

/** The states of RFC 9260 §4, each with what exists only in it. */
export type State =
  | CookieWait
  | CookieEchoed
  | Established
  | ShutdownPending
  | ShutdownSent
  | ShutdownReceived
  | ShutdownAckSent
  | Closed;

export type StateName = State["name"];

/** COOKIE-WAIT or COOKIE-ECHOED. */
export function isForming(state: State): state is CookieWait | CookieEchoed {
  return state.name === "cookie-wait" || state.name === "cookie-echoed";
}

/** RFC 9260 §9.2: new data of the user is taken only before a shutdown. */
export function acceptsData(state: State): boolean {
  return state.name === "established" || isForming(state);
}

/** RFC 9260 §6: data is sent "only ... in the ESTABLISHED, SHUTDOWN-PENDING, and SHUTDOWN-RECEIVED states". */
export function sendsData(state: State): boolean {
  return (
    state.name === "established" || state.name === "shutdown-pending" || state.name === "shutdown-received"
  );
}

/** RFC 9260 §6: data is received "in ESTABLISHED, SHUTDOWN-PENDING, and SHUTDOWN-SENT states". */
export function receivesData(state: State): boolean {
  return state.name === "established" || state.name === "shutdown-pending" || state.name === "shutdown-sent";
}
