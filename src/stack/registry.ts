import { checkAuthentication } from "../association/auth/authentication-config.ts";
import type { AssociationConfig } from "../association/config.ts";
import type { AssociationEvent } from "../association/events.ts";
import { chooseSource } from "../association/path/source-selection.ts";
import type { StatelessPacket } from "../association/tcb.ts";
import type { IpAddress } from "../base/address.ts";
import { type Environment, randomU32 } from "../base/environment.ts";
import { SctpError } from "../base/error.ts";
import { asTsn, type Tsn } from "../base/serial.ts";
import { Association, type ConnectOptions, type Endpoint } from "./endpoint.ts";
import { Endpoints } from "./endpoints.ts";
import { defaultLimits, type StackOptions } from "./options.ts";
import { Peers } from "./peers.ts";
import { Tags } from "./tags.ts";

const DEFAULT_MTU = 1_500;

/** What the registry tells the stack. */
export interface RegistryListener {
  emit(event: AssociationEvent): void;
  send(packet: StatelessPacket): void;
  wake(association: Association): void;
  /** It has ended: nothing of it is kept. */
  ended(association: Association): void;
  /** ms, of the input that is being handled. */
  now(): number;
}

export interface NewAssociation {
  readonly peerPort: number;
  readonly config: AssociationConfig;
  readonly localTag: number;
  readonly localInitialTsn: Tsn;
  readonly accepted: boolean;
  /** The local addresses that the peer is told of, or could be. */
  readonly addresses: readonly IpAddress[];
}

/** The endpoints and associations of a stack, and what they are found by. */
export class Registry {
  readonly endpoints: Endpoints = new Endpoints();
  readonly tags: Tags;
  readonly peers: Peers = new Peers();
  readonly #options: StackOptions;
  readonly #environment: Environment;
  readonly #listener: RegistryListener;
  /** Local addresses that have a socket; undefined until the driver has said. */
  #localAddresses: ReadonlySet<IpAddress> | undefined = undefined;
  #nextId = 1;

  constructor(options: StackOptions, listener: RegistryListener) {
    this.#options = options;
    this.#environment = options.environment;
    this.#listener = listener;
    this.tags = new Tags(options.environment);
  }

  /** A number that no other endpoint or association of the stack has. */
  nextId(): number {
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  /** RFC 9260 §12.2.4.3: what a peer can make us keep is bounded. */
  get isFull(): boolean {
    return this.tags.size >= (this.#options.maxAssociations ?? defaultLimits.maxAssociations);
  }

  setLocalAddresses(addresses: readonly IpAddress[]): void {
    this.#localAddresses = new Set(addresses);
  }

  /** Those of the addresses that have a socket. */
  usable(addresses: readonly IpAddress[]): readonly IpAddress[] {
    const open = this.#localAddresses;
    return open === undefined ? addresses : addresses.filter((address) => open.has(address));
  }

  get errorDetection(): StackOptions["errorDetection"] {
    return this.#options.errorDetection;
  }

  /** Throws ERR_SCTP_INVALID_OPTION for what cannot be had below this stack. */
  checkConfig(config: AssociationConfig): void {
    if (config.authentication !== undefined) checkAuthentication(config.authentication);
    // RFC 9653 §3: only where something else finds damaged packets, as surely as a CRC32c.
    if (!config.zeroChecksum || this.errorDetection !== undefined) return;
    throw new SctpError(
      "ERR_SCTP_INVALID_OPTION",
      'zeroChecksum needs a transport that guards its datagrams, and says so with errorDetection: "dtls"; plain UDP does not.',
    );
  }

  /** Towards this machine's own addresses the window is what a socket surely holds, or loopback itself loses. */
  configFor(config: AssociationConfig, peer: IpAddress): AssociationConfig {
    const { isOwnAddress, localWindowLimit } = this.#options;
    if (localWindowLimit === undefined || localWindowLimit >= config.receiveBuffer) return config;
    return isOwnAddress?.(peer) === true ? { ...config, receiveBuffer: localWindowLimit } : config;
  }

  /** Makes an association that opens towards a peer. Throws as Endpoint.connect says. */
  open(endpoint: Endpoint, now: number, options: ConnectOptions): Association {
    const [primary] = options.addresses;
    if (primary === undefined) {
      throw new SctpError("ERR_SCTP_INVALID_ADDRESS", "connect needs an address of the peer, at least one.");
    }
    this.#checkMayOpen(endpoint, options);
    this.checkConfig({ ...endpoint.config, ...options.config });
    const config = this.configFor({ ...endpoint.config, ...options.config }, primary);
    const association = this.create(endpoint, {
      peerPort: options.port,
      config,
      localTag: this.tags.fresh(),
      localInitialTsn: asTsn(randomU32(this.#environment)),
      accepted: true,
      addresses: this.#addressesToTell(endpoint, config, primary, options.sources?.get(primary)),
    });
    const addresses = options.addresses.map((address) => ({
      address,
      udpPort: options.udpPort,
      routed: options.sources?.get(address),
    }));
    if (association.connect(now, addresses)) return association;
    this.forget(association);
    throw new SctpError(
      "ERR_SCTP_INVALID_ADDRESS",
      `None of ${endpoint.addresses.join(", ")} reaches any of ${options.addresses.join(", ")}: bind a local address of the same family and scope.`,
    );
  }

  #checkMayOpen(endpoint: Endpoint, options: ConnectOptions): void {
    if (endpoint.closed) throw new SctpError("ERR_SCTP_CLOSED", "The endpoint is closed.");
    if (this.isFull) {
      throw new SctpError("ERR_SCTP_LIMIT", `There are ${this.tags.size} associations, as many as may be.`);
    }
    // RFC 9260 §1.3: "Two SCTP endpoints MUST NOT have more than one SCTP association between them at any given time":
    // those that share our addresses and port are one with us to the peer.
    const endpoints = this.endpoints.sharing(endpoint);
    for (const address of options.addresses) {
      for (const other of this.peers.findAll(endpoints, options.port, address)) {
        if (other.udpPortOf(address) !== options.udpPort) continue;
        throw new SctpError(
          "ERR_SCTP_ALREADY_CONNECTED",
          `There is an association with ${address}, SCTP port ${options.port}, UDP port ${options.udpPort} already.`,
        );
      }
    }
  }

  /**
   * The local addresses that an association uses: those that the peer is told of. Behind a NAT it is told of none
   * (RFC 6951 §5.7), so it knows one, the source of our packets.
   */
  #addressesToTell(
    endpoint: Endpoint,
    config: AssociationConfig,
    destination: IpAddress,
    routed: IpAddress | undefined,
  ): readonly IpAddress[] {
    if (!config.nat) return endpoint.addresses;
    const candidates = this.usable(endpoint.addresses);
    const source = chooseSource({ destination, candidates, routed, taken: new Set() });
    return source === undefined ? [] : [source];
  }

  create(endpoint: Endpoint, options: NewAssociation): Association {
    const { peerPort, config, localTag, localInitialTsn, accepted, addresses } = options;
    const { linkMtu, isOwnAddress } = this.#options;
    const registry = this;
    const association: Association = new Association(endpoint, {
      id: this.nextId(),
      localPort: endpoint.port,
      peerPort,
      config,
      localTag,
      localInitialTsn,
      accepted,
      surroundings: {
        environment: this.#environment,
        get localAddresses(): readonly IpAddress[] {
          return registry.usable(addresses).filter((address) => endpoint.addresses.includes(address));
        },
        get endpointAddresses(): readonly IpAddress[] {
          return registry.usable(endpoint.addresses);
        },
        linkMtu: (source) => linkMtu?.(source) ?? DEFAULT_MTU,
        isOwnAddress: (address) => isOwnAddress?.(address) ?? false,
        emit: (event) => {
          if (event.type === "route") this.peers.ask(association, event.destination);
          this.#listener.emit(event);
        },
        send: (packet) => this.#listener.send(packet),
        pathsChanged: () => this.peers.update(association),
        closed: () => this.forget(association),
        wake: () => this.#listener.wake(association),
      },
    });
    this.tags.set(localTag, association);
    endpoint.associations.add(association);
    return association;
  }

  /** The association has taken another tag: its peer began anew. */
  retag(association: Association, before: number): void {
    this.tags.retire(this.#listener.now(), before);
    this.tags.set(association.localTag, association);
  }

  /** The association has ended: its TCB "SHOULD be removed" (RFC 9260 §14.2). */
  forget(association: Association): void {
    const { endpoint } = association;
    this.tags.retire(this.#listener.now(), association.localTag);
    this.peers.forget(association);
    endpoint.associations.delete(association);
    this.#listener.ended(association);
    this.release(endpoint);
  }

  /** A closed endpoint goes when its last association has. */
  release(endpoint: Endpoint): void {
    if (endpoint.closed && endpoint.associations.size === 0) this.endpoints.remove(endpoint);
  }
}
