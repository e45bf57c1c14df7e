import type { IpAddress } from "../base/address.ts";
import { sendsHeartbeats } from "./heartbeat.ts";
import { pathMtu } from "./lifecycle.ts";
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
  for (const path of tcb.paths.all) {
    if (!tcb.surroundings.localAddresses.includes(path.source)) replaceSource(tcb, path, {});
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
  const source = chooseSource({
    destination: path.destination,
    candidates: tcb.surroundings.localAddresses.filter((address) => address !== hints.except),
    routed: hints.routed,
    taken: new Set(others.map((other) => other.source)),
  });
  if (source !== undefined && source !== path.source) trySource(tcb, path, source);
}

/** A path in use changes its source when a HEARTBEAT from the new one was answered; one that is not, at once. */
function trySource(tcb: Tcb, path: Path, source: IpAddress): void {
  const isGone = !tcb.surroundings.localAddresses.includes(path.source);
  if (isGone || isForming(tcb.state) || !path.confirmed) {
    changeSource(tcb, path, source);
    return;
  }
  path.candidateSource = source;
  if (sendsHeartbeats(tcb) && path.pendingHeartbeat === undefined) path.heartbeatDue = true;
}

/** Design: path MTU, RTT and cwnd start anew when the source of a destination changes (RFC 9260 §7.2.5.2). */
export function changeSource(tcb: Tcb, path: Path, source: IpAddress): void {
  path.changeSource(source);
  path.mtu = pathMtu(tcb, source, path.destination);
}
