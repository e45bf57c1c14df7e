import type { HeartbeatChunk } from "../../packet/chunks/heartbeat.ts";
import type { HeartbeatAckChunk } from "../../packet/chunks/heartbeat-ack.ts";
import { answer } from "../answer.ts";
import { onPathConfirmed } from "../asconf/respond.ts";
import { findByHeartbeatInfo, findByProbeInfo, scheduleHeartbeat, sendsHeartbeats } from "../heartbeat.ts";
import { onProbeAcknowledged } from "../mtu-probes.ts";
import { markTimedOut } from "../retransmission.ts";
import { advanceShutdown } from "../shutdown.ts";
import { changeSource } from "../sources.ts";
import type { Tcb } from "../tcb.ts";
import type { PacketContext } from "./packet-context.ts";

/** RFC 9260 §3.3.6, §8.3: answered at once, the information "copied unchanged", to where it came from. */
export function onHeartbeat(tcb: Tcb, chunk: HeartbeatChunk, packet: PacketContext): void {
  const { name } = tcb.state;
  // RFC 9260 §8.3: "up until reaching the SHUTDOWN-SENT state ... or the SHUTDOWN-ACK-SENT state".
  if (name === "cookie-wait" || name === "shutdown-sent" || name === "shutdown-ack-sent") return;
  answer(tcb, packet, { ...chunk, type: "HEARTBEAT-ACK" });
}

/** RFC 9260 §5.4 and §8.3. */
export function onHeartbeatAck(tcb: Tcb, chunk: HeartbeatAckChunk, packet: PacketContext): void {
  const probed = findByProbeInfo(tcb, chunk.info);
  if (probed !== undefined) {
    probed.probeNonce = undefined;
    onProbeAcknowledged(tcb, probed, packet.now);
    // RFC 8899 §6.2.1.2: "A successful probe updates the association and path counters".
    tcb.failover.onReachable(probed);
    tcb.failover.onPeerAlive();
    return;
  }
  const path = findByHeartbeatInfo(tcb, chunk.info);
  const pending = path?.pendingHeartbeat;
  if (path === undefined || pending === undefined) return;
  path.pendingHeartbeat = undefined;
  if (pending.source !== path.source) {
    if (path.errors > 0) {
      // What went from the source that failed need not wait for its T3, which may be backed off far.
      markTimedOut(tcb, path);
      path.stopT3();
      tcb.retransmitNow = tcb.outstanding.marked > 0;
    }
    changeSource(tcb, path, pending.source);
    tcb.surroundings.emit({
      type: "path",
      association: tcb.handle,
      change: "source",
      path: path.status(path === tcb.paths.primary),
    });
  }
  path.rto.measure(packet.now - pending.sentAt);
  tcb.failover.confirm(path);
  onPathConfirmed(tcb, path.destination);
  advanceShutdown(tcb, packet.now);
  tcb.failover.onReachable(path);
  tcb.failover.onPeerAlive();
  if (sendsHeartbeats(tcb)) scheduleHeartbeat(tcb, path, packet.now);
}
