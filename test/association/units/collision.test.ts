import { describe, expect, test } from "vitest";
import { noExtensions } from "../../../src/association/extension/extensions.ts";
import { type CookieAction, resolveCookie } from "../../../src/association/handshake/collision.ts";
import type { CookieContents } from "../../../src/association/handshake/state-cookie.ts";
import { asTsn } from "../../../src/base/serial.ts";
import { ip } from "./support.ts";

/** RFC 9260 §5.2.4, Table 12: every combination, in the table or not. */

const EXISTING = { localTag: 1, peerTag: 2, localTieTag: 3, peerTieTag: 4 };

function cookie(tags: Partial<CookieContents>): CookieContents {
  return {
    createdAt: 0,
    lifetime: 60_000,
    localTag: 1,
    peerTag: 2,
    localTieTag: 0,
    peerTieTag: 0,
    localPort: 5,
    peerPort: 6,
    localInitialTsn: asTsn(7),
    peerInitialTsn: asTsn(8),
    peerWindow: 9_000,
    outboundStreams: 1,
    inboundStreams: 1,
    extensions: noExtensions,
    adaptation: undefined,
    keyVectors: undefined,
    localAddress: ip("10.0.0.1"),
    peerAddresses: [ip("10.0.0.2")],
    preferredAddress: undefined,
    ...tags,
  };
}

type Match = "M" | "X" | "0";

/** By the letters of the table: local tag, peer's tag, Local-Tie-Tag, Peer's-Tie-Tag. */
function act(local: "M" | "X", peer: Match, localTie: Match, peerTie: Match): CookieAction {
  const tie = { M: (tag: number) => tag, X: () => 99, "0": () => 0 };
  return resolveCookie(
    cookie({
      localTag: local === "M" ? 1 : 77,
      peerTag: peer === "M" ? 2 : 88,
      localTieTag: tie[localTie](3),
      peerTieTag: tie[peerTie](4),
    }),
    { ...EXISTING, peerTag: peer === "0" ? 0 : 2 },
  );
}

const ALL: readonly Match[] = ["M", "X", "0"];
const TIES = ALL.flatMap((localTie) => ALL.map((peerTie) => [localTie, peerTie] as const));

describe("the rows of Table 12", () => {
  test("A: X X M M is a restart", () => {
    expect(act("X", "X", "M", "M")).toBe("restart");
  });

  test.each(TIES)("B: M X with Tie-Tags %s %s adopts the peer's tag", (localTie, peerTie) => {
    expect(act("M", "X", localTie, peerTie)).toBe("adopt");
  });

  test.each(TIES)("B: M 0 with Tie-Tags %s %s adopts the peer's tag", (localTie, peerTie) => {
    expect(act("M", "0", localTie, peerTie)).toBe("adopt");
  });

  test("C: X M 0 0 is late", () => {
    expect(act("X", "M", "0", "0")).toBe("discard");
  });

  test.each(TIES)("D: M M with Tie-Tags %s %s is acknowledged", (localTie, peerTie) => {
    expect(act("M", "M", localTie, peerTie)).toBe("acknowledge");
  });
});

// "For any case not shown in Table 12, the cookie SHOULD be silently discarded."
describe("what the table does not show", () => {
  const shown = (peer: Match, localTie: Match, peerTie: Match): boolean =>
    peer === "X" && localTie === "M" && peerTie === "M";
  const others = ALL.flatMap((peer) => TIES.map(([localTie, peerTie]) => [peer, localTie, peerTie] as const));

  test.each(others.filter((row) => !shown(...row)))("X %s %s %s is discarded", (peer, localTie, peerTie) => {
    expect(act("X", peer, localTie, peerTie)).toBe("discard");
  });
});
