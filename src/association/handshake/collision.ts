import type { CookieContents } from "./state-cookie.ts";

/**
 * - `restart` (A): the peer began anew
 * - `adopt` (B): both sides opened; the peer's tag of the cookie is the one it uses
 * - `acknowledge` (D): the cookie is of this association
 * - `discard` (C, and what the table does not show): it is late or strange
 */
export type CookieAction = "restart" | "adopt" | "acknowledge" | "discard";

/** The tags of an existing association; `peerTag` 0 while unknown. */
export interface ExistingTags {
  readonly localTag: number;
  readonly peerTag: number;
  readonly localTieTag: number;
  readonly peerTieTag: number;
}

type Match = "M" | "X" | "0";

interface Row {
  readonly local: Match;
  readonly peer: Match;
  /** Both Tie-Tags: matching, absent, or no matter. */
  readonly ties: Match | "A";
  readonly action: CookieAction;
}

/** RFC 9260 §5.2.4, Table 12: handling of a COOKIE ECHO chunk when a TCB exists. */
const table: readonly Row[] = [
  { local: "X", peer: "X", ties: "M", action: "restart" },
  { local: "M", peer: "X", ties: "A", action: "adopt" },
  { local: "M", peer: "0", ties: "A", action: "adopt" },
  { local: "X", peer: "M", ties: "0", action: "discard" },
  { local: "M", peer: "M", ties: "A", action: "acknowledge" },
];

/** RFC 9260 §5.2.4: "For any case not shown in Table 12, the cookie SHOULD be silently discarded." */
export function resolveCookie(cookie: CookieContents, existing: ExistingTags): CookieAction {
  const local = cookie.localTag === existing.localTag ? "M" : "X";
  const peer = existing.peerTag === 0 ? "0" : cookie.peerTag === existing.peerTag ? "M" : "X";
  const ties = matchTies(cookie, existing);
  const row = table.find(
    (candidate) =>
      candidate.local === local &&
      candidate.peer === peer &&
      (candidate.ties === "A" || candidate.ties === ties),
  );
  return row?.action ?? "discard";
}

function matchTies(cookie: CookieContents, existing: ExistingTags): Match {
  if (cookie.localTieTag === 0 && cookie.peerTieTag === 0) return "0";
  const isSame = cookie.localTieTag === existing.localTieTag && cookie.peerTieTag === existing.peerTieTag;
  return isSame ? "M" : "X";
}
