import { judgeScript, type Verdict } from "../run/judge.ts";

/** A connected socket, 3, that does not wait; streams 0 to 3 each way; both TSNs begin at 1. */
export const CONNECTED = `
0.0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS
+0 > sctp: INIT[flgs=0, tag=1, a_rwnd=..., os=..., is=..., tsn=1, ...]
+0 < sctp: INIT_ACK[flgs=0, tag=2, a_rwnd=20000, os=4, is=4, tsn=1, STATE_COOKIE[len=4, val=...]]
+0 > sctp: COOKIE_ECHO[flgs=0, len=4, val=...]
+0 < sctp: COOKIE_ACK[flgs=0]
`;

/** Lines of `CONNECTED`: what follows begins on the next one. */
export const CONNECTED_LINES: number = CONNECTED.split("\n").length - 1;

/** What a script comes to that may differ nowhere. */
export function judge(source: string, isStrict: boolean = true): Promise<Verdict> {
  return judgeScript(source, { isStrict, entries: [] });
}

/** A verdict in a line. */
export function told(verdict: Verdict): string {
  if (verdict.outcome !== "failed") return verdict.outcome;
  const { line, column, field, expected, actual } = verdict;
  return `${line}${column === undefined ? "" : `:${column}`} ${field}: ${expected} | ${actual}`;
}
