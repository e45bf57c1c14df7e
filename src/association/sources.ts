import type { IpAddress } from "../base/address.ts";
import { localSources } from "./asconf/sources.ts";
import { sendsHeartbeats } from "./heartbeat.ts";
import { beginMtu } from "./mtu-probes.ts";
import type { Path } from "./path/path.ts";
import { chooseSource } from "./path/source-selection.ts";
import { isForming } from "./state.ts";
import type { Tcb } from "./tcb.ts";

/** The route to a destination is known: the path takes the source that it gives, if that is one of ours. */
export function onRoute(tcb: Tcb, destination: IpAddress, routed: IpAddress | undefined): void {
  const path = tcb.paths.get(destination);
  if (path === undefined || routed === undefined) return;
  replaceSource(tcb, path, { routed });
}

/** The set of local addresses has changed: a path whose source is gone takes another. */
export function onLocalAddresses(tcb: Tcb): void {
  const sources = localSources(tcb);
  for (const path of tcb.paths.all) {
    if (path.candidateSource !== undefined && !sources.includes(path.candidateSource)) {
      path.candidateSource = undefined;
    }
    if (!sources.includes(path.source)) replaceSource(tcb, path, {});
    // The route may give another one now: an address that has come back with its link.
    tcb.surroundings.emit({ type: "route", association: tcb.handle, destination: path.destination });
  }
}

/** The system does not send from this source to that destination. */
export function onSourceFailure(tcb: Tcb, source: IpAddress, destination: IpAddress): void {
  const path = tcb.paths.get(destination);
  if (path?.source === source) replaceSource(tcb, path, { except: source });
}

function replaceSource(
  tcb: Tcb,
  path: Path,
  hints: { readonly routed?: IpAddress; readonly except?: IpAddress },
): void {
  const others = tcb.paths.all.filter((other) => other !== path);
  const taken = new Set(others.map((other) => other.source));
  // Paths that share a source share its fate (RFC 9260 §6.4.1): to move there is no gain while another path works.
  const isServed = hints.except !== undefined && others.some((other) => other.state === "active");
  const source = chooseSource({
    destination: path.destination,
    candidates: localSources(tcb).filter(
      (address) => address !== hints.except && !(isServed && taken.has(address)),
    ),
    routed: hints.routed,
    taken,
  });
  if (source !== undefined && source !== path.source) trySource(tcb, path, source);
}

/** A path in use changes its source when a HEARTBEAT from the new one was answered; one that is not, at once. */
function trySource(tcb: Tcb, path: Path, source: IpAddress): void {
  const isGone = !localSources(tcb).includes(path.source);
  if (isGone || isForming(tcb.state) || !path.confirmed) {
    changeSource(tcb, path, source);
    return;
  }
  path.candidateSource = source;
  if (sendsHeartbeats(tcb) && path.pendingHeartbeat === undefined) path.heartbeatDue = true;
}

/** Path MTU, RTT and cwnd start anew when the source of a destination changes (RFC 9260 §7.2.5.2). */
export function changeSource(tcb: Tcb, path: Path, source: IpAddress): void {
  path.changeSource(source);
  beginMtu(tcb, path);
}
