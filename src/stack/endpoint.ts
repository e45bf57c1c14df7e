import type { LocalAddressChange } from "../association/asconf/commands.ts";
import { type AssociationOptions, Association as CoreAssociation } from "../association/association.ts";
import type { AssociationConfig } from "../association/config.ts";
import type { IpAddress } from "../base/address.ts";
import { SctpError } from "../base/error.ts";

export interface EndpointOptions {
  /** SCTP port; 0 for one that is free. */
  readonly port: number;
  /** Local addresses, each of which has a socket. */
  readonly addresses: readonly IpAddress[];
  /** Peers may open associations. */
  readonly listening: boolean;
  /**
   * Other endpoints of the stack may have the same port at the same addresses, if all say so; one of them may listen
   * (SCTP_REUSE_PORT, RFC 6458 §8.1.27). Default false.
   */
  readonly reusePort?: boolean;
  /** An association that a peer opens waits for accept() or refuse(). Default false. */
  readonly deferAccept?: boolean;
  readonly config: AssociationConfig;
}

export interface ConnectOptions {
  /** The peer's SCTP port. */
  readonly port: number;
  /** The peer's addresses, the one for the primary path first. */
  readonly addresses: readonly IpAddress[];
  /** The peer's UDP port (RFC 6951). */
  readonly udpPort: number;
  /** What differs from the endpoint's configuration. */
  readonly config?: Partial<AssociationConfig>;
  /** Sources by destination, where the route is known. */
  readonly sources?: ReadonlyMap<IpAddress, IpAddress>;
}

/** What an endpoint has of a port, or asks for. */
export interface PortClaim {
  readonly port: number;
  readonly addresses: readonly IpAddress[];
  readonly listening: boolean;
  readonly reusePort: boolean;
}

/** What an endpoint asks of its stack. */
export interface EndpointStack {
  connect(endpoint: Endpoint, now: number, options: ConnectOptions): Association;
  /** Throws ERR_SCTP_PORT_IN_USE when another endpoint stands against what this one asks for. */
  checkFree(endpoint: Endpoint, claim: PortClaim): void;
  findAssociations(endpoint: Endpoint, peerPort: number, address: IpAddress): ReadonlySet<Association>;
  changeAddresses(endpoint: Endpoint, now: number, change: LocalAddressChange): void;
  release(endpoint: Endpoint): void;
}

/** An SCTP port with its local addresses (RFC 9260 §1.3): it opens associations, and takes those of peers. */
export class Endpoint {
  /** Unique in its stack. */
  readonly id: number;
  readonly port: number;
  /** May be replaced; associations that exist keep theirs. */
  config: AssociationConfig;
  /** It may share its port with others that say so, too. */
  readonly reusePort: boolean;
  readonly deferAccept: boolean;
  readonly #stack: EndpointStack;
  #addresses: readonly IpAddress[];
  /** @internal */
  readonly associations: Set<Association> = new Set();
  #listening: boolean;
  #closed = false;

  constructor(
    stack: EndpointStack,
    identity: { readonly id: number; readonly port: number },
    options: EndpointOptions,
  ) {
    this.#stack = stack;
    this.id = identity.id;
    this.port = identity.port;
    this.config = options.config;
    this.#listening = options.listening;
    this.reusePort = options.reusePort ?? false;
    this.deferAccept = options.deferAccept ?? false;
    this.#addresses = options.addresses;
  }

  /**
   * Whether peers may open associations; it may be changed at any time. Throws ERR_SCTP_PORT_IN_USE when another
   * endpoint that shares the port listens, ERR_SCTP_CLOSED.
   */
  get listening(): boolean {
    return this.#listening;
  }

  set listening(listening: boolean) {
    if (listening && this.#closed) throw new SctpError("ERR_SCTP_CLOSED", "The endpoint is closed.");
    if (listening) this.#stack.checkFree(this, this.#claim({ listening }));
    this.#listening = listening;
  }

  #claim(changes: Partial<PortClaim>): PortClaim {
    const { port, addresses, listening, reusePort } = this;
    return { port, addresses, listening, reusePort, ...changes };
  }

  get addresses(): readonly IpAddress[] {
    return this.#addresses;
  }

  /**
   * Opens an association. Throws ERR_SCTP_ALREADY_CONNECTED, ERR_SCTP_INVALID_ADDRESS (no local address reaches the
   * peer), ERR_SCTP_LIMIT, ERR_SCTP_CLOSED.
   */
  connect(now: number, options: ConnectOptions): Association {
    return this.#stack.connect(this, now, options);
  }

  /**
   * Its associations with a peer at that SCTP port and address, any of the peer's. More than one only where a NAT puts
   * several peers behind one address.
   */
  find(peerPort: number, address: IpAddress): ReadonlySet<Association> {
    return this.#stack.findAssociations(this, peerPort, address);
  }

  /**
   * Adds local addresses, for associations to come, and for those that reconfigure (RFC 5061), whose peers
   * are told; those that are there already are passed over. Throws, and adds none, with ERR_SCTP_PORT_IN_USE
   * when another endpoint has the port at one of them. `automatic`: an interface got them.
   */
  addAddresses(now: number, addresses: readonly IpAddress[], automatic: boolean = false): void {
    const added = addresses.filter((address) => !this.#addresses.includes(address));
    this.#stack.checkFree(this, this.#claim({ addresses: added }));
    this.#addresses = [...this.#addresses, ...added];
    this.#stack.changeAddresses(this, now, { added, removed: [], automatic });
  }

  /**
   * Throws ERR_SCTP_LAST_ADDRESS where an association has no other address that its peer knows, and the peer is not told
   * of changes (RFC 5061): what it sends would get lost.
   */
  checkRemoval(addresses: readonly IpAddress[]): void {
    const stranded = [...this.associations].find((association) => association.isStrandedWithout(addresses));
    if (stranded === undefined) return;
    const peer = `${stranded.paths[0]?.destination}, port ${stranded.peerPort}`;
    throw new SctpError(
      "ERR_SCTP_LAST_ADDRESS",
      `The peer ${peer} knows no other address of ours than ${addresses.join(", ")}, and is not told of changes: ` +
        "set addressReconfiguration on both sides (RFC 5061), or end that association first.",
    );
  }

  /**
   * Takes local addresses away; paths that use one as their source move to another, and peers of associations
   * that reconfigure are told (RFC 5061).
   */
  removeAddresses(now: number, addresses: readonly IpAddress[], automatic: boolean = false): void {
    const removed = this.#addresses.filter((address) => addresses.includes(address));
    this.#addresses = this.#addresses.filter((address) => !addresses.includes(address));
    this.#stack.changeAddresses(this, now, { added: [], removed, automatic });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** No more associations; the SCTP port is free when those that exist have ended. */
  close(): void {
    this.#closed = true;
    this.#listening = false;
    this.#stack.release(this);
  }
}

/** An association in its stack: it knows its endpoint, and where the stack's queues have it. */
export class Association extends CoreAssociation {
  readonly endpoint: Endpoint;
  /** @internal It stands in the ring of those with something to send. */
  isReady = false;
  /** @internal Bytes it may still send in its turn. */
  credit = 0;
  /** @internal The deadline that the timer queue has for it, ms; Infinity for none. */
  scheduled: number = Number.POSITIVE_INFINITY;
  /** @internal Its place in the timer queue; -1 when it has none. */
  timerSlot = -1;
  /** @internal The keys that it is found by besides its tag. */
  peerKeys: readonly string[] = [];
  /** @internal Destinations whose route it has asked for. Bound: its paths. */
  readonly askedRoutes: Set<IpAddress> = new Set();

  constructor(endpoint: Endpoint, options: AssociationOptions) {
    super(options);
    this.endpoint = endpoint;
  }
}
