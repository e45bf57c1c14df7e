import type { Tsn } from "../../base/serial.ts";
import { abortForViolation, reportFailure, reportReadable, reportRoom } from "../lifecycle.ts";
import { forgetLosses } from "../loss-recovery/fast-recovery.ts";
import { TsnTracker } from "../receive/tsn-tracker.ts";
import { partsFrom, type QueuedMessage } from "../send/message.ts";
import { Outstanding } from "../send/outstanding.ts";
import type { Tcb } from "../tcb.ts";
import { reportAborted } from "./end.ts";

/**
 * All TSNs and SSNs begin anew, in both directions (RFC 6525 §5.2.4, §5.2.7 H5): `local` is that of our next
 * DATA chunk, `peer` that of the peer's. Windows, paths and congestion state stay. False when the association
 * ended over it.
 */
export function renumber(
  tcb: Tcb,
  { local, peer }: { readonly local: Tsn; readonly peer: Tsn },
  now: number,
): boolean {
  const buffered = tcb.queue.bytes + tcb.outstanding.bytes;
  endOutstanding(tcb);
  tcb.outstanding = new Outstanding(local);
  tcb.forwarding = undefined;
  // RFC 6525 §5.2.4 G5, §5.2.7 H5: "beginning with SSN 0 for all outgoing streams".
  tcb.queue.resetSsns([]);
  if (tcb.reconfig !== undefined) tcb.reconfig.renumberedAt = now;
  tcb.tracker = new TsnTracker(peer);
  // Nothing is to be acknowledged; and a SACK of the new TSNs must not be there before the answer that begins
  // them.
  tcb.sack.restart();
  const { aborted, tsns } = tcb.delivery.renumber(peer);
  reportAborted(tcb, aborted);
  if (tsns === undefined) {
    abortForViolation(tcb, "fragments do not fit together where the TSNs begin anew");
    return false;
  }
  for (const tsn of tsns) {
    const kind = tcb.tracker.classify(tsn);
    if (kind === "next" || kind === "ahead") tcb.tracker.add(tsn);
  }
  reportRoom(tcb, buffered);
  reportReadable(tcb);
  return true;
}

/**
 * RFC 6525 §5.2.4 G3: what is outstanding leaves as if it were acknowledged. The peer has not said that it
 * came, so its user is told that it failed; the rest of a message in between could not be put together any
 * more.
 */
function endOutstanding(tcb: Tcb): void {
  const { outstanding, queue } = tcb;
  // Interleaved messages have chunks between each other.
  const failed = new Set<QueuedMessage>();
  const fail = (message: QueuedMessage | undefined): void => {
    if (message === undefined || failed.has(message)) return;
    failed.add(message);
    reportFailure(tcb, message, "association-reset");
  };
  while (outstanding.length > 0) {
    const chunk = outstanding.shift();
    fail(chunk.message);
    chunk.release();
  }
  for (
    let begun = queue.abandonBegun("association-reset");
    begun !== undefined;
    begun = queue.abandonBegun("association-reset")
  ) {
    for (const part of partsFrom(begun)) if (part.size > part.cut) fail(part);
  }
  for (const path of tcb.paths.all) {
    path.stopT3();
    path.measuring = undefined;
  }
  forgetLosses(tcb);
  tcb.retransmitNow = false;
  tcb.probeAt = Number.POSITIVE_INFINITY;
  tcb.probeDue = false;
  tcb.probing = false;
  tcb.probeAnswered = false;
}
