import type { Chunk } from "../packet/chunks/chunk.ts";
import type { MalformedChunk } from "../packet/chunks/malformed.ts";
import { onAsconf } from "./asconf/respond.ts";
import { onAsconfAck } from "./asconf/results.ts";
import { onAbort } from "./handlers/abort.ts";
import { onData } from "./handlers/data.ts";
import { onError, onUnknownChunk } from "./handlers/error.ts";
import { onForwardTsn, onIForwardTsn } from "./handlers/forward-tsn.ts";
import { onHeartbeat, onHeartbeatAck } from "./handlers/heartbeat.ts";
import type { PacketContext } from "./handlers/packet-context.ts";
import { onSack } from "./handlers/sack.ts";
import { onShutdown, onShutdownAck, onShutdownComplete } from "./handlers/shutdown.ts";
import { onCookieAck } from "./handshake/cookie-ack.ts";
import { onInitAck } from "./handshake/init-ack.ts";
import { onReconfig } from "./reconfig/re-config.ts";
import type { Tcb } from "./tcb.ts";

/** Hands a chunk to its handler; returns whether to go on with the packet. */
export function dispatch(tcb: Tcb, chunk: Chunk | MalformedChunk, packet: PacketContext): boolean {
  switch (chunk.type) {
    case "DATA":
    case "I-DATA":
      onData(tcb, chunk, packet);
      return true;
    case "SACK":
      onSack(tcb, chunk, packet);
      return true;
    case "HEARTBEAT":
      onHeartbeat(tcb, chunk, packet);
      return true;
    case "HEARTBEAT-ACK":
      onHeartbeatAck(tcb, chunk, packet);
      return true;
    case "INIT-ACK":
      onInitAck(tcb, chunk, packet);
      return true;
    case "COOKIE-ACK":
      onCookieAck(tcb, packet);
      return true;
    case "SHUTDOWN":
      onShutdown(tcb, chunk, packet);
      return true;
    case "SHUTDOWN-ACK":
      onShutdownAck(tcb, packet);
      return true;
    case "SHUTDOWN-COMPLETE":
      // RFC 9260 §8.5.1 B, C: our own tag without the T bit, or the peer's with it.
      if (chunk.tBit === packet.reflected) onShutdownComplete(tcb);
      return true;
    case "ABORT":
      // RFC 5061 §5.3 F4, §5.3.1: one to an address that we are deleting "MUST be ignored".
      if (tcb.asconf?.isBeingDeleted(packet.destination) === true) return true;
      if (chunk.tBit === packet.reflected) onAbort(tcb, chunk);
      return true;
    case "ERROR":
      onError(tcb, chunk, packet);
      return true;
    case "INIT":
      // RFC 9260 §12.3: "MUST silently discard the INIT chunk and all further chunks if the INIT chunk is bundled".
      return false;
    case "COOKIE-ECHO":
      // It stands first in its packet, where the stack has taken it; here it is out of place (§3.2.2).
      return true;
    case "ASCONF":
      return tcb.asconf === undefined || onAsconf(tcb, tcb.asconf, chunk, packet);
    case "ASCONF-ACK":
      if (tcb.asconf !== undefined) onAsconfAck(tcb, tcb.asconf, chunk);
      return true;
    case "PAD":
      // RFC 4820 §3: "MUST discard this chunk and continue processing the rest of the chunks in the packet".
      return true;
    case "RE-CONFIG":
      onReconfig(tcb, chunk, packet);
      return true;
    case "FORWARD-TSN":
      onForwardTsn(tcb, chunk, packet);
      return true;
    case "I-FORWARD-TSN":
      onIForwardTsn(tcb, chunk, packet);
      return true;
    case "AUTH":
      // It was judged over the raw packet, see `screenChunk`; where the extension is off, `readChunk` gives it as UNKNOWN.
      return true;
    case "UNKNOWN":
      return onUnknownChunk(tcb, chunk, packet);
    case "MALFORMED":
      tcb.statistics.malformedReceived += 1;
      return false;
  }
}
