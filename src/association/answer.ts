import type { IpAddress } from "../base/address.ts";
import { padded } from "../base/bytes.ts";
import { type Chunk, chunkLength } from "../packet/chunks/chunk.ts";
import { HEADER_LENGTH } from "../packet/packet.ts";
import { mayAnswerFrom } from "./asconf/sources.ts";
import type { PacketContext } from "./handlers/packet-context.ts";
import { isForming } from "./state.ts";
import type { Tcb } from "./tcb.ts";

/** From where to where an answer goes. */
export interface WayBack {
  readonly destination: IpAddress;
  readonly source: IpAddress;
  readonly udpPort: number;
}

/**
 * RFC 9260 §6.4: back to where the packet came from; over the path of data where that is not confirmed,
 * unless the answer
 * `verifies` the address.
 */
export function wayBack(tcb: Tcb, packet: PacketContext, verifies: boolean = false): WayBack {
  const path = tcb.paths.get(packet.source);
  // RFC 5061 §5.2 D2: a packet with an ASCONF may come from an address that is none of the peer's, or no
  // longer.
  if (path === undefined && tcb.asconf !== undefined) return tcb.paths.forData();
  // RFC 9260 §5.4: "An endpoint MUST NOT send any chunks to an UNCONFIRMED address", but for those that verify it.
  if (path !== undefined && !path.confirmed && !verifies) return tcb.paths.forData();
  // RFC 5061 §5.3 F1, F4: not from an address that is being added or deleted.
  if (path !== undefined && !mayAnswerFrom(tcb, packet.destination)) return path;
  return { destination: packet.source, source: packet.destination, udpPort: packet.sourcePort };
}

/** Queues a chunk that answers this packet. */
export function answer(tcb: Tcb, packet: PacketContext, chunk: Chunk): void {
  // RFC 9260 §5.1 C: until the COOKIE ACK "the sender MUST NOT send any other packets"; a HEARTBEAT it MUST answer (§8.3).
  if (chunk.type === "ERROR" && isForming(tcb.state)) return;
  const { packetSize } = tcb.paths.get(packet.source) ?? tcb.paths.primary;
  const bytes = packet.answered + padded(chunkLength(chunk));
  // RFC 9260 §12.4: "the sender of the response chunk(s) MUST NOT send more than one packet containing chunks other
  // than DATA chunks"; what does not fit is dropped.
  if (packet.answered > 0 && HEADER_LENGTH + bytes > packetSize) return;
  // RFC 9260 §12.4 bounds the answers to a packet, not to a flood of them.
  if (chunk.type === "ERROR" && !tcb.control.mayReport(packet.now, tcb.config.errorReplies)) return;
  packet.answered = bytes;
  // RFC 9260 §5.4: these two MAY go to an unconfirmed address.
  const verifies = chunk.type === "HEARTBEAT-ACK" || chunk.type === "COOKIE-ACK";
  const { destination, source } = wayBack(tcb, packet, verifies);
  if (!verifies && tcb.paths.get(destination)?.confirmed === false) return;
  tcb.control.push({ chunk, destination, source });
}
