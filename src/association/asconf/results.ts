import type { IpAddress } from "../../base/address.ts";
import { serialDiff } from "../../base/serial.ts";
import type { Cause } from "../../packet/causes/cause.ts";
import type { AsconfAckChunk } from "../../packet/chunks/asconf-ack.ts";
import { ChunkType } from "../../packet/registry.ts";
import type { AddressChange } from "../events.ts";
import { abort, closeIfUnreachable } from "../lifecycle.ts";
import { onLocalAddresses } from "../sources.ts";
import type { Tcb } from "../tcb.ts";
import type { AddressRequest, Asconf, OutstandingAsconf } from "./asconf.ts";
import { mayReconfigure } from "./sources.ts";

/** RFC 5061 §5.1 A5 to A8. */
export function onAsconfAck(tcb: Tcb, asconf: Asconf, chunk: AsconfAckChunk): void {
  if (!mayReconfigure(tcb.state)) return;
  // RFC 5061 §5.3 F0, §4.3.4: "greater than or equal to the next Sequence Number to be used": ABORT.
  if (serialDiff(chunk.serial, asconf.next) >= 0) {
    abort(tcb, "protocol-violation", { type: "ILLEGAL-ASCONF-ACK" });
    return;
  }
  const { outstanding } = asconf;
  // RFC 5061 §4.3.4: "smaller than the last acked Sequence Number are silently ignored".
  if (outstanding === undefined || outstanding.chunk.serial !== chunk.serial) return;
  // RFC 5061 §5.1 A5: "MUST stop the T-4 RTO timer, and clear the appropriate ... error counters".
  asconf.outstanding = undefined;
  asconf.changed = true;
  tcb.failover.onPeerAlive();
  const { destination } = outstanding;
  const path = destination === undefined ? undefined : tcb.paths.get(destination);
  if (path !== undefined && !outstanding.ambiguous) tcb.failover.onReachable(path);
  applyResults(tcb, asconf, outstanding, chunk);
  // RFC 5061 §5.3 F2: what was added may be used as a source from now on.
  onLocalAddresses(tcb);
}

function applyResults(
  tcb: Tcb,
  asconf: Asconf,
  { requests }: OutstandingAsconf,
  { parameters }: AsconfAckChunk,
): void {
  let hasFailed = false;
  for (const request of requests) {
    // RFC 5061 §5.1 A6: "Use the Correlation IDs to correlate the request and the responses".
    const response = parameters.find(
      (one) => one.type !== "UNKNOWN" && one.correlationId === request.correlationId,
    );
    // RFC 5061 §5.1 A7, A8: what has no response succeeded, unless one before it failed.
    if (response?.type === "ERROR-CAUSE-INDICATION") {
      hasFailed = true;
      refuse(tcb, asconf, request, response.causes);
    } else if (hasFailed && response?.type !== "SUCCESS-INDICATION") {
      refuse(tcb, asconf, request, []);
    } else {
      succeed(tcb, asconf, request);
    }
  }
}

function succeed(tcb: Tcb, asconf: Asconf, request: AddressRequest): void {
  const { change, address } = request;
  const subjects = subjectsOf(tcb, asconf, request);
  if (change === "add") asconf.known.add(address);
  // RFC 5061 §4.2.2: behind a NAT the wildcard has deleted all but the address that it was sent from.
  if (change === "delete") {
    const gone = tcb.config.nat ? [...asconf.known].filter((known) => known !== address) : subjects;
    for (const known of gone) asconf.known.delete(known);
  }
  for (const subject of subjects) tell(tcb, change, subject, undefined);
}

function refuse(tcb: Tcb, asconf: Asconf, request: AddressRequest, causes: readonly Cause[]): void {
  const { change } = request;
  // RFC 5061 §5.3 F3a, F3b: what was "not understood" is not asked for again.
  if (causes.some(({ type }) => type === "UNRECOGNIZED-PARAMETERS")) {
    if (change === "set-primary") asconf.canAskPrimary = false;
    else asconf.canChangeAddresses = false;
  }
  for (const subject of subjectsOf(tcb, asconf, request)) {
    // RFC 5061 §5.3 F10: "it must consider the add attempt failed and NOT use this address".
    if (change !== "set-primary") asconf.refused.add(subject);
    tell(tcb, change, subject, causes);
  }
}

/** What a request is about: of a wildcard that deletes, all that we want no more. */
function subjectsOf(tcb: Tcb, asconf: Asconf, { change, address }: AddressRequest): readonly IpAddress[] {
  if (change !== "delete" || !tcb.config.nat) return [address];
  return [...asconf.known].filter((known) => !asconf.wanted.has(known));
}

function tell(
  tcb: Tcb,
  change: AddressChange,
  address: IpAddress,
  refused: readonly Cause[] | undefined,
): void {
  tcb.surroundings.emit({ type: "address-change", association: tcb.handle, change, address, refused });
}

/** T4-RTO expired (RFC 5061 §5.1 B1 to B5). */
export function onT4Expired(tcb: Tcb): void {
  const outstanding = tcb.asconf?.outstanding;
  if (outstanding === undefined) return;
  const path = outstanding.destination === undefined ? undefined : tcb.paths.get(outstanding.destination);
  // RFC 5061 §5.1 B1, B2, B3: error counters of destination and association, and the RTO is doubled.
  (path ?? tcb.paths.primary).rto.backOff();
  tcb.failover.onDataError(path ?? tcb.paths.primary);
  outstanding.t4 = Number.POSITIVE_INFINITY;
  if (closeIfUnreachable(tcb)) return;
  // RFC 5061 §5.1 B4: it "MUST be the same (including its Sequence Number) as the last ASCONF sent".
  outstanding.attempts += 1;
  outstanding.due = true;
}

/** RFC 5061 §5.1 A9, §5.1.1: the peer does not know ASCONF after all; none is sent any more. */
export function onUnrecognizedAsconf(tcb: Tcb, causes: readonly Cause[]): void {
  const { asconf } = tcb;
  const isAsconf = causes.some(
    (cause) => cause.type === "UNRECOGNIZED-CHUNK" && cause.chunk[0] === ChunkType.ASCONF,
  );
  if (asconf?.outstanding === undefined || !isAsconf) return;
  const { requests } = asconf.outstanding;
  asconf.outstanding = undefined;
  asconf.canChangeAddresses = false;
  asconf.canAskPrimary = false;
  for (const request of requests) refuse(tcb, asconf, request, causes);
}
