import type { PacketContext } from "../handlers/packet-context.ts";
import { enterEstablished } from "../lifecycle.ts";
import type { Tcb } from "../tcb.ts";

/** RFC 9260 §5.1 E; in any other state it is discarded (§5.2.5). */
export function onCookieAck(tcb: Tcb, packet: PacketContext): void {
  if (tcb.state.name !== "cookie-echoed") return;
  if (tcb.state.attempts === 0) {
    tcb.paths.get(packet.source)?.rto.measure(packet.now - tcb.state.sentAt);
  }
  tcb.failover.onPeerAlive();
  enterEstablished(tcb, packet.now);
}
