import type { Path } from "./path/path.ts";
import { stopMeasuring } from "./send/acknowledge.ts";
import type { Tcb } from "./tcb.ts";

/** What is in flight to a destination is thought lost, and goes again as cwnd allows (RFC 9260 §6.3.3). */
export function markTimedOut(tcb: Tcb, path: Path): void {
  const { outstanding } = tcb;
  for (let offset = 0; offset < outstanding.length && path.flightSize > 0; offset += 1) {
    const chunk = outstanding.at(offset);
    if (chunk.path !== path || chunk.state !== "in-flight") continue;
    stopMeasuring(path, chunk.tsn);
    outstanding.mark(chunk, true);
  }
}
