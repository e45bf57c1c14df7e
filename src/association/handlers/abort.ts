import type { AbortChunk } from "../../packet/chunks/abort.ts";
import { close } from "../lifecycle.ts";
import type { Tcb } from "../tcb.ts";

/** RFC 9260 §9.1: the association is removed, and never answered. The tag has been checked. */
export function onAbort(tcb: Tcb, chunk: AbortChunk): void {
  close(tcb, "peer-aborted", chunk.causes);
}
