import type { InitChunk } from "../../packet/chunks/init.ts";
import type { Parameter } from "../../packet/parameters/parameter.ts";
import { offerAuthentication } from "../auth/offer.ts";
import { offeringParameters } from "../extension/capabilities.ts";
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
  tcb.state = {
    name: "cookie-wait",
    t1: now + handshakeTimeout(tcb, path),
    due: true,
    sentAt: now,
    ...options,
  };
}

/**
 * How long an INIT or a COOKIE ECHO waits for its answer, ms. RFC 6458 §5.3.1: sinit_max_init_timeo "may override
 * 'RTO.Max'", and "must not influence 'RTO.Max' during data transmission".
 */
export function handshakeTimeout(tcb: Tcb, path: Path): number {
  return path.rto.within(tcb.config.initRtoMax ?? tcb.config.rtoMax);
}

/** The INIT, the same each time but for what depends on its destination (RFC 9260 §3.3.2). */
export function writeInit(tcb: Tcb, state: CookieWait, path: Path): InitChunk {
  const { config } = tcb;
  // RFC 9260 §3.3.2: "each parameter MUST only be included once", addresses but for. "An INIT chunk MUST NOT contain the
  // Host Name Address parameter" (§3.3.2.1.4), nor name its type as supported (§3.3.2.1.5).
  const parameters: Parameter[] = [
    ...listAddresses(tcb.surroundings.localAddresses, { address: path.destination }, config),
    ...offeringParameters(config),
    ...offerAuthentication(tcb),
  ];
  // RFC 9260 §5.2.6, §3.3.2.1.3: asks for a longer life of the cookie after one went stale.
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
