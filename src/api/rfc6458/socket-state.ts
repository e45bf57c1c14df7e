import { type AssociationConfig, defaultConfig } from "../../association/config.ts";
import type { IpAddress } from "../../base/address.ts";
import { Ring } from "../../base/ring.ts";
import type { CaptureTarget, Driver } from "../../driver/index.ts";
import type { Association as Core, StackLimits } from "../../stack/index.ts";
import { AF_INET, type AF_INET6, SCTP_ALL_ASSOC, SCTP_NOTIFICATIONS_STOPPED_EVENT } from "./constants.ts";
import { type Failure, SocketError } from "./errors.ts";
import type { SctpNotification } from "./notifications.ts";
import type { PortListener, SocketPort } from "./port.ts";
import { ReceiveQueue } from "./receive-queue.ts";
import {
  type AssociationSettings,
  initialAssociationSettings,
  initialSocketSettings,
  type SocketSettings,
} from "./settings.ts";
import { type AddressRules, type FullSockAddr, sockAddr } from "./sockaddr.ts";
import { type Owner, SocketAssociation } from "./socket-association.ts";

/**
 * Where a socket lives, which RFC 6458 leaves to the system. The limits among these are of the UDP port, and so of all
 * that share it: who opens it decides; bind() and connect() fail with EINVAL where one is named and is another there.
 * A driver of the caller's has its own.
 */
export interface SocketOptions extends StackLimits {
  /**
   * Local UDP port of the encapsulation (RFC 6951), 0 to 65,535; 0: a free one. Default: 9899 when the socket is bound,
   * a free one when it is not and connects. Sockets of a process may share one.
   */
  readonly udpPort?: number | undefined;
  /** A driver of the caller's, a virtual one for example. Default: the UDP sockets of this process. */
  readonly driver?: Driver | undefined;
  /**
   * A file, which is made or overwritten, or a stream, which is ended with the port: gets every packet of the SCTP port
   * that the socket is bound to, in the pcapng format. Sockets that it accepts and that are peeled off it are of that
   * port, too; so are those that share it by SCTP_REUSE_PORT. It is complete when the last of them is closed and the
   * last association is over. Default: none.
   */
  readonly capture?: CaptureTarget | undefined;
  /**
   * Whether the associations of the socket reconfigure addresses (RFC 5061): bindx() then tells their peers.
   * As the option of `usctp` with this name. Default false.
   */
  readonly addressReconfiguration?: boolean | "unauthenticated" | undefined;
  /** Whether streams can be reset and added (RFC 6525), where the peer can, too. Default true. */
  readonly reconfiguration?: boolean | undefined;
}

/** Notifications of an association that may wait to be read; then they are stopped (RFC 6458 §6.1.10). */
const NOTIFICATION_LIMIT = 4_096;

/** How long lists of addresses may be; each address is a socket. */
export const MAX_ADDRESSES = 1_024;

type Style = "one-to-one" | "one-to-many";

/**
 * What a socket is, behind the calls: its port, associations, options, and what can be read of it. The calls are in
 * `binding`, `connecting`, `sending`, `receiving` and `closing`.
 */
export class SocketState implements PortListener, Owner {
  readonly domain: typeof AF_INET | typeof AF_INET6;
  readonly style: Style;
  readonly options: SocketOptions;
  /** Parameters of associations to come. */
  config: AssociationConfig;
  settings: SocketSettings;
  /** Settings of associations to come. */
  defaults: AssociationSettings;
  port: SocketPort | undefined = undefined;
  /** The binding that is going on. */
  binding: Promise<void> | undefined = undefined;
  /** Bound: the associations of the stack, as of `#byCore`. */
  readonly associations: Map<number, SocketAssociation> = new Map();
  readonly #byCore: Map<Core, SocketAssociation> = new Map();
  readonly queue: ReceiveQueue = new ReceiveQueue(() => this.wakeReaders());
  /** Associations that may wait for accept(); 0: it does not listen. */
  backlog = 0;
  /** One-to-one: sockets that wait for accept(). Bound: `backlog`. */
  readonly acceptable: Ring<SocketState> = new Ring(4);
  /** Handshakes that will end in `acceptable`. */
  #arriving = 0;
  /** Who waits to read or to accept. Bound: the calls of the user that wait. */
  readonly #readers: Ring<() => void> = new Ring(4);
  /** SO_ERROR: given once. */
  error: Failure | undefined = undefined;
  /** One-to-one: it had its association. */
  wasConnected = false;
  cannotRead = false;
  cannotWrite = false;
  closed = false;
  /** It keeps the process alive. */
  isReferenced = true;
  /** It was accepted or peeled off: the port is another socket's. */
  sharesPort = false;
  #nextId: number = SCTP_ALL_ASSOC + 1;

  constructor(domain: SocketState["domain"], style: Style, options: SocketOptions) {
    this.domain = domain;
    this.style = style;
    this.options = options;
    // RFC 9260 §6.1 allows the Nagle algorithm, and who knows sockets expects it until SCTP_NODELAY is set.
    const { addressReconfiguration = false, reconfiguration = true } = options;
    // RFC 6458 §8.1.23 names no default; nor do others tell what interfaces do before they are asked to.
    const quiet = { addressReconfiguration, automaticReconfiguration: false };
    this.config = {
      ...defaultConfig,
      ...quiet,
      reconfiguration,
      noDelay: false,
      // RFC 6525 §6.3.1: "The default is to deny all incoming requests."
      allowStreamReset: false,
      allowAssociationReset: false,
      allowStreamChange: false,
    };
    // RFC 6458 §8.1.20: one peer must not block the others by beginning a message.
    const interleaveLevel = style === "one-to-many" ? 1 : 0;
    this.settings = { ...initialSocketSettings, interleaveLevel };
    this.defaults = initialAssociationSettings;
    this.queue.level = interleaveLevel;
  }

  /** A one-to-one socket that shares the port: for accept() and peeloff(). The options are those of now. */
  child(): SocketState {
    const child = new SocketState(this.domain, "one-to-one", this.options);
    child.config = this.config;
    child.defaults = this.defaults;
    child.settings = this.settings;
    child.setInterleaveLevel(this.settings.interleaveLevel);
    child.port = this.port;
    child.sharesPort = true;
    child.isReferenced = this.isReferenced;
    child.port?.retain();
    return child;
  }

  get isListening(): boolean {
    return this.backlog > 0;
  }

  get addressRules(): AddressRules {
    return { domain: this.domain, v6Only: this.settings.v6Only };
  }

  /** The one association of a one-to-one socket. */
  get single(): SocketAssociation | undefined {
    if (this.style === "one-to-many") return undefined;
    const [association] = this.associations.values();
    return association;
  }

  setInterleaveLevel(level: 0 | 1 | 2): void {
    this.settings = { ...this.settings, interleaveLevel: level };
    this.queue.level = level;
  }

  show(address: IpAddress, port: number): FullSockAddr {
    return sockAddr(address, port, this.settings.wantsMapped);
  }

  /** The bound port. Throws EINVAL when there is none. */
  bound(syscall: string): SocketPort {
    if (this.port !== undefined) return this.port;
    throw new SocketError("EINVAL", syscall, "the socket is not bound: call bind() or connect() before");
  }

  /** Throws what SO_ERROR has, once. */
  throwError(syscall: string): void {
    const { error } = this;
    if (error === undefined) return;
    this.error = undefined;
    throw new SocketError(error.code, syscall, error.text);
  }

  /** Throws EBADF when it is closed. */
  checkOpen(syscall: string): void {
    if (this.closed) throw new SocketError("EBADF", syscall, "the socket is closed");
  }

  /** Takes an association of the core in. */
  adopt(core: Core): SocketAssociation {
    const association = new SocketAssociation({
      id: this.#nextId,
      core,
      settings: this.defaults,
      socket: this,
    });
    this.#nextId += 1;
    this.#keep(association);
    return association;
  }

  /** The association of the core as this socket has it; undefined when it is not this socket's. */
  associationOf(core: Core): SocketAssociation | undefined {
    return this.#byCore.get(core);
  }

  /** It belongs to this socket no more. */
  release(association: SocketAssociation): void {
    this.associations.delete(association.id);
    this.#byCore.delete(association.core);
  }

  #keep(association: SocketAssociation): void {
    this.associations.set(association.id, association);
    this.#byCore.set(association.core, association);
  }

  /** Takes over an association of another socket, with what can be read of it. */
  takeOver(association: SocketAssociation, from: SocketState): void {
    from.release(association);
    association.socket = this;
    this.#keep(association);
    this.wasConnected = association.isUp;
    from.queue.moveTo(this.queue, association);
  }

  incoming(core: Core): SocketAssociation | undefined {
    if (this.closed || !this.isListening) return undefined;
    if (this.style === "one-to-many") {
      // What ended and is not read is kept; peers that come and go shall not make it grow without limit.
      return this.queue.leftBehind < this.config.receiveBuffer ? this.adopt(core) : undefined;
    }
    // RFC 6458 §4.1.3: the backlog bounds the associations in the accept queue.
    if (this.acceptable.length + this.#arriving >= this.backlog) return undefined;
    this.#arriving += 1;
    const child = this.child();
    const association = child.adopt(core);
    association.onArrival = (isUp) => this.#onArrival(child, isUp);
    return association;
  }

  /** The handshake of an association that a peer asked for has ended, well or not. */
  #onArrival(child: SocketState, isUp: boolean): void {
    this.#arriving -= 1;
    if (!isUp || this.closed) {
      child.abandon();
      return;
    }
    this.acceptable.push(child);
    this.wakeReaders();
  }

  /** Nobody will have this socket: its association is aborted. */
  abandon(): void {
    this.closed = true;
    for (const association of this.associations.values()) {
      association.socket = undefined;
      association.core.abort(new Uint8Array(0));
    }
    this.port?.driver.wake();
    this.port?.release();
  }

  /** Ends an association of which nobody has heard yet. */
  forget(association: SocketAssociation): void {
    this.release(association);
    association.socket = undefined;
    association.core.abort(new Uint8Array(0));
  }

  /** An association of this socket is over. */
  onEnd(association: SocketAssociation): void {
    this.release(association);
    if (this.style === "one-to-many") return;
    this.error = association.failure;
    this.wakeReaders();
  }

  onReadable(association: SocketAssociation): void {
    // SHUT_RD: what comes is thrown away, so that the peer's window stays open.
    if (this.cannotRead) association.discard();
    else this.queue.add(association);
  }

  onUp(): void {
    this.wasConnected = this.style === "one-to-one";
  }

  /** Whether anybody wants to read that notification. When too many wait, they are stopped. */
  wants(association: SocketAssociation, { sn_type }: SctpNotification, isBounded: boolean): boolean {
    if (sn_type === SCTP_NOTIFICATIONS_STOPPED_EVENT) return true;
    if (!association.settings.subscriptions.has(sn_type)) return false;
    if (isBounded) return true;
    if (association.unreadNotifications < NOTIFICATION_LIMIT) return true;
    association.settings = { ...association.settings, subscriptions: new Set() };
    association.notify({ sn_type: SCTP_NOTIFICATIONS_STOPPED_EVENT, sn_flags: 0 });
    return false;
  }

  /** Resolves when there may be something to read or to accept. */
  readable(): Promise<void> {
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  wakeReaders(): void {
    for (let left = this.#readers.length; left > 0; left -= 1) this.#readers.shift()?.();
  }
}

/** AF_INET, AF_INET6: their wildcard. */
export function wildcardOf(domain: SocketState["domain"]): IpAddress {
  return (domain === AF_INET ? "0.0.0.0" : "::") as IpAddress;
}
