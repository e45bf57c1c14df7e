import { AUTH_HEADER } from "../../packet/chunks/auth.ts";
import { ChunkType } from "../../packet/registry.ts";
import { answer } from "../answer.ts";
import type { PacketContext } from "../handlers/packet-context.ts";
import type { Tcb } from "../tcb.ts";
import type { Authentication } from "./authentication.ts";

/** What becomes of a chunk: it is handled, passed over, or ends the packet. */
export type Screening = "handle" | "skip" | "stop";

/** Of a chunk that is screened. RFC 4895 §6.3: judges the chunk at `offset` by the AUTH chunk before it, and AUTH chunks over the raw packet. */
export function screenChunk(
  tcb: Tcb,
  authentication: Authentication,
  chunk: { readonly bytes: Uint8Array; readonly offset: number; readonly length: number },
  packet: PacketContext,
): Screening {
  const { bytes, offset, length } = chunk;
  const chunkType = bytes[offset] as number;
  if (chunkType !== ChunkType.AUTH) {
    if (packet.authenticated) return "handle";
    // "It MUST silently discard these chunks if they are not placed after an AUTH chunk in the packet": our list was sent
    // to the peer, whether it authenticates or not; or else who strips the parameters of an INIT would get around it.
    tcb.statistics.unauthenticatedReceived += 1;
    // RFC 5061 §5.2 D5: of an ASCONF "the receiver MUST silently discard this chunk and the rest of the
    // packet".
    return chunkType === ChunkType.ASCONF ? "stop" : "skip";
  }
  // Where it was not agreed on, it is unrecognized; where it is cut, malformed.
  if (!authentication.isAgreed || length < AUTH_HEADER) return "handle";
  // §5.1: AUTH "MUST NOT appear more than once"; what stands behind this one is authenticated by the first.
  if (packet.authenticated) return "skip";
  const verdict = authentication.verify(bytes, offset, length);
  switch (verdict.kind) {
    case "valid":
      packet.authenticated = true;
      if (authentication.notePeerKey(verdict.keyId)) report(tcb, verdict.keyId);
      return "handle";
    case "unsupported-hmac":
      // "The AUTH chunk and all the chunks after it MUST be discarded and an ERROR chunk SHOULD be sent".
      answer(tcb, packet, {
        type: "ERROR",
        causes: [{ type: "UNSUPPORTED-HMAC", hmacId: verdict.hmacId }],
      });
      break;
    case "refused":
      break;
  }
  tcb.statistics.unauthenticatedReceived += 1;
  return "stop";
}

function report(tcb: Tcb, keyId: number): void {
  tcb.surroundings.emit({ type: "authentication", association: tcb.handle, change: "new-key", keyId });
}
