import type { IpAddress } from "../base/address.ts";
import { isStrandedWithout } from "./asconf/sources.ts";
import type { AssociationConfig } from "./config.ts";
import type { AssociationHandle, PathStatus } from "./events.ts";
import type { Abandoned } from "./send/reliability/abandoned-counters.ts";
import type { PolicyName } from "./send/reliability/policy.ts";
import type { StateName } from "./state.ts";
import type { AssociationStatistics } from "./statistics.ts";
import type { Tcb } from "./tcb.ts";
import { fragmentationPoint } from "./transmission.ts";

/** What the user of an association may ask of it; nothing here changes it. */
export abstract class AssociationQuestions implements AssociationHandle {
  abstract readonly id: number;
  /** @internal */
  protected readonly tcb: Tcb;

  /** @internal */
  constructor(createTcb: (handle: AssociationHandle) => Tcb) {
    this.tcb = createTcb(this);
  }

  /** The state of RFC 9260 §4. */
  get state(): StateName {
    return this.tcb.state.name;
  }

  /** SCTP ports. */
  get localPort(): number {
    return this.tcb.localPort;
  }

  get peerPort(): number {
    return this.tcb.peerPort;
  }

  /** Verification tags (RFC 9260 §8.5): the one that we chose, and the peer's (0 while unknown). */
  get localTag(): number {
    return this.tcb.localTag;
  }

  get peerTag(): number {
    return this.tcb.peerTag;
  }

  /** Streams negotiated (asked for, before the handshake has ended). */
  get outboundStreams(): number {
    return this.tcb.outboundStreams;
  }

  get inboundStreams(): number {
    return this.tcb.inboundStreams;
  }

  /** Messages are interleaved: both sides have I-DATA (RFC 8260 §2.2.1). */
  get interleaves(): boolean {
    return this.tcb.extensions.interleaving;
  }

  /** Our addresses, as the peer knows them or is being told (RFC 5061); without that, all of the endpoint. */
  get localAddresses(): readonly IpAddress[] {
    const { asconf, surroundings } = this.tcb;
    const open = surroundings.endpointAddresses;
    return asconf === undefined ? open : open.filter((address) => asconf.wanted.has(address));
  }

  /** Both sides reconfigure addresses (RFC 5061). */
  get reconfiguresAddresses(): boolean {
    return this.tcb.asconf !== undefined;
  }

  /** The peer's Adaptation Layer Indication, 32 bits; undefined when it has sent none (RFC 5061 §4.2.6). */
  get peerAdaptation(): number | undefined {
    return this.tcb.peerAdaptation;
  }

  /** Both sides have partial reliability (RFC 3758 §3.3.2, §3.3.3, and §4.2, "forward tsn supported"). */
  get isPartiallyReliable(): boolean {
    return this.tcb.extensions.partialReliability;
  }

  /**
   * Messages given up while both sides have partial reliability: by one policy or all, on one outbound stream or all
   * (RFC 7496 §4.3, §4.4).
   */
  abandoned(policy?: PolicyName, stream?: number): Abandoned {
    return this.tcb.abandoned?.sum(policy, stream) ?? { unsent: 0, sent: 0 };
  }

  /** Both sides have stream reconfiguration (RFC 6525). */
  get canReconfigure(): boolean {
    return this.tcb.reconfig !== undefined;
  }

  get config(): AssociationConfig {
    return this.tcb.config;
  }

  /** Bytes of messages sent and not yet acknowledged. */
  get bufferedBytes(): number {
    return this.tcb.queue.bytes + this.tcb.outstanding.bytes;
  }

  /** DATA chunks sent and not yet acknowledged. */
  get outstandingChunks(): number {
    return this.tcb.outstanding.length;
  }

  /** Bytes received and not yet read. */
  get unreadBytes(): number {
    return this.tcb.delivery.unread;
  }

  /** How many times receive() would return something now: messages, and parts of messages. */
  get unreadMessages(): number {
    return this.tcb.delivery.readable;
  }

  /** The last TSN received in sequence (RFC 9260 §3.3.4: Cumulative TSN Ack). */
  get cumulativeTsn(): number {
    return this.tcb.tracker.cumulative;
  }

  /** Bytes of user data in the largest chunk that a new message would be cut to (RFC 9260 §6.9). */
  get fragmentationPoint(): number {
    return fragmentationPoint(this.tcb);
  }

  /** Our window as the peer was told it last, bytes (a_rwnd, RFC 9260 §6.2). */
  get advertisedWindow(): number {
    return this.tcb.delivery.advertised;
  }

  /** The peer's window as its last SACK had it, bytes (RFC 9260 §6.2.1). */
  get peerWindow(): number {
    return this.tcb.peerWindow;
  }

  /** Bytes of user data that are taken to be on their way to the peer. */
  get bytesInFlight(): number {
    return this.tcb.outstanding.payloadInFlight;
  }

  /** Whether both sides authenticate chunks (RFC 4895). */
  get authenticates(): boolean {
    return this.tcb.authentication?.isAgreed ?? false;
  }

  /** Types of chunks that we require to be authenticated (RFC 6458 §8.2.4); none where authentication is off. */
  get localAuthChunks(): readonly number[] {
    return this.tcb.authentication?.requiredChunks ?? [];
  }

  /** Types of chunks that the peer requires to be authenticated (RFC 6458 §8.2.3). */
  get peerAuthChunks(): readonly number[] {
    return this.tcb.authentication?.peerChunks ?? [];
  }

  /** Whether the peer would know no address of ours any more, and not be told of another. */
  isStrandedWithout(removed: readonly IpAddress[]): boolean {
    return isStrandedWithout(this.tcb, removed);
  }

  /** RFC 9260 §11.1.8, STATUS. */
  get paths(): readonly PathStatus[] {
    const { paths } = this.tcb;
    return paths.all.map((path) => path.status(path === paths.primary));
  }

  /** Counters so far; a copy. */
  get statistics(): Readonly<AssociationStatistics> {
    return { ...this.tcb.statistics };
  }
}
