import type { ProtocolOptions } from "../../src/api/message/index.ts";
import { npmSctp } from "../../test/interop/npm-sctp/stack.ts";
import { pion } from "../../test/interop/pion/stack.ts";
import { usrsctp } from "../../test/interop/usrsctp/stack.ts";
import { werift } from "../../test/interop/werift/stack.ts";
import type { Contestant } from "./contestant.ts";
import { labelOf } from "./labels.ts";
import { ourContestant, yardstick } from "./ours.ts";
import { peerContestant } from "./peers.ts";

/** Another one of ours. */
export interface Variant {
  readonly name: string;
  readonly protocol: ProtocolOptions;
}

export interface Lineup {
  /** Options of ours beside the defaults. */
  readonly protocol: ProtocolOptions;
  readonly variants: readonly Variant[];
  /** Where our processes leave CPU profiles. */
  readonly profiles: string | undefined;
}

/**
 * Everybody, peers that are missing included. An Ethernet's packets, but for `usctp-64k`, which finds what loopback
 * takes.
 */
export function contestants({ protocol, variants, profiles }: Lineup): ReadonlyMap<string, Contestant> {
  const identity = (name: string) => ({ name, label: labelOf(name) });
  const ours = (name: string, options: ProtocolOptions): Contestant =>
    ourContestant(identity(name), { pathMtuSearch: "never", ...protocol, ...options }, profiles);
  const all = [
    ours("usctp", {}),
    ...variants.map((variant) => ours(variant.name, variant.protocol)),
    ours("usctp-64k", { pathMtuSearch: "own" }),
    peerContestant(identity("usrsctp"), usrsctp),
    peerContestant(identity("pion"), pion),
    peerContestant(identity("werift"), werift),
    peerContestant(identity("npm-sctp"), npmSctp),
    yardstick(identity("shaped"), "shaped", profiles),
    yardstick(identity("blast"), "dgram", profiles),
  ];
  return new Map(all.map((one) => [one.name, one]));
}
