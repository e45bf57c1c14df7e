import type { InboundPacket } from "../association/association.ts";
import { authenticationOf } from "../association/auth/authentication-config.ts";
import { judgeCookieEcho, signerOfCookie } from "../association/auth/cookie-echo.ts";
import { judgeCookie } from "../association/handshake/cookie-echo.ts";
import { answerInit, type Reply, type ReplyWay } from "../association/handshake/init.ts";
import { Secrets } from "../association/handshake/secrets.ts";
import type { CookieContents } from "../association/handshake/state-cookie.ts";
import type { StatelessPacket } from "../association/tcb.ts";
import { isUsablePeer } from "../base/address.ts";
import { readChecksum } from "../base/crc32c.ts";
import type { Environment } from "../base/environment.ts";
import { RateLimit } from "../base/rate-limit.ts";
import type { Cause } from "../packet/causes/cause.ts";
import type { InitChunk } from "../packet/chunks/init.ts";
import { destinationPort, HEADER_LENGTH, hasChunk, sourcePort, verificationTag } from "../packet/packet.ts";
import { ChunkType } from "../packet/registry.ts";
import type { Datagram } from "./datagram.ts";
import { type Classified, classify, cookieEchoAt, type DropReason } from "./demultiplex.ts";
import type { Association, Endpoint } from "./endpoint.ts";
import { defaultLimits, type StackOptions } from "./options.ts";
import { answerOutOfTheBlue } from "./out-of-the-blue.ts";
import type { Registry } from "./registry.ts";

/** Addresses of an INIT that are looked up for an association that exists. */
const MAX_ADDRESSES_LOOKED_AT = 32;

type Answer = Reply & Partial<ReplyWay> & Pick<StatelessPacket, "signer">;
type Packet<Kind> = Extract<Classified, { readonly kind: Kind }>;

/** Finds who a datagram is for (docs/addresses.md, 13), and answers what is for nobody. */
export class Inbound {
  readonly #registry: Registry;
  readonly #environment: Environment;
  readonly #secrets: Secrets;
  readonly #options: StackOptions;
  readonly #outOfTheBlueReplies: RateLimit = new RateLimit();
  readonly #refusals: RateLimit = new RateLimit();
  readonly #send: (packet: StatelessPacket) => void;
  readonly dropped: Record<DropReason, number> = {
    malformed: 0,
    checksum: 0,
    tag: 0,
    unmatched: 0,
    source: 0,
    cookie: 0,
    authentication: 0,
    limit: 0,
  };

  constructor(registry: Registry, options: StackOptions, send: (packet: StatelessPacket) => void) {
    this.#registry = registry;
    this.#environment = options.environment;
    this.#secrets = new Secrets(options.environment);
    this.#options = options;
    this.#send = send;
  }

  /** Returns the association that took the datagram, if one did. */
  handle(now: number, datagram: Datagram): Association | undefined {
    const packet = classify(datagram.bytes, this.#isGuarded(datagram));
    switch (packet.kind) {
      case "ordinary":
      case "init-ack":
        return this.#handleOrdinary(now, datagram, packet);
      case "init":
        this.#handleInit(now, datagram, packet.init);
        return undefined;
      case "cookie-echo":
        return this.#handleCookieEcho(now, datagram, packet);
      case "reflected":
        return this.#handleReflected(now, datagram, packet);
      case "dropped":
        this.dropped[packet.reason] += 1;
        return undefined;
    }
  }

  /**
   * RFC 9653 §5.3: a packet whose checksum is 0 is taken as it is by an association that has said so. Where none is
   * found by the tag (INIT, and what is out of the blue) it needs one, and so does a COOKIE ECHO (§5.2, 2).
   */
  #isGuarded({ bytes, source, destination }: Datagram): boolean {
    if (bytes.length < HEADER_LENGTH || readChecksum(bytes) !== 0) return false;
    if (cookieEchoAt(bytes) !== undefined) return false;
    const tag = verificationTag(bytes);
    const association = this.#registry.tags.get(tag);
    if (association !== undefined) return association.takesZeroChecksum;
    // RFC 9260 §8.5.1 B, C: with the T bit the tag is the peer's.
    const endpoints = this.#registry.endpoints.at(destinationPort(bytes), destination);
    for (const each of this.#registry.peers.findAll(endpoints, sourcePort(bytes), source)) {
      if (each.peerTag === tag && each.peerTag !== 0) return each.takesZeroChecksum;
    }
    return false;
  }

  #handleOrdinary(
    now: number,
    datagram: Datagram,
    packet: Packet<"ordinary" | "init-ack">,
  ): Association | undefined {
    const association = this.#registry.tags.get(packet.tag);
    const { bytes } = datagram;
    if (
      association === undefined ||
      association.localPort !== destinationPort(bytes) ||
      association.peerPort !== sourcePort(bytes)
    ) {
      if (!this.#hasWrongTag(datagram)) return this.#answerOutOfTheBlue(now, datagram);
      this.dropped.tag += 1;
      return undefined;
    }
    // RFC 9260 §5.1.2 C: an INIT ACK may come from an address that we did not ask. No other packet may.
    const fromAnywhere = packet.kind === "init-ack" && association.state === "cookie-wait";
    // RFC 5061 §5.2 D1 to D3: the source first, then the Address Parameter of an ASCONF.
    const isKnown = association.udpPortOf(datagram.source) !== undefined;
    if (!fromAnywhere && !isKnown && !(isUsablePeer(datagram.source) && association.namesItself(bytes))) {
      this.dropped.source += 1;
      return undefined;
    }
    // RFC 9260 §8.5.1 E, §9.2: a SHUTDOWN ACK in COOKIE-WAIT or COOKIE-ECHOED is out of the blue; §8.4, 5: wherever it
    // stands in its packet.
    if (association.isForming && hasChunk(bytes, ChunkType.SHUTDOWN_ACK)) {
      return this.#answerOutOfTheBlue(now, datagram);
    }
    association.handlePacket(now, datagram);
    return association;
  }

  /**
   * Whether a packet whose tag is not ours comes from the peer of an association, ports and UDP port included.
   * RFC 9260 §8.5: then "the receiver MUST silently discard the packet"; it is not out of the blue.
   */
  #hasWrongTag({ bytes, source, sourcePort: udpPort, destination }: Datagram): boolean {
    const endpoints = this.#registry.endpoints.at(destinationPort(bytes), destination);
    for (const association of this.#registry.peers.findAll(endpoints, sourcePort(bytes), source)) {
      if (association.udpPortOf(source) !== udpPort) continue;
      // RFC 9260 §8.5.1 E, §9.2: in COOKIE-WAIT or COOKIE-ECHOED a SHUTDOWN ACK is out of the blue.
      if (!association.isForming || !hasChunk(bytes, ChunkType.SHUTDOWN_ACK)) return true;
    }
    return false;
  }

  #handleInit(now: number, datagram: Datagram, init: InitChunk): void {
    const { bytes, source, destination } = datagram;
    // RFC 9260 §8.4, 1: what comes from a non-unicast address is silently discarded.
    if (!isUsablePeer(source)) {
      this.dropped.source += 1;
      return;
    }
    const endpoints = this.#registry.endpoints.at(destinationPort(bytes), destination);
    const existing = this.#findForInit(now, endpoints, datagram, init);
    if (existing?.state === "shutdown-ack-sent") {
      // RFC 9260 §9.2: "it SHOULD discard the INIT chunk and retransmit the SHUTDOWN ACK chunk".
      existing.repeatShutdownAck();
      return;
    }
    const endpoint = existing?.endpoint ?? listenerOf(endpoints);
    if (endpoint === undefined) {
      this.#refuseInit(now, datagram, init);
      return;
    }
    // RFC 9260 §5.1 B, §5.1.2: the INIT ACK "MUST be sent to the source address of the packet containing the INIT chunk".
    const back = { source: destination, destination: source, udpPort: datagram.sourcePort };
    const way = existing === undefined ? back : existing.wayOfInitAck(init, back);
    if (way === undefined) {
      this.dropped.source += 1;
      return;
    }
    const config = existing?.config ?? this.#registry.configFor(endpoint.config, source);
    const reply = answerInit({
      now,
      init,
      source,
      way,
      localPort: endpoint.port,
      peerPort: sourcePort(bytes),
      localAddresses: this.#registry.usable(config.nat ? [way.source] : endpoint.addresses),
      config,
      existing: existing?.describeForInit(),
      environment: this.#environment,
      secrets: this.#secrets,
      freshTag: () => this.#registry.tags.fresh(),
    });
    // RFC 9260 §5.2.2: after it "the endpoint MUST take no further actions": the association was asked, not changed.
    if (reply === undefined) return;
    if (reply.chunks[0]?.type === "INIT-ACK") this.#reply(datagram, { ...way, ...reply });
    else this.#refuse(now, datagram, { ...way, ...reply });
  }

  /**
   * The association that an INIT belongs to (RFC 9260 §5.1.2 D: by "any of the valid address parameters").
   *
   * Deviation: where the addresses agree and the UDP port does not, the INIT may be of a neighbour behind the same
   * NAT. It is then answered as a new one, without Tie-Tags, and the old association is heartbeated: if its peer is
   * gone, that is found out. (One of them an INIT, if silent for an RTO: who sends INITs shall not make us send more.)
   * An association that is still forming has no proven port, so it takes the INIT.
   */
  #findForInit(
    now: number,
    endpoints: readonly Endpoint[],
    datagram: Datagram,
    init: InitChunk,
  ): Association | undefined {
    let hasProbed = false;
    const peerPort = sourcePort(datagram.bytes);
    const addresses = [datagram.source];
    for (const parameter of init.parameters) {
      if (parameter.type === "IPV4-ADDRESS" || parameter.type === "IPV6-ADDRESS")
        addresses.push(parameter.address);
    }
    for (const address of addresses.slice(0, MAX_ADDRESSES_LOOKED_AT)) {
      for (const association of this.#registry.peers.findAll(endpoints, peerPort, address)) {
        if (association.isForming || association.udpPortOf(address) === datagram.sourcePort)
          return association;
        if (!hasProbed) hasProbed = association.probeIfSilent(now, address);
      }
    }
    return undefined;
  }

  /** RFC 9260 §8.4, 3: the ABORT has the Initiate Tag, and the T bit is 0. */
  #refuseInit(now: number, datagram: Datagram, init: InitChunk): void {
    this.dropped.unmatched += 1;
    if (init.initiateTag === 0) return;
    this.#refuse(now, datagram, {
      verificationTag: init.initiateTag,
      chunks: [{ type: "ABORT", tBit: false, causes: [] }],
    });
  }

  #handleCookieEcho(now: number, datagram: Datagram, packet: Packet<"cookie-echo">): Association | undefined {
    const { bytes, destination } = datagram;
    const localPort = destinationPort(bytes);
    const verdict = judgeCookie({
      now,
      cookie: packet.cookie,
      localPort,
      peerPort: sourcePort(bytes),
      verificationTag: packet.tag,
      secrets: this.#secrets,
    });
    // RFC 9260 §8.4, 4: a COOKIE ECHO that is the first chunk is "processed as described in Section 5.1"; §4, 1: an
    // invalid cookie is silently discarded.
    // The cookie proves the addresses in it; a packet from another one is somebody else's.
    if (verdict.kind === "invalid" || !verdict.contents.peerAddresses.includes(datagram.source)) {
      this.dropped.cookie += 1;
      return undefined;
    }
    const { contents } = verdict;
    const endpoints = this.#registry.endpoints.at(localPort, destination);
    if (endpoints.length === 0) {
      this.dropped.unmatched += 1;
      this.#refuseCookie(now, datagram, contents, []);
      return undefined;
    }
    const existing = this.#findForCookie(endpoints, datagram, contents);
    const config = existing?.config ?? listenerOf(endpoints)?.config;
    const parties = {
      environment: this.#environment,
      config: config && authenticationOf(config),
      existing: existing?.authentication,
      contents,
    };
    const isForming = existing?.isForming === true;
    const proof = judgeCookieEcho({ ...parties, isForming, bytes, authAt: packet.authAt });
    if (proof.kind === "refused" || proof.kind === "unsupported-hmac") {
      this.dropped.authentication += 1;
      if (proof.kind === "unsupported-hmac") {
        // RFC 4895 §6.3: "an ERROR chunk SHOULD be sent".
        const causes = [{ type: "UNSUPPORTED-HMAC", hmacId: proof.hmacId }] as const;
        this.#refuse(now, datagram, {
          verificationTag: contents.peerTag,
          chunks: [{ type: "ERROR", causes }],
          signer: signerOfCookie(parties),
        });
      }
      return undefined;
    }
    if (verdict.kind === "stale" && existing?.ownsCookie(contents) !== true) {
      // RFC 9260 §5.1.5, 4 and §4, 1: "MUST transmit an ERROR chunk with a 'Stale Cookie' error cause".
      this.#refuse(now, datagram, {
        verificationTag: contents.peerTag,
        chunks: [{ type: "ERROR", causes: [{ type: "STALE-COOKIE", staleness: verdict.staleness }] }],
        signer: signerOfCookie(parties),
      });
      return undefined;
    }
    const association =
      existing === undefined
        ? this.#createFromCookie(now, endpoints, contents, datagram)
        : this.#resolveForExisting(now, existing, contents, datagram);
    // RFC 9260 §5.1.5, 7: DATA behind the COOKIE ECHO is taken, and acknowledged.
    // RFC 4895 §6.3: "the COOKIE-ECHO and all the chunks after the COOKIE-ECHO MUST be processed".
    association?.handlePacket(now, datagram, packet.end, proof.kind === "valid");
    return association;
  }

  #findForCookie(
    endpoints: readonly Endpoint[],
    datagram: Datagram,
    contents: CookieContents,
  ): Association | undefined {
    const byTag = this.#registry.tags.get(contents.localTag);
    if (byTag !== undefined && endpoints.includes(byTag.endpoint)) return byTag;
    for (const address of contents.peerAddresses) {
      for (const association of this.#registry.peers.findAll(endpoints, contents.peerPort, address)) {
        if (association.isForming || association.udpPortOf(address) === datagram.sourcePort)
          return association;
      }
    }
    return undefined;
  }

  #resolveForExisting(
    now: number,
    existing: Association,
    contents: CookieContents,
    packet: InboundPacket,
  ): Association | undefined {
    const before = existing.localTag;
    const goesOn = existing.handleCookieEcho(contents, packet, now);
    if (existing.localTag !== before) this.#registry.retag(existing, before);
    return goesOn ? existing : undefined;
  }

  #createFromCookie(
    now: number,
    endpoints: readonly Endpoint[],
    contents: CookieContents,
    datagram: Datagram,
  ): Association | undefined {
    const registry = this.#registry;
    const endpoint = listenerOf(endpoints);
    // RFC 9260 §12.2.4.3: of the stack, and of each address and SCTP port of the peer: who lists an address is found
    // by it, proven or not.
    const { peerPort, peerAddresses } = contents;
    const isFull = endpoint !== undefined && registry.peers.isFull(endpoint, peerPort, peerAddresses);
    if (registry.isFull || isFull) {
      this.dropped.limit += 1;
      this.#refuseCookie(now, datagram, contents, [{ type: "OUT-OF-RESOURCE" }], endpoint);
      return undefined;
    }
    // A cookie that was good once before is a replay, or a straggler of an association that has ended.
    if (registry.tags.isReserved(now, contents.localTag)) {
      this.dropped.cookie += 1;
      return undefined;
    }
    if (endpoint === undefined) {
      this.dropped.unmatched += 1;
      this.#refuseCookie(now, datagram, contents, []);
      return undefined;
    }
    const [primary] = contents.peerAddresses;
    const config = this.#registry.configFor(endpoint.config, primary ?? datagram.source);
    const association = registry.create(endpoint, {
      peerPort: contents.peerPort,
      config,
      localTag: contents.localTag,
      localInitialTsn: contents.localInitialTsn,
      accepted: !endpoint.deferAccept,
      addresses: config.nat ? [contents.localAddress] : endpoint.addresses,
    });
    association.establish(contents, datagram, now);
    return association;
  }

  /** RFC 9260 §5.1: who does not establish the association "SHOULD respond with an ABORT chunk" and its cause. */
  #refuseCookie(
    now: number,
    datagram: Datagram,
    contents: CookieContents,
    causes: readonly Cause[],
    endpoint?: Endpoint,
  ): void {
    const config = endpoint && authenticationOf(endpoint.config);
    this.#refuse(now, datagram, {
      verificationTag: contents.peerTag,
      chunks: [{ type: "ABORT", tBit: false, causes }],
      signer: signerOfCookie({ environment: this.#environment, config, existing: undefined, contents }),
    });
  }

  #handleReflected(now: number, datagram: Datagram, packet: Packet<"reflected">): Association | undefined {
    const { bytes, source, destination } = datagram;
    const endpoints = this.#registry.endpoints.at(destinationPort(bytes), destination);
    for (const association of this.#registry.peers.findAll(endpoints, sourcePort(bytes), source)) {
      // RFC 9260 §8.5.1 B, C: accepted "if it is set to its Peer's Tag and the T bit is set".
      if (association.peerTag !== packet.tag || association.peerTag === 0) continue;
      association.handleReflected(now, packet.chunk, datagram);
      return association;
    }
    this.dropped.tag += 1;
    return undefined;
  }

  #answerOutOfTheBlue(now: number, datagram: Datagram): undefined {
    this.dropped.unmatched += 1;
    const reply = answerOutOfTheBlue(datagram);
    if (reply === undefined) return;
    const perSecond = this.#options.outOfTheBlueReplies ?? defaultLimits.outOfTheBlueReplies;
    if (this.#outOfTheBlueReplies.take(now, perSecond)) this.#reply(datagram, reply);
    else this.dropped.limit += 1;
  }

  /** Answers an INIT or a COOKIE ECHO with an ABORT or an ERROR, unless there were many of late. */
  #refuse(now: number, datagram: Datagram, reply: Answer): void {
    const perSecond = this.#options.refusals ?? defaultLimits.refusals;
    if (this.#refusals.take(now, perSecond)) this.#reply(datagram, reply);
    else this.dropped.limit += 1;
  }

  /** Answers a packet, from where it came to and to where it came from unless `reply` says otherwise. */
  #reply(datagram: Datagram, reply: Answer): void {
    this.#send({
      localPort: destinationPort(datagram.bytes),
      peerPort: sourcePort(datagram.bytes),
      source: datagram.destination,
      destination: datagram.source,
      udpPort: datagram.sourcePort,
      ...reply,
    });
  }
}

/** RFC 6458 §8.1.27: of endpoints that share a port, "at most one" listens. */
function listenerOf(endpoints: readonly Endpoint[]): Endpoint | undefined {
  return endpoints.find((endpoint) => endpoint.listening);
}
