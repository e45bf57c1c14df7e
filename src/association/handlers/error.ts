import type { ErrorChunk } from "../../packet/chunks/error.ts";
import type { UnknownChunk } from "../../packet/chunks/unknown-chunk.ts";
import { ChunkType, chunkAction } from "../../packet/registry.ts";
import { answer } from "../answer.ts";
import { onUnrecognizedAsconf } from "../asconf/results.ts";
import { beginHandshake } from "../handshake/begin.ts";
import { abortForViolation, close } from "../lifecycle.ts";
import { markTimedOut } from "../retransmission.ts";
import { receivesData } from "../state.ts";
import type { Tcb } from "../tcb.ts";
import type { PacketContext } from "./packet-context.ts";

/** Headers of the ERROR chunk and of the cause around what is sent back, bytes. */
const ERROR_OVERHEAD = 8;

/** RFC 9260 §3.3.10 and §5.2.6; §11.2.6, COMMUNICATION ERROR. */
export function onError(tcb: Tcb, chunk: ErrorChunk, packet: PacketContext): void {
  const stale = chunk.causes.find((cause) => cause.type === "STALE-COOKIE");
  if (stale === undefined) {
    onUnrecognizedAsconf(tcb, chunk.causes);
    tcb.surroundings.emit({ type: "remote-error", association: tcb.handle, causes: chunk.causes });
    return;
  }
  // RFC 9260 §5.2.6: "if the association is not in the COOKIE-ECHOED state, the ERROR chunk SHOULD be silently
  // discarded"; in it, the third alternative: a new INIT that asks for a longer life of the cookie.
  if (tcb.state.name !== "cookie-echoed") return;
  const roundTrip = packet.now - tcb.state.sentAt;
  // "... SHOULD add no more than 1 second beyond the measured RTT".
  const preservative = Math.ceil(roundTrip + Math.min(stale.staleness / 1_000, 1_000));
  // It counts as a retransmission, or a peer whose cookies are always stale would keep us here for ever.
  const attempts = tcb.state.attempts + 1;
  if (attempts > tcb.config.maxInitRetransmits) {
    close(tcb, "no-answer", chunk.causes);
    return;
  }
  // The packet was discarded whole: data that went with the COOKIE ECHO goes with the next one.
  for (const path of tcb.paths.all) markTimedOut(tcb, path);
  beginHandshake(tcb, packet.now, { attempts, preservative });
}

/** RFC 9260 §3.2: the two upper bits of the type say whether to tell the peer; returns whether to go on. */
export function onUnknownChunk(tcb: Tcb, chunk: UnknownChunk, packet: PacketContext): boolean {
  if (tcb.config.interleaving && receivesData(tcb.state) && contradictsInterleaving(tcb, chunk.typeCode)) {
    abortForViolation(tcb, `a chunk of type ${chunk.typeCode}, and it was not agreed on`);
    return false;
  }
  const action = chunkAction(chunk.typeCode);
  if (action.report) {
    // RFC 9260 §3.3.10.6: the cause has the unrecognized chunk, as much of it as fits a packet.
    const signature = tcb.authentication?.overhead(ChunkType.ERROR) ?? 0;
    const most = tcb.paths.primary.maxChunkSize - ERROR_OVERHEAD - signature;
    answer(tcb, packet, {
      type: "ERROR",
      causes: [{ type: "UNRECOGNIZED-CHUNK", chunk: new Uint8Array(chunk.bytes.subarray(0, most)) }],
    });
  }
  return !action.stop;
}

/** Whether it is of the other kind of user data than the association's. To who has interleaving off, I-DATA is unknown. */
function contradictsInterleaving({ extensions }: Tcb, typeCode: number): boolean {
  // RFC 8260 §2.2.3, §2.3.1: "MUST abort the association", where I-DATA was not agreed on and it comes, or I-FORWARD-TSN;
  // FORWARD-TSN "MUST NOT be used in combination with the I-DATA chunk", and with DATA it may be unknown.
  if (extensions.interleaving) return typeCode === ChunkType.FORWARD_TSN;
  return typeCode === ChunkType.I_DATA || typeCode === ChunkType.I_FORWARD_TSN;
}
