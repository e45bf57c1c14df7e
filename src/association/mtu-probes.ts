import { addressFamily } from "../base/address.ts";
import { ChunkType } from "../packet/registry.ts";
import type { PacketWriter } from "../packet/writer.ts";
import { writeProbeHeartbeat } from "./heartbeat.ts";
import type { Path } from "./path/path.ts";
import { packetSize } from "./path/pmtu.ts";
import { PmtuSearch, planElsewhere, planOnThisMachine } from "./path/pmtu-search.ts";
import type { Tcb } from "./tcb.ts";

/** RFC 8899 with HEARTBEAT and PAD (RFC 4820) as its probes, as §6.2 has it. */

/** The smallest PAD chunk. */
const PAD_HEADER = 4;

/** Sets the MTU of a path whose link, or whose configuration, is new: fixed, found by a search, or that of the link. */
export function beginMtu(tcb: Tcb, path: Path): void {
  const link = tcb.surroundings.linkMtu(path.source, path.destination);
  const family = addressFamily(path.destination);
  path.linkMtu = link;
  if (path.config.pathMtu !== undefined || !isSearched(tcb, path)) {
    path.search = undefined;
    path.mtu = path.config.pathMtu ?? link;
    return;
  }
  const isOwn = tcb.surroundings.isOwnAddress(path.destination);
  path.search = new PmtuSearch(isOwn ? planOnThisMachine(link, family) : planElsewhere(link, family));
  path.search.restart();
  path.mtu = path.search.mtu;
}

function isSearched(tcb: Tcb, path: Path): boolean {
  const { pathMtuSearch } = tcb.config;
  if (pathMtuSearch === "own") return tcb.surroundings.isOwnAddress(path.destination);
  return pathMtuSearch === "always";
}

/** The link of a path may have changed its MTU, and tells nobody: looked at when a timer of the path expires. */
export function refreshMtu(tcb: Tcb, path: Path): void {
  const link = tcb.surroundings.linkMtu(path.source, path.destination);
  if (path.config.pathMtu === undefined && link !== path.linkMtu) beginMtu(tcb, path);
}

/**
 * A probe shall leave on this path, as large as that; 0 for none. Bytes of an SCTP packet. RFC 8899 §3, 1: it alone may be
 * larger than what was found, and no window stops it (RFC 6951 §5.6: no ICMP is needed; RFC 8899 §6.2.2).
 */
export function probeDue(tcb: Tcb, path: Path): number {
  // RFC 8899 §5.1.1: not before the path is known to work: it would look like a size that does not get through.
  if (path.search === undefined || path.state !== "active" || tcb.state.name !== "established") return 0;
  const { due } = path.search;
  return due === 0 ? 0 : packetSize(due, path.destination);
}

/** Bytes of the largest SCTP packet that the search of a path may send. */
export function largestProbe({ search, destination }: Path): number {
  return search === undefined ? 0 : packetSize(search.largest, destination);
}

/** Fills the packet with a HEARTBEAT and padding (RFC 8899 §6.2.1.1: "a HEARTBEAT chunk bundled with a PAD chunk"). */
export function writeProbe(tcb: Tcb, path: Path, now: number, writer: PacketWriter): void {
  // RFC 8899 §3, §6.2, §4.1: no user data, so that nothing need be sent again.
  writer.add(writeProbeHeartbeat(tcb, path, now));
  const room = writer.roomFor(ChunkType.PAD);
  if (room >= PAD_HEADER) writer.add({ type: "PAD", length: room });
  path.search?.onSent(now, path.rto.rto);
  tcb.statistics.heartbeatsSent += 1;
}

/** The probe was answered: the path takes packets of its size. */
export function onProbeAcknowledged(tcb: Tcb, path: Path, now: number): void {
  if (path.search?.onAcknowledged(now) === true) takeFound(tcb, path);
}

/**
 * RFC 8899 §3, 7: the loss of a probe is no sign of congestion, nor an error of the path: only the search hears of it.
 */
export function onProbeTimer(tcb: Tcb, path: Path, now: number): void {
  if (path.search?.onTimer(now, path.state === "active") === true) takeFound(tcb, path);
}

/** The system has not sent a packet, for its size. Packets of data are lost with it, as any may be. */
export function onRefused(tcb: Tcb, path: Path, size: number, now: number): void {
  const { search, destination } = path;
  if (search === undefined || size !== packetSize(search.probed, destination)) return;
  if (search.onRefused(now)) takeFound(tcb, path);
}

/** RFC 8899 §4.3: data of a path times out again and again, it may be for its size. */
export function onDataTimeout(tcb: Tcb, path: Path): void {
  if (path.search?.onTimeout() === true) takeFound(tcb, path);
}

function takeFound(tcb: Tcb, path: Path): void {
  if (path.search === undefined) return;
  path.mtu = path.search.mtu;
  const status = path.status(path === tcb.paths.primary);
  tcb.surroundings.emit({ type: "path", association: tcb.handle, change: "mtu", path: status });
}
