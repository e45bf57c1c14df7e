import { type AssociationConfig, defaultConfig } from "../../association/config.ts";
import type { IpAddress } from "../../base/address.ts";
import { SctpError } from "../../base/error.ts";
import {
  acquireDriver,
  adoptTransport,
  Capture,
  type CaptureTarget,
  type DriverLease,
  type DriverRequest,
  fromDgramSocket,
  type Lease,
  LeasedEndpoint,
} from "../../driver/index.ts";
import type { Association as Core, StackEvent } from "../../stack/index.ts";
import { Association, type AssociationHome, deliverTo } from "./association.ts";
import { type CloseInfo, refusal } from "./errors.ts";
import { type LocalOptions, limitsIn } from "./options.ts";

/** What a binding is made of. */
export interface BindingOptions {
  /** SCTP port; 0 for a free one. */
  readonly port: number;
  readonly config: Partial<AssociationConfig>;
  /** Peers may ask for associations. */
  readonly listening: boolean;
}

/** What concerns those that peers asked for. */
export interface BindingHooks {
  incoming(core: Core): void;
  established(association: Association): void;
  /** An association that was `incoming` ended without having been established. */
  vanished(core: Core): void;
}

/** Where to connect to. */
export interface PeerTarget {
  readonly port: number;
  readonly addresses: readonly IpAddress[];
  /** The source that the route gives, by address, where it is known. */
  readonly sources?: ReadonlyMap<IpAddress, IpAddress>;
  readonly udpPort: number;
  readonly config: Partial<AssociationConfig>;
}

interface Incoming {
  accepted: boolean;
  established: boolean;
}

interface Attempt {
  readonly resolve: (association: Association) => void;
  readonly reject: (error: unknown) => void;
}

function closedBefore(): SctpError {
  return new SctpError("ERR_SCTP_CLOSED", "it was closed before the association was established");
}

/** Takes a share in the driver of a UDP port, or makes one of what the caller handed in. */
export async function leaseDriver(options: LocalOptions, request: DriverRequest): Promise<DriverLease> {
  const limits = limitsIn(options);
  if (options.transport !== undefined) return adoptTransport(options.transport, limits);
  if (options.socket !== undefined) return adoptTransport(fromDgramSocket(options.socket), limits);
  return acquireDriver({ ...request, limits });
}

/**
 * Opens an SCTP port on a lease, which is given back when that fails. The capture is begun first: it has every packet,
 * and a file that cannot be written refuses the whole.
 */
export async function openBinding(
  lease: Lease,
  options: BindingOptions & { readonly capture: CaptureTarget | undefined },
  hooks?: BindingHooks,
): Promise<Binding> {
  let capture: Capture | undefined;
  try {
    if (options.capture !== undefined) capture = await Capture.open(options.capture);
    const binding = new Binding(lease, options, hooks);
    if (capture !== undefined) binding.capture(capture);
    return binding;
  } catch (error) {
    await capture?.end();
    await lease.release();
    throw error;
  }
}

/**
 * An SCTP port of the core with its share in a driver, its associations, and what keeps the process alive. When it is
 * closed and its last association is over, it gives everything back.
 */
export class Binding extends LeasedEndpoint implements AssociationHome {
  readonly #hooks: BindingHooks | undefined;
  readonly #associations = new Map<Core, Association>();
  readonly #attempts = new Map<Core, Attempt>();
  /** Asked for by peers, and not yet both established and accepted. */
  readonly #incoming = new Map<Core, Incoming>();
  /** Whoever keeps the process alive: associations, and who listens. */
  readonly #keepers = new Set<object>();
  #closing = false;

  constructor(lease: Lease, options: BindingOptions, hooks?: BindingHooks) {
    const { port, config, listening } = options;
    super(lease, { port, config: { ...defaultConfig, ...config }, listening, deferAccept: listening });
    this.#hooks = hooks;
    this.driver.attach(this.endpoint, this.#onEvent);
    this.#updateHold();
  }

  get associations(): readonly Association[] {
    return [...this.#associations.values()].filter((association) => association.closed === undefined);
  }

  /** Where the last association took everything with it: resolves when that is given back. */
  get releasing(): Promise<void> | undefined {
    return this.isGivenBack ? this.released : undefined;
  }

  /**
   * Opens an association. Rejects with ERR_SCTP_REFUSED, ERR_SCTP_NO_ANSWER and what else ends it; with the reason of
   * `giveUp` when that is aborted before.
   */
  connect(target: PeerTarget, giveUp: AbortSignal): Promise<Association> {
    return new Promise((resolve, reject) => {
      giveUp.throwIfAborted();
      // Closed while names were being resolved.
      if (this.#closing) throw closedBefore();
      const core = this.endpoint.connect(this.driver.now(), target);
      const association = new Association(core, this);
      this.#associations.set(core, association);
      this.hold(association, true);
      const onAbort = (): void => {
        this.#attempts.delete(core);
        reject(giveUp.reason);
        association.abort();
      };
      const settle = (): void => giveUp.removeEventListener("abort", onAbort);
      giveUp.addEventListener("abort", onAbort, { once: true });
      this.#attempts.set(core, {
        resolve: (established) => {
          settle();
          resolve(established);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      this.driver.wake();
    });
  }

  accept(core: Core): void {
    const incoming = this.#incoming.get(core);
    if (incoming === undefined) return;
    incoming.accepted = true;
    core.accept(this.driver.now());
    this.driver.wake();
    if (incoming.established) this.#admit(core);
  }

  refuse(core: Core): void {
    core.refuse();
    this.driver.wake();
  }

  /** No new associations. What it has is given back when those that are open are over. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.endpoint.close();
    for (const core of [...this.#incoming.keys()]) core.refuse();
    this.#keepers.delete(this);
    this.#updateHold();
    this.driver.wake();
    this.#releaseIfOver();
  }

  /** Whoever waits for `connect` gets ERR_SCTP_CLOSED. */
  giveUpConnecting(): void {
    for (const [core, attempt] of [...this.#attempts]) {
      this.#attempts.delete(core);
      attempt.reject(closedBefore());
      this.#associations.get(core)?.abort();
    }
  }

  hold(keeper: object, keep: boolean): void {
    if (keep) this.#keepers.add(keeper);
    else this.#keepers.delete(keeper);
    this.#updateHold();
  }

  #updateHold(): void {
    if (this.isGivenBack) return;
    if (this.#keepers.size > 0) this.driver.ref(this.endpoint);
    else this.driver.unref(this.endpoint);
  }

  readonly #onEvent = (event: StackEvent): void => {
    try {
      this.#dispatch(event);
    } catch (error) {
      // A listener of the user's threw. It must not stop the driver in the middle of its turn.
      process.nextTick(() => {
        throw error;
      });
    }
  };

  #dispatch(event: StackEvent): void {
    const core = event.association;
    const association = this.#associations.get(core);
    switch (event.type) {
      case "incoming":
        this.#incoming.set(core, { accepted: false, established: false });
        this.#hooks?.incoming(core);
        return;
      case "established":
        this.#onEstablished(core);
        return;
      case "closed":
        try {
          if (association !== undefined) deliverTo(association, event);
        } finally {
          this.#onClosed(core);
        }
        return;
      default:
        if (association !== undefined) deliverTo(association, event);
    }
  }

  #onEstablished(core: Core): void {
    const attempt = this.#attempts.get(core);
    const known = this.#associations.get(core);
    if (known !== undefined) {
      this.#attempts.delete(core);
      attempt?.resolve(known);
      return;
    }
    const incoming = this.#incoming.get(core);
    if (incoming === undefined) return;
    incoming.established = true;
    if (incoming.accepted) this.#admit(core);
  }

  /** An association that a peer asked for is up, and nobody objects. */
  #admit(core: Core): void {
    this.#incoming.delete(core);
    const association = new Association(core, this);
    this.#associations.set(core, association);
    this.hold(association, true);
    this.#hooks?.established(association);
  }

  #onClosed(core: Core): void {
    const association = this.#associations.get(core);
    this.#associations.delete(core);
    if (association !== undefined) this.hold(association, false);
    if (this.#incoming.delete(core)) this.#hooks?.vanished(core);
    const attempt = this.#attempts.get(core);
    this.#attempts.delete(core);
    attempt?.reject(refusal(association?.closed as CloseInfo, core.peerPort));
    this.#releaseIfOver();
  }

  /** RFC 9260 §11.1.16, DESTROY: when nothing is open any more. */
  #releaseIfOver(): void {
    if (this.#closing && this.#associations.size === 0 && this.#incoming.size === 0) this.giveBack();
  }
}
