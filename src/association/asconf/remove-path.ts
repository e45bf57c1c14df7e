import type { Path } from "../path/path.ts";
import { leavePath } from "../reliability/forward-tsn.ts";
import type { Tcb } from "../tcb.ts";

/** An address of the peer is deleted. */
export function removePath(tcb: Tcb, path: Path): void {
  const { paths, outstanding } = tcb;
  // RFC 5061 §5.3 F12: the new primary is one that works, if there is one.
  if (path === paths.primary) {
    const others = paths.all.filter((other) => other !== path);
    const next =
      others.find((other) => other.state === "active") ??
      others.find((other) => other.confirmed) ??
      others[0];
    if (next !== undefined) tcb.failover.setPrimary(next);
  }
  const status = path.status(false);
  for (let offset = 0; offset < outstanding.length; offset += 1) {
    const chunk = outstanding.at(offset);
    if (chunk.path !== path) continue;
    // What is on its way there may not arrive: it goes again, another way.
    if (chunk.state === "in-flight") outstanding.mark(chunk, true);
    chunk.path = undefined;
  }
  if (outstanding.marked > 0) tcb.retransmitNow = true;
  if (tcb.tailLoss?.path === path) tcb.tailLoss = undefined;
  // RFC 5061 §5.3 F13: "MUST consider the address no longer part of the association", and send nothing to it.
  paths.remove(path);
  leavePath(tcb, path);
  tcb.control.removeTowards(path.destination);
  if (tcb.sack.target?.destination === path.destination) tcb.sack.target = paths.forData();
  if (tcb.asconf?.primaryOnceConfirmed === path.destination) tcb.asconf.primaryOnceConfirmed = undefined;
  tcb.surroundings.emit({ type: "path", association: tcb.handle, change: "removed", path: status });
}
