import type { InitChunk } from "../../packet/chunks/init.ts";
import type { Parameter } from "../../packet/parameters/parameter.ts";
import type { Path } from "../path/path.ts";
import type { CookieWait } from "../state.ts";
import type { Tcb } from "../tcb.ts";
import { listAddresses } from "./addresses.ts";

/** Enters COOKIE-WAIT: an INIT falls due (RFC 9260 §5.1 A). */
export function beginHandshake(
  tcb: Tcb,
  now: number,
  options: { readonly attempts: number; readonly preservative: number },
): void {
  const path = tcb.paths.primary;
  // After a stale cookie the peer's tag is unknown again: the INIT must have the tag 0 (RFC 9260 §8.5.1 A).
  tcb.peerTag = 0;
  tcb.state = { name: "cookie-wait", t1: now + path.rto.rto, due: true, sentAt: now, ...options };
}

/** The INIT, the same each time but for what depends on its destination (RFC 9260 §3.3.2). */
export function writeInit(tcb: Tcb, state: CookieWait, path: Path): InitChunk {
  const { config } = tcb;
  const parameters: Parameter[] = [
    ...listAddresses(tcb.surroundings.localAddresses, path.destination, config),
  ];
  // RFC 9260 §5.2.6: asks for a longer life of the cookie after one went stale.
  if (state.preservative > 0) {
    parameters.push({ type: "COOKIE-PRESERVATIVE", increment: state.preservative });
  }
  return {
    type: "INIT",
    initiateTag: tcb.localTag,
    receiverWindow: config.receiveBuffer,
    outboundStreams: config.outboundStreams,
    inboundStreams: config.inboundStreams,
    initialTsn: tcb.localInitialTsn,
    parameters,
  };
}
