import type { ProtocolOptions } from "../../src/api/message/index.ts";
import { npmSctp } from "../../test/interop/npm-sctp/stack.ts";
import { pion } from "../../test/interop/pion/stack.ts";
import { usrsctp } from "../../test/interop/usrsctp/stack.ts";
import { werift } from "../../test/interop/werift/stack.ts";
import type { Contestant } from "./contestant.ts";
import { ourContestant, yardstick } from "./ours.ts";
import { peerContestant } from "./peers.ts";

/** How they are called, by the names that `--only` takes. */
export const CONTESTANTS: Readonly<Record<string, string>> = {
  usctp: "usctp",
  "usctp-64k": "usctp, 64 KiB packets",
  usrsctp: "usrsctp (C)",
  pion: "pion (Go)",
  werift: "werift (TypeScript)",
  "npm-sctp": "npm sctp (JavaScript)",
  shaped: "dgram, shaped like SCTP",
  blast: "dgram, bare",
};

/**
 * Everybody, peers that are missing included. `protocol`: options of ours beside the defaults; `profiles`: where our
 * processes leave CPU profiles. An Ethernet's packets, but for `usctp-64k`, which finds what loopback takes.
 */
export function contestants(
  protocol: ProtocolOptions,
  profiles: string | undefined,
): ReadonlyMap<string, Contestant> {
  const identity = (name: string) => ({ name, label: CONTESTANTS[name] ?? name });
  const all = [
    ourContestant(identity("usctp"), { pathMtuSearch: "never", ...protocol }, profiles),
    ourContestant(identity("usctp-64k"), { pathMtuSearch: "own", ...protocol }, profiles),
    peerContestant(identity("usrsctp"), usrsctp),
    peerContestant(identity("pion"), pion),
    peerContestant(identity("werift"), werift),
    peerContestant(identity("npm-sctp"), npmSctp),
    yardstick(identity("shaped"), "shaped", profiles),
    yardstick(identity("blast"), "dgram", profiles),
  ];
  return new Map(all.map((one) => [one.name, one]));
}
