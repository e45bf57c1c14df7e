import type { Association } from "usctp/core";

/** Tells what an association has met, as it says itself at its end. */
export function countStatistics(
  { statistics, authenticates, interleaves, reconfiguresAddresses, isPartiallyReliable }: Association,
  meet: (name: string) => void,
): void {
  if (statistics.timeouts > 0) meet("timer T3-rtx");
  if (statistics.tailLossProbes > 0) meet("timer tail-loss probe");
  if (statistics.fastRetransmissions > 0) meet("event fast retransmit");
  if (statistics.chunksDropped > 0) meet("event dropped for want of room");
  if (authenticates) meet("extension authentication");
  if (isPartiallyReliable) meet("extension partial reliability");
  if (interleaves) meet("extension interleaving");
  if (reconfiguresAddresses) meet("extension address reconfiguration");
}
