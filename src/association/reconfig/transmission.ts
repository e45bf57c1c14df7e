import type { IpAddress } from "../../base/address.ts";
import { type ReconfigChunk, reconfigLength } from "../../packet/chunks/re-config.ts";
import { closeIfUnreachable } from "../lifecycle.ts";
import type { Path } from "../path/path.ts";
import type { Tcb } from "../tcb.ts";
import type { OwedResponses, Reconfiguration } from "./reconfiguration.ts";

/** A RE-CONFIG chunk to be sent, and its way. */
export interface OutgoingReconfig {
  readonly chunk: ReconfigChunk;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** It has the responses that are owed; the request that is due. */
  readonly responds: boolean;
  readonly asks: boolean;
}

/**
 * What is to be sent next, after a chunk is processed completely (RFC 6525 §5.2.2 E6, §5.2.3 F2, §5.2.4 G7),
 * and by the rules of §5.1.1 (§5.1.2 A6, §5.1.3 B4, §5.1.4 C4). §5.2.1: the responses to one chunk "MUST be put into
 * one RE_CONFIG chunk".
 */
export function nextReconfig(
  tcb: Tcb,
  isBlocked: (source: IpAddress) => boolean,
): OutgoingReconfig | undefined {
  const { reconfig } = tcb;
  if (reconfig === undefined || !reconfig.isDue) return undefined;
  const { active } = reconfig;
  // A blocked source drains nobody else.
  const owed = reconfig.owed !== undefined && isBlocked(reconfig.owed.source) ? undefined : reconfig.owed;
  const request = active?.due === true ? active.chunk : undefined;
  if (owed === undefined) {
    if (request === undefined) return undefined;
    // RFC 9260 §6.4: what was not answered goes to another destination.
    const { source, destination } = active?.path
      ? tcb.paths.forRetransmission(active.path)
      : tcb.paths.forControl(0);
    return { chunk: request, source, destination, responds: false, asks: true };
  }
  const { source, destination } = owed;
  if (request !== undefined && mayJoin(owed, request)) {
    const parameters = [...owed.parameters, ...request.parameters];
    return { chunk: { type: "RE-CONFIG", parameters }, source, destination, responds: true, asks: true };
  }
  return {
    chunk: { type: "RE-CONFIG", parameters: owed.parameters },
    source,
    destination,
    responds: true,
    asks: false,
  };
}

/** RFC 6525 §3.1, combination 9; §5.1.2 A5, §5.1.3 B3: an Incoming SSN Reset Request joins no response. */
function mayJoin({ parameters }: OwedResponses, request: ReconfigChunk): boolean {
  if (parameters.length !== 1 || request.parameters.length !== 1) return false;
  return request.parameters[0]?.type === "OUTGOING-SSN-RESET-REQUEST";
}

/** Bytes of the largest chunk that `nextReconfig` may give. */
export function reconfigSize({ owed, active }: Reconfiguration): number {
  const responses =
    owed === undefined ? 0 : reconfigLength({ type: "RE-CONFIG", parameters: owed.parameters });
  return responses + (active?.chunk === undefined ? 0 : reconfigLength(active.chunk));
}

export function onReconfigSent(
  tcb: Tcb,
  { responds, asks }: OutgoingReconfig,
  path: Path,
  now: number,
): void {
  const { reconfig } = tcb;
  if (reconfig === undefined) return;
  if (responds) reconfig.owed = undefined;
  // RFC 6525 §5.1.1: without a request "the Re-configuration Timer MUST NOT be started".
  if (!asks || reconfig.active === undefined) return;
  reconfig.active.due = false;
  reconfig.active.transmissions += 1;
  reconfig.active.path = path;
  // RFC 6525 §5.1.1: "MUST use the same value as SCTP's data transmission timer".
  reconfig.active.expiresAt = now + path.rto.rto;
}

/** RFC 6525 §5.1.1: sent again, with the errors counted; §5.2.7 H2: not counted while the peer is at it. */
export function onReconfigExpired(tcb: Tcb): void {
  const operation = tcb.reconfig?.active;
  if (operation === undefined) return;
  operation.expiresAt = Number.POSITIVE_INFINITY;
  const path =
    tcb.paths.get(operation.path?.destination ?? tcb.paths.primary.destination) ?? tcb.paths.primary;
  // RFC 6525 §5.1.1: "MUST use exponential backoff, doubling the value at every expiration".
  path.rto.backOff();
  if (operation.isInProgress) {
    operation.isInProgress = false;
    operation.path = undefined;
  } else {
    tcb.failover.onDataError(path);
    if (closeIfUnreachable(tcb)) return;
  }
  operation.due = true;
}
