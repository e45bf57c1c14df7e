import type { IpAddress } from "usctp";
import type { Sides } from "./addresses.ts";
import { type Mark, type Outcome, TOTAL, type Transfer } from "./transfer.ts";

/** What the demonstration found; `--json` prints it. Times in ms, sizes in bytes, throughput in MB/s (10^6 bytes). */
export interface Report {
  /** The hashes agree, and the primary path was left and taken again. */
  readonly ok: boolean;
  /** What is not as it should be. */
  readonly faults: readonly string[];
  readonly bytes: number;
  readonly addresses: Sides;
  readonly duration: number;
  readonly throughput: {
    readonly beforeCut: number | undefined;
    readonly onAlternate: number | undefined;
    readonly afterReturn: number | undefined;
  };
  /** The longest time between two deliveries at the receiver. */
  readonly stall: number;
  readonly failover: {
    readonly seen: boolean;
    readonly from: IpAddress;
    readonly to: IpAddress | undefined;
    readonly afterCut: number | undefined;
  };
  readonly primaryReturn: { readonly seen: boolean; readonly afterHeal: number | undefined };
  /** DATA chunks sent again, of them by fast retransmit; and how often T3-rtx expired. */
  readonly retransmissions: number;
  readonly fastRetransmissions: number;
  readonly timeouts: number;
  /** Bytes of datagrams that came to each address of the receiver. */
  readonly carried: Readonly<Record<string, number>>;
  readonly sha256: { readonly sent: string; readonly received: string };
}

export function reportOf(transfer: Transfer, outcome: Outcome, sides: Sides): Report {
  const { cut, failover, healed, returned, end } = transfer.marks;
  const { sent, received, alternate, carriedSinceReturn } = outcome;
  const { sight, sha256 } = received;
  // That three quarters were acknowledged while the primary was cut shows that they went another way.
  const seen = failover !== undefined && healed !== undefined && alternate !== undefined;
  const cameBack = returned !== undefined && carriedSinceReturn > TOTAL / 8;
  const faults: string[] = [];
  if (sight.delivered !== TOTAL) faults.push(`${sight.delivered} of ${TOTAL} bytes were delivered`);
  if (sha256 !== sent) faults.push("the receiver's SHA-256 is not the sender's");
  if (!seen) faults.push("no failover was seen: the cut primary was never given up");
  if (!cameBack) faults.push("no return was seen: the data did not go by the healed primary again");
  const { retransmissions, fastRetransmissions, timeouts } = transfer.association.statistics;
  return {
    ok: faults.length === 0,
    faults,
    bytes: TOTAL,
    addresses: sides,
    duration: end?.at ?? transfer.now,
    throughput: {
      beforeCut: throughput({ at: 0, acknowledged: 0 }, cut),
      onAlternate: throughput(failover, healed),
      afterReturn: throughput(returned, end),
    },
    stall: sight.longestGap,
    failover: { seen, from: transfer.primary, to: alternate, afterCut: between(cut, failover) },
    primaryReturn: { seen: cameBack, afterHeal: between(healed, returned) },
    retransmissions,
    fastRetransmissions,
    timeouts,
    carried: sight.carried,
    sha256: { sent, received: sha256 },
  };
}

function between(from: Mark | undefined, to: Mark | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to.at - from.at;
}

function throughput(from: Mark | undefined, to: Mark | undefined): number | undefined {
  if (from === undefined || to === undefined) return undefined;
  return (to.acknowledged - from.acknowledged) / (to.at - from.at) / 1_000;
}

/** For people. */
export function describe(report: Report): string[] {
  const { throughput, failover, primaryReturn, sha256 } = report;
  return [
    `stall           ${inMs(report.stall)} between two deliveries (RTO.Min is 1,000 ms)`,
    `throughput      ${inMb(throughput.beforeCut)} before the cut, ${inMb(throughput.onAlternate)} on the second path, ${inMb(throughput.afterReturn)} after the return`,
    `failover        ${failover.seen ? `${failover.from} to ${failover.to}, ${inMs(failover.afterCut)} after the cut` : "none"}`,
    `return          ${primaryReturn.seen ? `${inMs(primaryReturn.afterHeal)} after the primary was healed` : "none"}`,
    `retransmitted   ${report.retransmissions.toLocaleString("en")} chunks, ${report.fastRetransmissions} of them fast; expiries of T3-rtx: ${report.timeouts}`,
    `SHA-256 sent    ${sha256.sent}`,
    `     received   ${sha256.received}`,
  ];
}

function inMs(ms: number | undefined): string {
  return ms === undefined ? "–" : `${Math.round(ms).toLocaleString("en")} ms`;
}

function inMb(rate: number | undefined): string {
  return rate === undefined ? "–" : `${rate.toFixed(1)} MB/s`;
}
