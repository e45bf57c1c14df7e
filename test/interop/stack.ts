import type { Opener } from "./matrix.ts";
import type { PeerProgram } from "./program.ts";

/** What a cell cannot be, either way round or one way alone, and why. */
export type Cannot = string | { readonly [opener in Opener]?: string };

/** What a peer can be held to within a scenario that it can do. */
export interface Traits {
  /** It counts what it finds wrong with our packets. */
  readonly counts: boolean;
  /** Its user is told whether a message came unordered; without that its echo is ordered. */
  readonly tellsOrder: boolean;
  /** The reason of an ABORT reaches its user, and its user's reason reaches us. */
  readonly abortReason: boolean;
  /** Its user is told of the end when we shut down. */
  readonly tellsShutdown: boolean;
  /** Its user is told of the messages that it gave up. */
  readonly tellsFailures: boolean;
  /** Its program takes settings of its library. */
  readonly settings: boolean;
  /** It resets its direction of a stream by itself when we have reset ours. */
  readonly resetsInTurn: boolean;
}

/** A stack that we talk to, behind a program of ours that speaks the line protocol of `usrsctp/README.md`. */
export interface Stack {
  /** For the command line and the table. */
  readonly name: string;
  /** What to say to somebody whose machine lacks it. */
  readonly hint: string;
  /** Builds the program, or says what is missing. */
  prepare(): PeerProgram;
  /** SCTP ports. */
  readonly ports: { readonly ours: number; readonly peer: number };
  /** Bytes of a bulk one way, so that its transfer takes a second or so. */
  readonly bulk: number;
  /** Bytes each way over a path that loses: some need a timeout for most losses. */
  readonly lossy: number;
  /** Bytes of the largest message. */
  readonly largest: number;
  readonly traits: Traits;
  /** By the names of scenarios. */
  readonly cannot: { readonly [scenario: string]: Cannot };
}

/** Why a stack cannot play a scenario this way round, if it cannot. */
export function whyNot(stack: Stack, scenario: string, opener: Opener): string | undefined {
  const cannot = stack.cannot[scenario];
  return typeof cannot === "object" ? cannot[opener] : cannot;
}

const authScenarios = [
  "auth",
  "auth-null-key",
  "auth-key-change",
  "auth-message-key",
  "auth-wrong-key",
  "auth-wrong-cookie",
];

/** What a stack cannot that has no authenticated chunks (RFC 4895). */
export const noAuth: Stack["cannot"] = Object.fromEntries(
  authScenarios.map((name) => [name, "it has no authenticated chunks"]),
);

const interleavedScenarios = [
  "interleaved-echo",
  "interleaved-out",
  "interleaved-in",
  "abandon-interleaved-out",
  "abandon-interleaved-in",
];

/** What a stack cannot that has no I-DATA (RFC 8260). */
export const noInterleaving: Stack["cannot"] = Object.fromEntries(
  interleavedScenarios.map((name) => [name, "it has no I-DATA"]),
);

const reconfigScenarios = [
  "reset-by-us",
  "reset-by-it",
  "reset-asked-by-us",
  "reset-asked-by-it",
  "reset-all",
  "reset-tsns-by-us",
  "reset-tsns-by-it",
  "streams-by-us",
  "streams-by-it",
  "reset-refused",
];

/** What a stack cannot that does not know all of RFC 6525. */
export function noReconfig(reason: string): Stack["cannot"] {
  return Object.fromEntries(reconfigScenarios.map((name) => [name, reason]));
}
