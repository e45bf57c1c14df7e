import type { Path } from "./path/path.ts";
import { stopMeasuring } from "./send/acknowledge.ts";
import type { Tcb } from "./tcb.ts";

/** What is in flight to a destination is thought lost, and goes again as cwnd allows (RFC 9260 §6.3.3). */
export function markTimedOut(tcb: Tcb, path: Path): void {
  const { outstanding } = tcb;
  const mayBeAbandoned = tcb.forwarding !== undefined;
  for (let offset = 0; offset < outstanding.length && (path.flightSize > 0 || mayBeAbandoned); offset += 1) {
    const chunk = outstanding.at(offset);
    if (chunk.path !== path) continue;
    if (chunk.state === "in-flight") stopMeasuring(path, chunk.tsn);
    outstanding.mark(chunk, true);
  }
}
