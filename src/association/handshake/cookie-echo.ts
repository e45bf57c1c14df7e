import { answer } from "../answer.ts";
import { preferPath } from "../asconf/respond.ts";
import { authenticationOf } from "../auth/authentication-config.ts";
import { signerOfCookie } from "../auth/cookie-echo.ts";
import type { PacketContext } from "../handlers/packet-context.ts";
import { addPath, adoptPeer, enterEstablished, reportReadable, reportRoom, restart } from "../lifecycle.ts";
import type { Tcb } from "../tcb.ts";
import { resolveCookie } from "./collision.ts";
import type { Secrets } from "./secrets.ts";
import { type CookieContents, openCookie } from "./state-cookie.ts";

/** What a COOKIE ECHO is worth; its signature and ports have been checked, except for `invalid`. */
export type CookieVerdict =
  | { readonly kind: "invalid" }
  /** `staleness`: µs since it expired. */
  | { readonly kind: "stale"; readonly contents: CookieContents; readonly staleness: number }
  | { readonly kind: "valid"; readonly contents: CookieContents };

export interface CookieRequest {
  readonly now: number;
  readonly cookie: Uint8Array;
  readonly localPort: number;
  readonly peerPort: number;
  readonly verificationTag: number;
  readonly secrets: Secrets;
}

const MICROSECONDS = 1_000;
const MAX_STALENESS = 0xffff_ffff;

/** RFC 9260 §5.1.5, steps 1 to 4. */
export function judgeCookie(request: CookieRequest): CookieVerdict {
  const contents = openCookie(request.secrets, request.now, request.cookie);
  // "If this comparison fails, the SCTP packet ... MUST be silently discarded."
  if (contents === undefined) return { kind: "invalid" };
  // "Compare the port numbers and the Verification Tag ... If these values do not match, ... silently discarded."
  if (
    contents.localPort !== request.localPort ||
    contents.peerPort !== request.peerPort ||
    contents.localTag !== request.verificationTag
  ) {
    return { kind: "invalid" };
  }
  const expired = request.now - contents.createdAt - contents.lifetime;
  // RFC 9260 §3.3.10.3: the Measure of Staleness is in µs, "rounded up", and has 32 bits.
  if (expired > 0) {
    const staleness = Math.min(Math.ceil(expired * MICROSECONDS), MAX_STALENESS);
    return { kind: "stale", contents, staleness };
  }
  return { kind: "valid", contents };
}

/** Takes the TCB out of the cookie (RFC 9260 §5.1.5, 5). The caller has made the association, with the cookie's tags. */
export function establishFromCookie(tcb: Tcb, contents: CookieContents, packet: PacketContext): void {
  adoptFromCookie(tcb, contents);
  for (const destination of contents.peerAddresses) {
    const isSource = destination === contents.peerAddresses[0];
    addPath(tcb, {
      destination,
      udpPort: packet.sourcePort,
      // RFC 9260 §5.4, 2: "the only CONFIRMED address is the address to which the packet containing the INIT ACK
      // chunk was sent".
      confirmed: isSource,
      ...(isSource ? { source: contents.localAddress } : {}),
    });
  }
  if (contents.preferredAddress !== undefined) preferPath(tcb, contents.preferredAddress);
  tcb.surroundings.pathsChanged();
  enterEstablished(tcb, packet.now);
  acknowledgeCookie(tcb, packet);
}

/**
 * A COOKIE ECHO that meets its association (RFC 9260 §5.2.4). Returns false when the packet goes no further.
 */
export function onCookieEchoForTcb(tcb: Tcb, contents: CookieContents, packet: PacketContext): boolean {
  // The user has not decided yet: the COOKIE ACK that waits for that answers this one, too.
  if (!tcb.accepted) return false;
  const action = resolveCookie(contents, {
    localTag: tcb.localTag,
    peerTag: tcb.peerTag,
    localTieTag: tcb.localTieTag,
    peerTieTag: tcb.peerTieTag,
  });
  const isForming = tcb.state.name === "cookie-wait" || tcb.state.name === "cookie-echoed";
  switch (action) {
    case "restart":
      return onRestart(tcb, contents, packet);
    case "adopt":
      // RFC 9260 §5.2.4 B: "MUST update its peer's Verification Tag from the State Cookie, stop any T1-init or T1-cookie timers".
      if (isForming) {
        adoptFromCookie(tcb, contents);
        confirmSource(tcb, contents, packet);
        enterEstablished(tcb, packet.now);
      } else {
        tcb.peerTag = contents.peerTag;
        // RFC 4895 §6.1: the Random Number goes with the Verification Tag.
        if (contents.keyVectors !== undefined) {
          tcb.authentication?.adopt(contents.keyVectors, tcb.extensions.interleaving);
        }
      }
      break;
    case "acknowledge":
      // RFC 9260 §5.2.4 D: "SHOULD enter the ESTABLISHED state if it is in the COOKIE-ECHOED state".
      if (tcb.state.name === "cookie-echoed") enterEstablished(tcb, packet.now);
      break;
    case "discard":
      return false;
  }
  acknowledgeCookie(tcb, packet);
  return true;
}

function onRestart(tcb: Tcb, contents: CookieContents, packet: PacketContext): boolean {
  if (tcb.state.name === "shutdown-ack-sent") {
    // RFC 9260 §5.2.4 A: "MUST NOT set up a new association but instead resend the SHUTDOWN ACK chunk and send an
    // ERROR chunk with a 'Cookie Received While Shutting Down' error cause".
    tcb.state.due = true;
    tcb.surroundings.send({
      localPort: tcb.localPort,
      peerPort: tcb.peerPort,
      verificationTag: contents.peerTag,
      chunks: [{ type: "SHUTDOWN-ACK" }, { type: "ERROR", causes: [{ type: "COOKIE-WHILE-SHUTTING-DOWN" }] }],
      source: packet.destination,
      destination: packet.source,
      udpPort: packet.sourcePort,
      signer: signerOfCookie({
        environment: tcb.surroundings.environment,
        config: authenticationOf(tcb.config),
        existing: tcb.authentication,
        contents,
      }),
    });
    return false;
  }
  const buffered = tcb.queue.bytes + tcb.outstanding.bytes;
  restart(tcb, contents.localTag, contents.localInitialTsn);
  adoptFromCookie(tcb, contents);
  for (const path of [...tcb.paths.all]) {
    if (!contents.peerAddresses.includes(path.destination)) tcb.paths.remove(path);
    else path.confirmed = false;
    path.udpPort = packet.sourcePort;
  }
  confirmSource(tcb, contents, packet);
  enterEstablished(tcb, packet.now, "restarted");
  reportRoom(tcb, buffered);
  // What was held back behind a message in parts can be read now.
  reportReadable(tcb);
  tcb.surroundings.pathsChanged();
  acknowledgeCookie(tcb, packet);
  return true;
}

/** RFC 9260 §5.4, 2, for an association that is there already. */
function confirmSource(tcb: Tcb, contents: CookieContents, packet: PacketContext): void {
  for (const destination of contents.peerAddresses) {
    if (tcb.paths.get(destination) !== undefined) continue;
    addPath(tcb, { destination, udpPort: packet.sourcePort, confirmed: false });
  }
  const source = contents.peerAddresses[0];
  const path = source === undefined ? undefined : tcb.paths.get(source);
  if (path === undefined) return;
  path.confirmed = true;
  path.udpPort = packet.sourcePort;
  if (!tcb.paths.primary.confirmed) tcb.failover.setPrimary(path);
  if (contents.preferredAddress !== undefined) preferPath(tcb, contents.preferredAddress);
  tcb.surroundings.pathsChanged();
}

function adoptFromCookie(tcb: Tcb, contents: CookieContents): void {
  adoptPeer(tcb, {
    tag: contents.peerTag,
    initialTsn: contents.peerInitialTsn,
    window: contents.peerWindow,
    outboundStreams: contents.outboundStreams,
    inboundStreams: contents.inboundStreams,
    extensions: contents.extensions,
    adaptation: contents.adaptation,
    keyVectors: contents.keyVectors,
  });
}

/** RFC 9260 §5.1.5, 6. */
function acknowledgeCookie(tcb: Tcb, packet: PacketContext): void {
  answer(tcb, packet, { type: "COOKIE-ACK" });
}
