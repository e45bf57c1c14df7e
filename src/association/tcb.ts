import type { IpAddress } from "../base/address.ts";
import { type Environment, randomU32 } from "../base/environment.ts";
import { asTsn, type Tsn } from "../base/serial.ts";
import type { Chunk } from "../packet/chunks/chunk.ts";
import type { PacketSigner } from "../packet/writer.ts";
import type { Asconf } from "./asconf/asconf.ts";
import { Authentication } from "./auth/authentication.ts";
import { authenticationOf } from "./auth/authentication-config.ts";
import type { AssociationConfig } from "./config.ts";
import { ControlQueue } from "./control-queue.ts";
import type { AssociationEvent, AssociationHandle, PathChange } from "./events.ts";
import { type Extensions, noExtensions } from "./extension/extensions.ts";
import type { TailLossProbe } from "./loss-recovery/tail-loss.ts";
import { Failover } from "./path/failover.ts";
import type { Path } from "./path/path.ts";
import { PathSet } from "./path/path-set.ts";
import { Delivery } from "./receive/delivery.ts";
import { SackPolicy } from "./receive/sack-policy.ts";
import { TsnTracker } from "./receive/tsn-tracker.ts";
import type { Reconfiguration } from "./reconfig/reconfiguration.ts";
import type { Forwarding } from "./reliability/forwarding.ts";
import { FastRecovery } from "./send/fast-recovery.ts";
import { Outstanding } from "./send/outstanding.ts";
import { SendQueue } from "./send/queue.ts";
import type { AbandonedCounters } from "./send/reliability/abandoned-counters.ts";
import type { State } from "./state.ts";
import { type AssociationStatistics, createStatistics } from "./statistics.ts";

/** A packet that is sent without an association keeping anything of it: an ABORT, a SHUTDOWN COMPLETE. */
export interface StatelessPacket {
  readonly localPort: number;
  readonly peerPort: number;
  readonly verificationTag: number;
  readonly chunks: readonly Chunk[];
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly udpPort: number;
  /** Authenticates its chunks, where the peer requires it. */
  readonly signer?: PacketSigner | undefined;
}

/** What an association asks of the stack around it. None of these calls comes back into the association. */
export interface Surroundings {
  readonly environment: Environment;
  /** Local addresses of the endpoint, as it was when the association began, that have a socket now. */
  readonly localAddresses: readonly IpAddress[];
  /** All of them, also those that the peer was not told of (RFC 5061). */
  readonly endpointAddresses: readonly IpAddress[];
  /** MTU of the link of a source towards a destination, bytes of an IP packet. */
  linkMtu(source: IpAddress, destination: IpAddress): number;
  /** Whether an address is one of this machine's own. */
  isOwnAddress(address: IpAddress): boolean;
  emit(event: AssociationEvent): void;
  send(packet: StatelessPacket): void;
  /** The set of paths has changed: packets are found by the peer's addresses, too. */
  pathsChanged(): void;
  /** The association has ended. */
  closed(): void;
}

/** An association's record (RFC 9260 §14.2): its components, and what belongs to none of them. */
export interface Tcb {
  readonly handle: AssociationHandle;
  readonly surroundings: Surroundings;
  config: AssociationConfig;
  state: State;
  readonly localPort: number;
  readonly peerPort: number;
  localTag: number;
  /** 0 until the peer has told it. */
  peerTag: number;
  /** Stand for the tags in cookies of an INIT that meets this association (RFC 9260 §5.2.2). */
  localTieTag: number;
  peerTieTag: number;
  localInitialTsn: Tsn;
  /** Those that both sides have; none until the peer has said. */
  extensions: Extensions;
  /** It has told the peer that packets without a checksum are taken (RFC 9653 §5.3). */
  readonly takesZeroChecksum: boolean;
  /** Undefined where addresses are not reconfigured (RFC 5061). */
  asconf: Asconf | undefined;
  /** The peer's Adaptation Layer Indication (RFC 5061 §4.2.6). */
  peerAdaptation: number | undefined;
  /** Undefined where it is off (RFC 4895). */
  readonly authentication: Authentication | undefined;
  inboundStreams: number;
  outboundStreams: number;
  readonly paths: PathSet;
  readonly failover: Failover;
  queue: SendQueue;
  outstanding: Outstanding;
  readonly recovery: FastRecovery;
  /** When what was passed by others is lost, ms (RFC 8985 §6.3); Infinity: nothing was. */
  reorderingAt: number;
  /** A path is silent, and has been asked about by another one. */
  tailLoss: TailLossProbe | undefined;
  /** Undefined until a message was abandoned (RFC 3758 §3.5). */
  forwarding: Forwarding | undefined;
  /** Undefined until then (RFC 7496 §4.3, §4.4). */
  abandoned: AbandonedCounters | undefined;
  tracker: TsnTracker;
  readonly sack: SackPolicy;
  readonly delivery: Delivery;
  readonly control: ControlQueue;
  readonly statistics: AssociationStatistics;
  /** Undefined where one of both sides does not have RFC 6525. */
  reconfig: Reconfiguration | undefined;
  /** a_rwnd as the peer told it last (RFC 9260 §6.2.1). */
  peerWindow: number;
  /** The largest a_rwnd that it has told. */
  largestPeerWindow: number;
  /** A packet of retransmissions may leave whatever cwnd says (RFC 9260 §6.3.3 E3, §7.2.4 3). */
  retransmitNow: boolean;
  /** Packets of new data that may leave before the next input (Max.Burst, RFC 9260 §6.1 D). */
  burst: number;
  /** When a closed window is probed, ms; Infinity when it is not closed (RFC 9260 §6.1 A). */
  probeAt: number;
  /** When the path is asked whether it works, if the window is still closed then; ms, or Infinity. */
  askAt: number;
  /** One chunk may leave although the window is closed. */
  probeDue: boolean;
  /** What is in flight is the probe of a closed window. */
  probing: boolean;
  /** A SACK has come since it was sent. */
  probeAnswered: boolean;
  /** Probes of unconfirmed addresses since `confirmationsSince` (RFC 9260 §5.4: HB.Max.Burst an RTO). */
  confirmations: number;
  confirmationsSince: number;
  /** When user data was last sent or received, or the association came up; ms (RFC 6458 §8.1.8). */
  lastUseAt: number;
  /** False while the user has not decided whether to take the association: nothing is sent. */
  accepted: boolean;
  /** receive() has told the user "nothing": the next message makes an event. */
  readerWaits: boolean;
  /** send() has told the user to wait: room makes an event. */
  writerWaits: boolean;
}

export interface TcbOptions {
  readonly handle: AssociationHandle;
  readonly surroundings: Surroundings;
  readonly config: AssociationConfig;
  readonly localPort: number;
  readonly peerPort: number;
  readonly localTag: number;
  readonly localInitialTsn: Tsn;
  readonly state: State;
  readonly accepted: boolean;
}

export function createTcb(options: TcbOptions): Tcb {
  const { surroundings, config } = options;
  const authentication = authenticationOf(config);
  const paths = new PathSet();
  const tell = (change: PathChange, path: Path): void =>
    surroundings.emit({
      type: "path",
      association: options.handle,
      change,
      path: path.status(path === paths.primary),
    });
  return {
    ...options,
    peerTag: 0,
    localTieTag: tieTag(surroundings.environment),
    peerTieTag: tieTag(surroundings.environment),
    extensions: noExtensions,
    takesZeroChecksum: config.zeroChecksum,
    asconf: undefined,
    peerAdaptation: undefined,
    authentication: authentication && new Authentication(authentication, surroundings.environment),
    inboundStreams: config.inboundStreams,
    outboundStreams: config.outboundStreams,
    paths,
    failover: new Failover(paths, tell),
    queue: new SendQueue(config),
    outstanding: new Outstanding(options.localInitialTsn),
    recovery: new FastRecovery(),
    reorderingAt: Number.POSITIVE_INFINITY,
    tailLoss: undefined,
    forwarding: undefined,
    abandoned: undefined,
    tracker: new TsnTracker(asTsn(0)),
    sack: new SackPolicy(config),
    delivery: new Delivery(config),
    control: new ControlQueue(),
    statistics: createStatistics(),
    reconfig: undefined,
    peerWindow: 0,
    largestPeerWindow: 0,
    retransmitNow: false,
    burst: 0,
    probeAt: Number.POSITIVE_INFINITY,
    askAt: Number.POSITIVE_INFINITY,
    probeDue: false,
    probing: false,
    probeAnswered: false,
    confirmations: 0,
    confirmationsSince: Number.NEGATIVE_INFINITY,
    lastUseAt: Number.NEGATIVE_INFINITY,
    accepted: options.accepted,
    readerWaits: true,
    writerWaits: false,
  };
}

/** RFC 9260 §5.2.2: "the Tie-Tags [are] populated with a random value other than 0". */
function tieTag(environment: Environment): number {
  return randomU32(environment) || 1;
}

/** Cookies with the Tie-Tags of before match this association no longer. */
export function renewTieTags(tcb: Tcb): void {
  const { environment } = tcb.surroundings;
  tcb.localTieTag = tieTag(environment);
  tcb.peerTieTag = tieTag(environment);
}

/** A new opportunity to send: Max.Burst packets, and one for each packet that has left the network. */
export function allowBurst(tcb: Tcb, packetsAcknowledged: number): void {
  // RFC 9260 §6.1 D says Max.Burst. A SACK may acknowledge many packets at once where acknowledgements are thinned;
  // replacing them, too, is what packet conservation allows, and cwnd still rules.
  tcb.burst = Math.max(tcb.burst, tcb.config.maxBurst) + packetsAcknowledged;
}
