import type { IpAddress } from "../../base/address.ts";
import { padded } from "../../base/bytes.ts";
import type { Cause } from "../../packet/causes/cause.ts";
import type { InitAckChunk } from "../../packet/chunks/init-ack.ts";
import { SMALLEST_INITIAL_WINDOW } from "../../packet/chunks/init-body.ts";
import { parametersToBytes } from "../../packet/parameters/parameter.ts";
import { ParameterType } from "../../packet/registry.ts";
import { preferredAddress } from "../asconf/initial-primary.ts";
import { findUnprotectedAsconf } from "../asconf/protection.ts";
import { preferPath } from "../asconf/respond.ts";
import { keyVector } from "../auth/key-vectors.ts";
import { findWrongAuthentication, offerAuthentication } from "../auth/offer.ts";
import { adaptationIn, agreedExtensions, offeredExtensions } from "../extension/capabilities.ts";
import type { PacketContext } from "../handlers/packet-context.ts";
import { addPath, adoptPeer, close } from "../lifecycle.ts";
import type { Tcb } from "../tcb.ts";
import { collectAddresses } from "./addresses.ts";
import { handshakeTimeout } from "./begin.ts";
import { understand } from "./parameters.ts";

/** RFC 9260 §5.1 C: the cookie goes back in a COOKIE ECHO. */
export function onInitAck(tcb: Tcb, chunk: InitAckChunk, packet: PacketContext): void {
  // RFC 9260 §5.2.3: in any state other than COOKIE-WAIT it is discarded.
  if (tcb.state.name !== "cookie-wait") return;
  const { known, report } = understand(chunk.parameters, offeredExtensions(tcb.config));
  // RFC 9260 §3.3.3: with an a_rwnd below 1500 it is answered with an ABORT, but "MUST NOT change the state".
  if (chunk.receiverWindow < SMALLEST_INITIAL_WINDOW && chunk.initiateTag !== 0) {
    refuse(tcb, chunk, packet, { type: "INVALID-PARAMETER" });
    return;
  }
  const fault = findFault(chunk, known);
  if (fault !== undefined) {
    refuse(tcb, chunk, packet, fault);
    close(tcb, "protocol-violation", [fault]);
    return;
  }
  // RFC 5061 §6: "MUST NOT send the COOKIE-ECHO", but discard the INIT ACK and destroy the TCB.
  const unprotected = findUnprotectedAsconf(tcb.config, known);
  if (unprotected !== undefined) {
    close(tcb, "protocol-violation", [unprotected]);
    return;
  }
  const cookie = chunk.parameters.find((parameter) => parameter.type === "STATE-COOKIE");
  if (cookie?.type !== "STATE-COOKIE") return;
  const addresses = collectAddresses(known, packet.source, tcb.surroundings.localAddresses);
  // RFC 9260 §6.3.1 C5: an INIT that was sent twice measures nothing.
  if (tcb.state.attempts === 0) tcb.paths.get(packet.source)?.rto.measure(packet.now - tcb.state.sentAt);
  settlePaths(tcb, addresses, packet);
  const extensions = agreedExtensions(offeredExtensions(tcb.config), known);
  adoptPeer(tcb, {
    tag: chunk.initiateTag,
    initialTsn: chunk.initialTsn,
    window: chunk.receiverWindow,
    // RFC 9260 §5.1.1: min(local OS, remote MIS).
    outboundStreams: Math.min(tcb.config.outboundStreams, chunk.inboundStreams),
    inboundStreams: Math.min(tcb.config.inboundStreams, chunk.outboundStreams),
    adaptation: adaptationIn(known),
    extensions,
    keyVectors: extensions.authentication
      ? { local: keyVector(offerAuthentication(tcb)), peer: keyVector(known) }
      : undefined,
  });
  const preferred = preferredAddress(known, packet.source);
  if (preferred !== undefined) preferPath(tcb, preferred);
  tcb.failover.onPeerAlive();
  // RFC 9260 §5.1.4: "MUST immediately send a COOKIE ECHO chunk ... MUST also start the T1-cookie timer".
  tcb.state = {
    name: "cookie-echoed",
    // RFC 9260 §3.3.11: the COOKIE ECHO "MUST contain the exact cookie".
    cookie: new Uint8Array(cookie.cookie),
    report: report.length === 0 ? [] : [{ type: "UNRECOGNIZED-PARAMETERS", bytes: concatenate(report) }],
    t1: packet.now + handshakeTimeout(tcb, tcb.paths.forData()),
    attempts: 0,
    due: true,
    sentAt: packet.now,
  };
  tcb.surroundings.pathsChanged();
}

/** What makes the INIT ACK unusable (RFC 9260 §3.3.3): "MUST destroy the TCB and SHOULD send an ABORT chunk". */
function findFault(chunk: InitAckChunk, known: InitAckChunk["parameters"]): Cause | undefined {
  if (chunk.initiateTag === 0 || chunk.outboundStreams === 0 || chunk.inboundStreams === 0) {
    return { type: "INVALID-PARAMETER" };
  }
  // RFC 9260 §5.1.2 B.
  const host = known.find((parameter) => parameter.type === "HOST-NAME");
  if (host !== undefined) return { type: "UNRESOLVABLE-ADDRESS", parameter: parametersToBytes([host]) };
  const wrongAuthentication = findWrongAuthentication(known);
  if (wrongAuthentication !== undefined) return wrongAuthentication;
  // RFC 9260 §3.2.1: whatever an unrecognized parameter before it says, "in all four cases, an INIT ACK or COOKIE ECHO
  // chunk is sent in response", and for that there must be a cookie.
  if (chunk.parameters.some((parameter) => parameter.type === "STATE-COOKIE")) return undefined;
  // RFC 9260 §3.3.10.2: the missing parameters are named.
  return { type: "MISSING-PARAMETER", types: [ParameterType.STATE_COOKIE] };
}

function refuse(tcb: Tcb, chunk: InitAckChunk, packet: PacketContext, cause: Cause): void {
  // RFC 9260 §5.1: the ABORT carries "the Initiate Tag value of the received ... INIT ACK chunk"; §3.3.3: where that
  // is 0, it has the T bit, and the tag that the packet came with.
  const isReflected = chunk.initiateTag === 0;
  tcb.surroundings.send({
    localPort: tcb.localPort,
    peerPort: tcb.peerPort,
    verificationTag: isReflected ? tcb.localTag : chunk.initiateTag,
    chunks: [{ type: "ABORT", tBit: isReflected, causes: [cause] }],
    source: packet.destination,
    destination: packet.source,
    udpPort: packet.sourcePort,
  });
}

/**
 * RFC 9260 §5.1.2 C: only what the peer lists, and the source of its packet, are its addresses. What the user named
 * and the peer did not is dropped, unless nothing would be left that the user named: the INIT was sent there and
 * answered, and the source of the answer alone is not confirmed (§5.4).
 */
function settlePaths(tcb: Tcb, addresses: readonly IpAddress[], packet: PacketContext): void {
  const { paths } = tcb;
  const listed = paths.all.filter((path) => addresses.includes(path.destination));
  const keep = listed.length > 0 ? listed : [paths.primary];
  for (const path of [...paths.all]) if (!keep.includes(path)) paths.remove(path);
  for (const destination of addresses) {
    if (paths.get(destination) !== undefined) continue;
    addPath(tcb, { destination, udpPort: packet.sourcePort, confirmed: false });
  }
  // RFC 6951 §5.4: the source port of the INIT ACK is that of all the peer's addresses until they show their own.
  for (const path of paths.all) path.udpPort = packet.sourcePort;
}

/** RFC 9260 §3.2: the padding of every parameter but the last one counts; that of the last is its holder's. */
function concatenate(parameters: readonly Uint8Array[]): Uint8Array {
  const last = parameters.at(-1)?.length ?? 0;
  const before = parameters.slice(0, -1).reduce((sum, { length }) => sum + padded(length), 0);
  const bytes = new Uint8Array(before + last);
  let offset = 0;
  for (const parameter of parameters) {
    bytes.set(parameter, offset);
    offset += padded(parameter.length);
  }
  return bytes;
}
