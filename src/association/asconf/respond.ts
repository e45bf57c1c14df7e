import { type IpAddress, isUsablePeer, withZone, zoneOf } from "../../base/address.ts";
import { padded, readU32 } from "../../base/bytes.ts";
import { serialDiff } from "../../base/serial.ts";
import type { Cause } from "../../packet/causes/cause.ts";
import type { AsconfChunk } from "../../packet/chunks/asconf.ts";
import { type AsconfAckChunk, asconfAckLength } from "../../packet/chunks/asconf-ack.ts";
import { HEADER_LENGTH } from "../../packet/packet.ts";
import type { AddIpAddressParameter } from "../../packet/parameters/asconf/add-ip-address.ts";
import {
  type AsconfParameter,
  asconfParametersLength,
  asconfParameterToBytes,
} from "../../packet/parameters/asconf/asconf-parameter.ts";
import type { DeleteIpAddressParameter } from "../../packet/parameters/asconf/delete-ip-address.ts";
import type { SetPrimaryAddressParameter } from "../../packet/parameters/asconf/set-primary-address.ts";
import type { UnknownParameter } from "../../packet/parameters/unknown-parameter.ts";
import { ChunkType, ParameterType, parameterAction } from "../../packet/registry.ts";
import type { PacketContext } from "../handlers/packet-context.ts";
import { isKnownTo, MAX_PEER_ADDRESSES } from "../handshake/addresses.ts";
import { scheduleHeartbeat } from "../heartbeat.ts";
import { addPath } from "../lifecycle.ts";
import { canReach } from "../path/source-selection.ts";
import type { Tcb } from "../tcb.ts";
import type { Asconf } from "./asconf.ts";
import { removePath } from "./remove-path.ts";
import { localSources, mayAnswerFrom, mayReconfigure } from "./sources.ts";

/** RFC 5061 §5.2. Returns whether to go on with the packet. */
export function onAsconf(tcb: Tcb, asconf: Asconf, chunk: AsconfChunk, packet: PacketContext): boolean {
  // RFC 5061 §5.1.1 C4: in other states no ASCONF-ACK could be sent.
  if (!mayReconfigure(tcb.state)) return true;
  const isFirst = packet.asconfs === 0;
  packet.asconfs += 1;
  const ahead = serialDiff(chunk.serial, asconf.peerSerial);
  // RFC 5061 §5.2 E5: "a stale packet or from an attacker".
  if (ahead > 1) return true;
  // RFC 5061 §5.2 E2, E3: one that was answered gets the same answer, if that is still there, and nothing
  // else.
  const answer = ahead === 1 ? respond(tcb, chunk, packet) : asconf.answerTo(chunk.serial);
  if (ahead === 1) {
    // RFC 5061 §5.2 E4 V5.
    asconf.peerSerial = chunk.serial;
    asconf.keepAnswer(answer as AsconfAckChunk, isFirst);
  }
  if (answer !== undefined) reply(tcb, answer, packet);
  return true;
}

/** RFC 5061 §5.2 E6: back to the source of the packet, whatever that is to the association. */
function reply(tcb: Tcb, chunk: AsconfAckChunk, packet: PacketContext): void {
  const { packetSize } = tcb.paths.get(packet.source) ?? tcb.paths.primary;
  const bytes = packet.answered + padded(asconfAckLength(chunk));
  // RFC 5061 §5.2 E7: what does not fit the one response packet is asked for again, and is in the cache then.
  if (packet.answered > 0 && HEADER_LENGTH + bytes > packetSize) return;
  packet.answered = bytes;
  // RFC 5061 §5.3 F1, F4: not from an address that is being added or deleted, where there is another.
  const source = mayAnswerFrom(tcb, packet.destination)
    ? packet.destination
    : (localSources(tcb).find((address) => canReach(address, packet.source)) ?? packet.destination);
  tcb.control.push({ chunk, destination: packet.source, source, udpPort: packet.sourcePort });
}

/** The answers to the requests of one ASCONF, as they come about. */
interface Responses {
  readonly tcb: Tcb;
  readonly packet: PacketContext;
  /** A failure was reported: what succeeds from then on must say so (RFC 5061 §5.1 A7). */
  hasFailed: boolean;
  /** RFC 5061 §5.3 F11: an addition or deletion failed, so those behind it fail. */
  isRefusing: boolean;
  /** Bytes left for failures in a packet, when each request has the room of a success. */
  room: number;
}

const SUCCESS_LENGTH = 8;

/** RFC 5061 §5.2 E4. */
function respond(tcb: Tcb, chunk: AsconfChunk, packet: PacketContext): AsconfAckChunk {
  const { packetSize } = tcb.paths.get(packet.source) ?? tcb.paths.primary;
  const fixed = HEADER_LENGTH + asconfAckLength({ type: "ASCONF-ACK", serial: chunk.serial, parameters: [] });
  const signature = tcb.authentication?.overhead(ChunkType.ASCONF_ACK) ?? 0;
  const room = packetSize - fixed - signature - SUCCESS_LENGTH * chunk.parameters.length;
  const responses: Responses = { tcb, packet, hasFailed: false, isRefusing: false, room };
  const parameters: AsconfParameter[] = [];
  const before = [...tcb.paths.all];
  // RFC 5061 §5.2 V1: "The TLVs MUST be processed in order within the Chunk".
  for (const request of chunk.parameters) {
    if (request.type === "UNKNOWN" && isOutOfPlace(request)) continue;
    // RFC 5061 §4.2, Table 4: these answer, and ask nothing: ignored.
    if (request.type === "SUCCESS-INDICATION" || request.type === "ERROR-CAUSE-INDICATION") continue;
    const cause = handle(responses, request);
    const action = request.type === "UNKNOWN" ? parameterAction(request.typeCode) : undefined;
    if (action?.report !== false) addResponse(responses, parameters, request, cause);
    if (action?.stop === true) break;
  }
  const { all } = tcb.paths;
  if (all.length !== before.length || all.some((path, index) => path !== before[index])) {
    tcb.surroundings.pathsChanged();
  }
  // RFC 5061 §5.2 V5, §4.1.2: the Sequence Number is "copied from the received ASCONF Chunk".
  return { type: "ASCONF-ACK", serial: chunk.serial, parameters };
}

/**
 * RFC 5061 §5.2 V3, §4.2.1: the Correlation ID is copied, and "the receiver MUST NOT change this 32-bit
 * value".
 */
function addResponse(
  responses: Responses,
  parameters: AsconfParameter[],
  request: AsconfParameter,
  cause: Cause | undefined,
): void {
  const correlationId = correlationIdOf(request);
  if (cause === undefined) {
    if (responses.hasFailed) parameters.push({ type: "SUCCESS-INDICATION", correlationId });
    return;
  }
  const response: AsconfParameter = { type: "ERROR-CAUSE-INDICATION", correlationId, causes: [cause] };
  // RFC 5061 §5.1.1 C5: no larger than the PMTU. Behind a failure, what has no response has failed (§5.1 A7).
  responses.room -= padded(asconfParametersLength([response])) - SUCCESS_LENGTH;
  if (responses.hasFailed && responses.room < 0) return;
  parameters.push(response);
  responses.hasFailed = true;
}

/**
 * RFC 5061 §4.2.6: "if it is received in another chunk, it MUST be ignored"; so is the other one of INIT
 * alone.
 */
function isOutOfPlace({ typeCode }: UnknownParameter): boolean {
  return (
    typeCode === ParameterType.ADAPTATION_LAYER_INDICATION || typeCode === ParameterType.FORWARD_TSN_SUPPORTED
  );
}

function correlationIdOf(request: AsconfParameter): number {
  if (request.type !== "UNKNOWN") return request.correlationId;
  return request.bytes.length >= 8 ? readU32(request.bytes, 4) : 0;
}

type Request = Exclude<AsconfParameter, { readonly type: "SUCCESS-INDICATION" | "ERROR-CAUSE-INDICATION" }>;

/** Does what is asked; the cause says why not. */
function handle(responses: Responses, request: Request): Cause | undefined {
  switch (request.type) {
    case "SET-PRIMARY-ADDRESS":
      return setPrimary(responses, request);
    case "ADD-IP-ADDRESS":
    case "DELETE-IP-ADDRESS": {
      // RFC 5061 §5.3 F11: "once a receiver begins failing any ADD or DELETE request, it must fail all
      // subsequent" ones.
      const cause = responses.isRefusing
        ? shortage(request)
        : request.type === "ADD-IP-ADDRESS"
          ? add(responses, request)
          : remove(responses, request);
      responses.isRefusing ||= cause !== undefined;
      return cause;
    }
    case "UNKNOWN": {
      const { typeCode } = request;
      responses.isRefusing ||=
        typeCode === ParameterType.ADD_IP_ADDRESS || typeCode === ParameterType.DELETE_IP_ADDRESS;
      // RFC 5061 §5.2 V2: "Cause Type 8 should be used".
      return { type: "UNRECOGNIZED-PARAMETERS", bytes: asconfParameterToBytes(request) };
    }
  }
}

/**
 * RFC 5061 §4.2.1, §4.2.4: the wildcard is the source of the packet. A link-local address is one of its link.
 */
function addressOf(
  { address: { address } }: { readonly address: { readonly address: IpAddress } },
  packet: PacketContext,
) {
  if (isWildcard(address)) return packet.source;
  const zone = zoneOf(packet.source);
  return zone === undefined ? address : withZone(address, zone);
}

function isWildcard(address: IpAddress): boolean {
  return address === "0.0.0.0" || address === "::";
}

function add({ tcb, packet }: Responses, request: AddIpAddressParameter): Cause | undefined {
  const destination = addressOf(request, packet);
  if (tcb.paths.get(destination) !== undefined) return undefined;
  // RFC 5061 §4.2.1: it "MUST NOT contain a broadcast or multicast address".
  if (!isUsablePeer(destination)) return unusable(request);
  // An address that means something else here than there would make us send to ourselves, or to a neighbour.
  if (!isKnownTo(packet.source, destination)) return unauthorized(request);
  // RFC 5061 §5.3 F9: no "local resources to add this new address".
  if (tcb.paths.all.length >= MAX_PEER_ADDRESSES) return shortage(request);
  const isSource = destination === packet.source;
  const known = tcb.paths.get(packet.source) ?? tcb.paths.primary;
  const path = addPath(tcb, {
    destination,
    udpPort: isSource ? packet.sourcePort : known.udpPort,
    // RFC 5061 §5.3 F1, F14: "MUST be put into the UNCONFIRMED state and MUST have path verification
    // performed".
    confirmed: false,
    ...(isSource && mayAnswerFrom(tcb, packet.destination) ? { source: packet.destination } : {}),
  });
  if (path === undefined) return unusable(request);
  scheduleHeartbeat(tcb, path, packet.now);
  return undefined;
}

function remove({ tcb, packet }: Responses, request: DeleteIpAddressParameter): Cause | undefined {
  const { paths } = tcb;
  if (isWildcard(request.address.address)) {
    // RFC 5061 §4.2.2: "all addresses of the peer except the source address of the packet MUST be deleted".
    if (paths.get(packet.source) === undefined) return lastAddress(request);
    for (const path of [...paths.all]) if (path.destination !== packet.source) removePath(tcb, path);
    return undefined;
  }
  const destination = addressOf(request, packet);
  const path = paths.get(destination);
  if (path === undefined) return unusable(request);
  // RFC 5061 §5.3 F7: the last one is not deleted, and F8: that is said before the next.
  if (paths.all.length === 1) return lastAddress(request);
  // RFC 5061 §5.3 F8: nor the source of the packet.
  if (destination === packet.source) {
    return { type: "REQUEST-TO-DELETE-SOURCE-ADDRESS", parameter: asconfParameterToBytes(request) };
  }
  // RFC 5061 §5.3 F13: "the endpoint MUST consider the address no longer part of the association".
  removePath(tcb, path);
  return undefined;
}

function setPrimary({ tcb, packet }: Responses, request: SetPrimaryAddressParameter): Cause | undefined {
  const path = tcb.paths.get(addressOf(request, packet));
  // RFC 5061 §5.4: one "that does not exist, the receiver SHOULD NOT honor", "leaving its existing primary
  // address".
  if (path === undefined) return unusable(request);
  preferPath(tcb, path.destination);
  return undefined;
}

/**
 * RFC 5061 §5.4: "an option the receiver SHOULD perform"; an unconfirmed one when it is confirmed (§5.3 F1).
 */
export function preferPath(tcb: Tcb, destination: IpAddress): void {
  const path = tcb.paths.get(destination);
  if (path === undefined || tcb.asconf === undefined) return;
  tcb.asconf.primaryOnceConfirmed = path.confirmed ? undefined : destination;
  if (path.confirmed) tcb.failover.setPrimary(path);
}

/** A path of the peer is confirmed, which may have been waited for. */
export function onPathConfirmed(tcb: Tcb, destination: IpAddress): void {
  if (tcb.asconf?.primaryOnceConfirmed === destination) preferPath(tcb, destination);
}

function lastAddress(request: DeleteIpAddressParameter): Cause {
  return { type: "REQUEST-TO-DELETE-LAST-ADDRESS", parameter: asconfParameterToBytes(request) };
}

function shortage(request: AddIpAddressParameter | DeleteIpAddressParameter): Cause {
  return { type: "OPERATION-REFUSED-RESOURCE-SHORTAGE", parameter: asconfParameterToBytes(request) };
}

/** RFC 5061 §4.3.5: "to reject a request based on local security policies". */
function unauthorized(request: AddIpAddressParameter): Cause {
  return { type: "REQUEST-REFUSED-NO-AUTHORIZATION", parameter: asconfParameterToBytes(request) };
}

/**
 * The RFC names no cause for an address that is none, that we cannot send to, or that the association has
 * not.
 */
function unusable(request: Request): Cause {
  const bytes = asconfParameterToBytes(request);
  return { type: "UNRESOLVABLE-ADDRESS", parameter: bytes.subarray(8) };
}
