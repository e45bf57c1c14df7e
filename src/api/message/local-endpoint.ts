import { EventEmitter } from "node:events";
import { type InspectOptions, inspect } from "node:util";
import type { AssociationConfig } from "../../association/config.ts";
import { SctpError } from "../../base/error.ts";
import type { Association as Core } from "../../stack/index.ts";
import { Arrivals, type AssociationIterator } from "./arrivals.ts";
import { type Association, DISPOSE_TIMEOUT } from "./association.ts";
import { type Binding, type BindingHooks, leaseDriver, openBinding } from "./binding.ts";
import { checkOptions, delay, oneOf, orInfinity, shown } from "./checks.ts";
import { connectFrom } from "./connect.ts";
import { isFromOutside } from "./errors.ts";
import { defineMember } from "./members.ts";
import { ipAddress, loopbackAddresses } from "./names.ts";
import {
  DEFAULT_BACKLOG,
  DEFAULT_UDP_PORT,
  type IncomingInfo,
  type ListenOptions,
  listOf,
  type PeerOptions,
  type ServerOptions,
} from "./options.ts";

/** The events of servers and endpoints. */
export interface LocalEndpointEvents {
  /** A peer's association is up. */
  association: [association: Association];
  listening: [];
  /** The local addresses changed; all of them as they are now. */
  addresses: [addresses: readonly string[]];
  /** An address of a wildcard or interface could not be bound; it is tried again every two seconds. */
  addressSkipped: [address: string, error: Error];
  /** `accept` threw; the peer was refused. Thrown when nobody listens, as always in Node. */
  error: [error: Error];
  /** Closed, and its last association over. */
  close: [];
}

export interface LocalCloseOptions {
  /**
   * What becomes of open associations: `"wait"` (default) for their ends, as `net.Server` does, `"shutdown"` each in
   * good order, or `"abort"` each.
   */
  readonly associations?: "wait" | "shutdown" | "abort" | undefined;
  /** ms until those that are still open are aborted. Default Infinity. */
  readonly timeout?: number | undefined;
}

const LISTENER_FAILED = "the application failed";

const closeChecks = {
  associations: oneOf("wait", "shutdown", "abort"),
  timeout: orInfinity(delay(0)),
};

/** What servers and endpoints have in common: an SCTP port with its addresses, where peers ask for associations. */
export abstract class LocalEndpoint extends EventEmitter<LocalEndpointEvents> {
  readonly #options: ServerOptions;
  readonly #config: Partial<AssociationConfig>;
  readonly #arrivals: Arrivals;
  #state: "closed" | "opening" | "open" | "closing" = "closed";
  #binding: Binding | undefined;
  #opening: Promise<Binding> | undefined;
  #closed: Promise<void> | undefined;
  #stopListeningToSignal: () => void = () => {};
  #referenced = true;
  #wasOpen = false;

  static {
    defineMember(
      LocalEndpoint.prototype,
      EventEmitter.captureRejectionSymbol,
      function (error: Error, event: string | symbol, ...args: unknown[]) {
        this.#onRejection(error, event, ...args);
      },
    );
    defineMember(LocalEndpoint.prototype, inspect.custom, function (_depth: number, options: InspectOptions) {
      return this.#inspect(options);
    });
  }

  /** `options` are checked, `config` are the protocol parameters among them. */
  protected constructor(options: ServerOptions, config: Partial<AssociationConfig>) {
    super({ captureRejections: true });
    this.#options = options;
    this.#config = config;
    this.#arrivals = new Arrivals({
      listened: () => this.listenerCount("association") > 0,
      emit: (association) => this.#hand(association),
    });
    const onNewListener = (name: string | symbol): void => {
      if (name === "association") this.#arrivals.listening();
    };
    (this as EventEmitter).on("newListener", onNewListener);
  }

  /** Whether peers can ask for associations. */
  get listening(): boolean {
    return this.#state === "open";
  }

  /** SCTP port. Throws ERR_SCTP_INVALID_STATE when it is nowhere, as `addresses` and `udpPort` do. */
  get port(): number {
    return this.#bound().endpoint.port;
  }

  /** Local addresses, as they are now. */
  get addresses(): readonly string[] {
    return this.#bound().addresses;
  }

  get udpPort(): number {
    return this.#bound().driver.udpPort;
  }

  /** Those that are open now. */
  get associations(): readonly Association[] {
    return this.#binding?.associations ?? [];
  }

  /** Associations in the order in which they came. Ends when this is closed. */
  [Symbol.asyncIterator](): AssociationIterator {
    return this.#arrivals.iterate();
  }

  /**
   * Adds local addresses, all or none. Entries as in `addresses` of the options. Associations that are open
   * use them where `addressReconfiguration` is on, once the peer has agreed (RFC 5061). Rejects as `listen` does, and
   * with ERR_SCTP_CLOSED; with ERR_SCTP_INVALID_STATE before it listens.
   */
  async addAddresses(addresses: string | readonly string[]): Promise<void> {
    const binding = this.#open();
    await binding.addAddresses(givenAddresses("addAddresses()", addresses));
    this.emit("addresses", this.addresses);
  }

  /**
   * Removes local addresses, all or none. Peers are told where `addressReconfiguration` is on. Rejects with
   * ERR_SCTP_LAST_ADDRESS (also where a peer that is not told knows no other address of ours: RFC 5061 §5.3 F5),
   * ERR_SCTP_UNKNOWN_ADDRESS, ERR_SCTP_CLOSED; with ERR_SCTP_INVALID_STATE before it listens.
   */
  async removeAddresses(addresses: string | readonly string[]): Promise<void> {
    const binding = this.#open();
    const removed = givenAddresses("removeAddresses()", addresses).map((each) =>
      ipAddress("removeAddresses()", "IP addresses", each),
    );
    await binding.removeAddresses(removed);
    this.emit("addresses", this.addresses);
  }

  /**
   * No further association is taken, and those that are being connected from here are given up: they reject with
   * ERR_SCTP_CLOSED. Resolves when those that are open are over and everything is given back; those
   * that nobody took are aborted.
   */
  async close(options: LocalCloseOptions = {}): Promise<void> {
    checkOptions("close()", options, closeChecks);
    // What is being opened is closed as soon as it is open.
    if (this.#state === "opening") await this.#opening?.catch(() => {});
    const binding = this.#binding;
    if (binding === undefined) return;
    this.#closed ??= this.#close(binding);
    const timeout = options.timeout ?? Number.POSITIVE_INFINITY;
    const timer =
      timeout === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => abortAll(binding), timeout);
    try {
      // RFC 9260 §9: who "exits from service" ends its associations, at once or in good order.
      if (options.associations === "abort") abortAll(binding);
      else if (options.associations === "shutdown") shutDownAll(binding);
      await this.#closed;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes with every association in good order, and aborts what is left after 5,000 ms. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close({ associations: "shutdown", timeout: DISPOSE_TIMEOUT });
  }

  /** Keeps the process alive while it is open: so it is from the beginning. */
  ref(): this {
    return this.#hold(true);
  }

  /** Lets the process end although it is open. Its associations, taken or opened, count for themselves. */
  unref(): this {
    return this.#hold(false);
  }

  /** To the listeners. When one throws nobody may own it: it must not stay open. */
  #hand(association: Association): void {
    try {
      this.emit("association", association);
    } catch (error) {
      association.abort(LISTENER_FAILED);
      throw error;
    }
  }

  /** A rejected promise of an async `association` listener. */
  #onRejection(error: Error, event: string | symbol, ...args: unknown[]): void {
    const association = event === "association" ? (args[0] as Association) : undefined;
    if (association !== undefined && isFromOutside(error)) {
      // How the association ended, or that it is ending, is no mistake of a listener that did not catch it.
      association.close().catch(() => {});
      return;
    }
    association?.abort(LISTENER_FAILED);
    // As if nobody had looked: an unhandled rejection, which ends the process unless it is handled there.
    void Promise.reject(error);
  }

  #inspect(options: InspectOptions): string {
    const name = this.constructor.name;
    const binding = this.#binding;
    if (binding === undefined) return `${name} <${this.#state}>`;
    const { endpoint, driver, addresses } = binding;
    const summary = { listening: this.listening, associations: this.associations.length };
    const where = `port ${endpoint.port} at ${addresses.join(", ")}, UDP port ${driver.udpPort}`;
    return `${name} <${where}> ${inspect(summary, options)}`;
  }

  /** Binds and begins to listen (RFC 9260 §11.1.1, INITIALIZE). */
  protected async open(options: ListenOptions): Promise<void> {
    if (this.#state !== "closed") {
      throw new SctpError(
        "ERR_SCTP_INVALID_STATE",
        "it is open already: close it before it listens elsewhere",
      );
    }
    options.signal?.throwIfAborted();
    this.#state = "opening";
    try {
      this.#opening = this.#bind(options);
      this.#binding = await this.#opening;
    } catch (error) {
      this.#state = "closed";
      throw error;
    }
    this.#state = "open";
    this.#wasOpen = true;
    this.#arrivals.open();
    this.#hold(this.#referenced);
    await this.#closeOnAbort(options.signal);
    this.emit("listening");
  }

  /** Opens an association from here. */
  protected dial(options: PeerOptions): Promise<Association> {
    return connectFrom(this.#open(), options, this.#config);
  }

  #bound(): Binding {
    if (this.#binding !== undefined) return this.#binding;
    throw new SctpError("ERR_SCTP_INVALID_STATE", `it has no port and no address: ${this.#where()}`);
  }

  #where(): string {
    return this.#state === "closed" && !this.#wasOpen ? "listen() was not called" : `it is ${this.#state}`;
  }

  #open(): Binding {
    if (this.#binding !== undefined && this.#state === "open") return this.#binding;
    const isOver = this.#state === "closing" || (this.#state === "closed" && this.#wasOpen);
    throw new SctpError(
      isOver ? "ERR_SCTP_CLOSED" : "ERR_SCTP_INVALID_STATE",
      `it is not open: ${this.#where()}`,
    );
  }

  async #bind(options: ListenOptions): Promise<Binding> {
    const lease = await leaseDriver(options, {
      udpPort: options.udpPort ?? DEFAULT_UDP_PORT,
      addresses: options.addresses === undefined ? loopbackAddresses() : listOf(options.addresses),
      onAddresses: (addresses) => {
        this.#binding?.onAddresses(addresses);
        this.emit("addresses", addresses);
      },
      onSkipped: (address, error) => this.emit("addressSkipped", address, error),
    });
    const { port, capture = this.#options.capture } = options;
    return openBinding(lease, { port, config: this.#config, listening: true, capture }, this.#hooks);
  }

  async #closeOnAbort(signal: AbortSignal | undefined): Promise<void> {
    if (signal === undefined) return;
    const onAbort = (): void => void this.close({ associations: "abort" });
    this.#stopListeningToSignal = () => signal.removeEventListener("abort", onAbort);
    signal.addEventListener("abort", onAbort, { once: true });
    if (!signal.aborted) return;
    await this.close({ associations: "abort" });
    throw signal.reason;
  }

  async #close(binding: Binding): Promise<void> {
    this.#state = "closing";
    this.#stopListeningToSignal();
    for (const association of this.#arrivals.close()) giveUp(association);
    binding.close();
    binding.giveUpConnecting();
    await binding.released;
    this.#binding = undefined;
    this.#closed = undefined;
    this.#state = "closed";
    this.emit("close");
  }

  #hold(keep: boolean): this {
    this.#referenced = keep;
    if (this.#state === "open") this.#binding?.hold(this.#binding, keep);
    return this;
  }

  readonly #hooks: BindingHooks = {
    incoming: (core) => this.#onIncoming(core),
    established: (association) => this.#arrivals.arrived(association),
    vanished: () => this.#arrivals.vanished(),
  };

  #onIncoming(core: Core): void {
    const { accept, backlog = DEFAULT_BACKLOG } = this.#options;
    // Who is refused counts until it has vanished: what vanishes was announced.
    this.#arrivals.announced();
    if (this.#state !== "open" || this.#arrivals.waiting > backlog) {
      this.#binding?.refuse(core);
      return;
    }
    if (accept === undefined) this.#binding?.accept(core);
    else void this.#decide(core, accept);
  }

  async #decide(core: Core, accept: NonNullable<ServerOptions["accept"]>): Promise<void> {
    const binding = this.#binding as Binding;
    let accepted = false;
    try {
      accepted = await accept(incomingInfo(core));
    } catch (error) {
      this.emit("error", error instanceof Error ? error : new Error(`accept threw ${shown(error)}`));
    } finally {
      // Without effect when it went away while the filter was thinking.
      if (accepted === true) binding.accept(core);
      else binding.refuse(core);
    }
  }
}

function incomingInfo(core: Core): IncomingInfo {
  const { paths } = core;
  const first = paths.find((path) => path.primary) ?? paths[0];
  return {
    localPort: core.localPort,
    remotePort: core.peerPort,
    remoteAddress: first?.destination ?? "",
    remoteAddresses: paths.map((path) => path.destination),
    outboundStreams: core.outboundStreams,
    inboundStreams: core.inboundStreams,
    remoteAdaptation: core.peerAdaptation,
  };
}

function givenAddresses(where: string, addresses: string | readonly string[]): readonly string[] {
  const list = listOf(addresses);
  if (Array.isArray(list) && list.every((entry) => typeof entry === "string")) return list;
  throw new SctpError(
    "ERR_SCTP_INVALID_OPTION",
    `${where} takes an address or a list of addresses, and got ${shown(addresses)}`,
  );
}

/** Nobody took it. RFC 9260 §9.2: where the peer has begun a shutdown already, that is let come to its end. */
function giveUp(association: Association): void {
  // How it ends is told to nobody.
  if (SHUTTING_DOWN.has(association.state)) association.close().catch(() => {});
  else association.abort("nobody took the association");
}

const SHUTTING_DOWN: ReadonlySet<string> = new Set(["shutdown-received", "shutdown-ack-sent"]);

function abortAll(binding: Binding): void {
  for (const association of binding.associations) association.abort("the server is closing");
}

function shutDownAll(binding: Binding): void {
  // How each of them ends is told by its own events.
  for (const association of binding.associations) association.close().catch(() => {});
}
