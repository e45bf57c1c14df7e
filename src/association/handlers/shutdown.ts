import type { ShutdownChunk } from "../../packet/chunks/shutdown.ts";
import { wayBack } from "../answer.ts";
import { close } from "../lifecycle.ts";
import { advanceShutdown, beginPeerShutdown, enterShutdownAckSent } from "../shutdown.ts";
import { isForming } from "../state.ts";
import type { Tcb } from "../tcb.ts";
import type { PacketContext } from "./packet-context.ts";
import { applySack } from "./sack.ts";

/** RFC 9260 §9.2. */
export function onShutdown(tcb: Tcb, chunk: ShutdownChunk, packet: PacketContext): void {
  // RFC 9260 §9.2: "If a SHUTDOWN chunk is received in the COOKIE-WAIT or COOKIE ECHOED state, the SHUTDOWN chunk SHOULD
  // be silently discarded."
  if (isForming(tcb.state)) return;
  switch (tcb.state.name) {
    case "established":
    case "shutdown-pending":
      beginPeerShutdown(tcb);
      tcb.surroundings.emit({ type: "peer-shutdown", association: tcb.handle });
      break;
    case "shutdown-sent":
      // "respond immediately with a SHUTDOWN ACK chunk ... and move into the SHUTDOWN-ACK-SENT state, restarting its
      // T2-shutdown timer".
      enterShutdownAckSent(tcb, packet.now);
      return;
    case "shutdown-ack-sent":
      // The SHUTDOWN ACK was lost, or is under way: it is sent again.
      tcb.state.due = true;
      return;
    default:
      break;
  }
  // The Cumulative TSN Ack says what arrived. RFC 9260 §3.3.8: "MUST NOT interpret the lack of a Gap Ack Block as a
  // renege"; and nothing is said of the window.
  applySack(tcb, { cumulativeTsn: chunk.cumulativeTsn, gaps: undefined }, packet);
  if (tcb.state.name === "shutdown-received") advanceShutdown(tcb, packet.now);
}

/** RFC 9260 §9.2, §3.3.13: SHUTDOWN COMPLETE goes out, and the association is gone. */
export function onShutdownAck(tcb: Tcb, packet: PacketContext): void {
  if (tcb.state.name !== "shutdown-sent" && tcb.state.name !== "shutdown-ack-sent") return;
  tcb.surroundings.send({
    localPort: tcb.localPort,
    peerPort: tcb.peerPort,
    // RFC 9260 §8.5.1 C: with a TCB the peer's tag, and the T bit clear.
    verificationTag: tcb.peerTag,
    chunks: [{ type: "SHUTDOWN-COMPLETE", tBit: false }],
    ...wayBack(tcb, packet),
  });
  close(tcb, "shutdown");
}

/** RFC 9260 §9.2, §8.5.1 C: a SHUTDOWN COMPLETE outside SHUTDOWN-ACK-SENT "SHOULD be discarded". */
export function onShutdownComplete(tcb: Tcb): void {
  if (tcb.state.name === "shutdown-ack-sent") close(tcb, "shutdown");
}
