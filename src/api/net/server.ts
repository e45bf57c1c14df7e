import { EventEmitter } from "node:events";
import type { Association } from "../message/association.ts";
import { DEFAULT_UDP_PORT, type IncomingInfo } from "../message/options.ts";
import { createServer as createMessageServer, type Server as MessageServer } from "../message/server.ts";
import { readArguments } from "./arguments.ts";
import { nodeError, systemError } from "./errors.ts";
import { listens } from "./listening.ts";
import {
  checkServerOptions,
  type ListenOptions,
  type ListenPlan,
  listenPlan,
  type ServerOptions,
} from "./options.ts";
import { type AddressInfo, familyOf, localAddressesChanged, type Socket, socketOf } from "./socket.ts";
import { adoptDgramSocket } from "./transport.ts";

/** A peer that was turned away: `maxConnections` were there. */
export interface DroppedPeer {
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly remoteFamily: "IPv4" | "IPv6";
}

/** The events of a {@link Server}. */
export interface ServerEvents {
  connection: [socket: Socket];
  listening: [];
  /** Not listening any more, and every socket closed. */
  close: [];
  /** With the system's name as `code`, and an `SctpError` as `cause`. */
  error: [error: Error];
  drop: [peer: DroppedPeer];
  /** The local addresses changed: those of a wildcard or interface come and go. */
  "address-change": [];
  /** An address of a wildcard or interface could not be bound; it is tried again every two seconds. */
  addressSkipped: [address: string, error: Error];
}

/** Takes associations, in the shape of `net.Server`. Made by `createServer`. */
export class Server extends EventEmitter<ServerEvents> {
  /** Further peers are refused, with the event `drop`. */
  maxConnections: number | undefined = undefined;
  readonly #options: ServerOptions;
  readonly #sockets = new Set<Socket>();
  #inner: MessageServer | undefined;
  #referenced = true;
  /** Aborted by `close()`: nothing more is opened. */
  #closing = new AbortController();

  /** Throws ERR_SCTP_INVALID_OPTION. */
  constructor(options: ServerOptions = {}) {
    checkServerOptions(options);
    super();
    this.#options = options;
  }

  get listening(): boolean {
    return this.#inner?.listening ?? false;
  }

  /** Our UDP port; undefined while not listening. */
  get udpPort(): number | undefined {
    return this.listening ? this.#inner?.udpPort : undefined;
  }

  /**
   * Listens: `(options, listener?)` or `(port?, host?, backlog?, listener?)`. Without `host` on loopback alone: the
   * wildcards "0.0.0.0" and "::" must be asked for.
   *
   * Throws ERR_SCTP_INVALID_OPTION, ERR_SOCKET_BAD_PORT, ERR_SERVER_ALREADY_LISTEN. What comes later is the event
   * `error` (EADDRINUSE, EADDRNOTAVAIL, EACCES, …), and it can listen again.
   */
  listen(options: ListenOptions, listener?: () => void): this;
  listen(port?: number | string, host?: string | null, backlog?: number | null, listener?: () => void): this;
  listen(port?: number | string, host?: string | null, listener?: () => void): this;
  listen(port?: number | string, backlog?: number, listener?: () => void): this;
  listen(port?: number | string, listener?: () => void): this;
  listen(listener: () => void): this;
  listen(...given: readonly unknown[]): this {
    const { options, listener } = readArguments("listen()", given, ["host", "backlog"]);
    const isForm = typeof given[0] === "object" && given[0] !== null;
    if (isForm && options.port === undefined) {
      throw nodeError(TypeError, "ERR_INVALID_ARG_VALUE", 'listen(): the option "port" is missing');
    }
    const plan = listenPlan({ ...this.#options, ...options });
    if (this.#inner !== undefined) {
      throw nodeError(Error, "ERR_SERVER_ALREADY_LISTEN", "listen(): it listens already: close it before");
    }
    if (listener !== undefined) this.once("listening", listener);
    const inner = createMessageServer({
      ...plan.protocol,
      backlog: plan.backlog,
      accept: (peer) => this.#accepts(peer, plan),
    });
    this.#inner = inner;
    this.#closing = new AbortController();
    if (!this.#referenced) inner.unref();
    inner.on("association", (association) => this.#onAssociation(association, plan));
    inner.on("addresses", () => this.#onAddresses());
    inner.on("addressSkipped", (address, error) => this.emit("addressSkipped", address, error));
    inner.on("error", (error) => this.emit("error", error));
    inner.on("close", () => this.#onInnerClosed());
    const { signal: closing } = this.#closing;
    this.#open(inner, plan, closing).then(
      () => process.nextTick(() => !closing.aborted && this.emit("listening")),
      (error) => process.nextTick(() => this.#onListenFailed(error, plan, closing)),
    );
    if (plan.signal !== undefined) this.#closeOnAbort(plan.signal, closing);
    return this;
  }

  /** Where it is; null while it is nowhere. Of several addresses the first. */
  address(): AddressInfo | null {
    return this.listening ? (this.getLocalAddresses()[0] ?? null) : null;
  }

  /** Every address with the SCTP port. Throws ERR_SCTP_INVALID_STATE while it is nowhere. */
  getLocalAddresses(): AddressInfo[] {
    const { addresses, port } = this.#inner ?? createMessageServer();
    return addresses.map((address) => ({ address, family: familyOf(address), port }));
  }

  /**
   * Takes no more associations. `close`, and `callback`, come when every socket is closed, too: those that are open go
   * on. Where it was not listening `callback` gets ERR_SERVER_NOT_RUNNING.
   */
  close(callback?: (error?: Error) => void): this {
    const inner = this.#inner;
    const running = inner !== undefined && !this.#closing.signal.aborted;
    if (callback !== undefined) {
      const error = nodeError(Error, "ERR_SERVER_NOT_RUNNING", "Server is not running.");
      this.once("close", () => (running ? callback() : callback(error)));
    }
    if (running) {
      this.#closing.abort();
      // The rejection of what it was opening is told by `error`.
      inner.close().catch(() => {});
    } else if (inner === undefined) {
      this.#closeIfOver();
    }
    return this;
  }

  /** Sockets that are open now. */
  getConnections(callback: (error: Error | null, count: number) => void): this {
    process.nextTick(() => callback(null, this.#sockets.size));
    return this;
  }

  /** Keeps the process alive while it listens: so it is from the beginning. */
  ref(): this {
    this.#referenced = true;
    this.#inner?.ref();
    return this;
  }

  /** Lets the process end although it listens. Sockets count for themselves. */
  unref(): this {
    this.#referenced = false;
    this.#inner?.unref();
    return this;
  }

  /** Closes, and resolves when every socket is closed. */
  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => {
      this.close(() => resolve());
    });
  }

  async #open(inner: MessageServer, plan: ListenPlan, closing: AbortSignal): Promise<void> {
    const { port, limits, addresses, udpPort = DEFAULT_UDP_PORT, udpTransport } = plan;
    if (udpTransport === undefined) {
      await listens(inner.listen({ port, addresses, udpPort, ...limits }));
      return;
    }
    const { transport } = await adoptDgramSocket(udpTransport, undefined, closing);
    if (closing.aborted) await transport.close();
    closing.throwIfAborted();
    await inner.listen({ port, transport, ...limits });
  }

  #onListenFailed(error: unknown, plan: ListenPlan, closing: AbortSignal): void {
    this.#inner = undefined;
    const address = typeof plan.addresses === "string" ? plan.addresses : plan.addresses?.[0];
    // Nobody who closes it waits for what listening would have come to.
    if (closing.aborted) this.#closeIfOver();
    else this.emit("error", systemError(error, "listen", { address, port: plan.port }));
  }

  #closeOnAbort(signal: AbortSignal, closing: AbortSignal): void {
    const onAbort = (): void => void this.close();
    if (signal.aborted) process.nextTick(onAbort);
    else signal.addEventListener("abort", onAbort, { once: true, signal: closing });
  }

  #isFull(): boolean {
    return this.maxConnections !== undefined && this.#sockets.size >= this.maxConnections;
  }

  #accepts(peer: IncomingInfo, plan: ListenPlan): boolean | Promise<boolean> {
    if (!this.#isFull()) return plan.accept === undefined || plan.accept(peer);
    this.#drop(peer.localPort, peer.remoteAddress, peer.remotePort);
    return false;
  }

  #drop(localPort: number, remoteAddress: string, remotePort: number): void {
    this.emit("drop", { localPort, remoteAddress, remotePort, remoteFamily: familyOf(remoteAddress) });
  }

  #onAssociation(association: Association, plan: ListenPlan): void {
    // Two may have been let in before either was up.
    if (this.#isFull()) {
      association.abort();
      this.#drop(association.localPort, association.remoteAddress ?? "", association.remotePort);
      return;
    }
    const socket = socketOf({ association, released: () => association.close() }, plan.socket);
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#closeIfOver();
    });
    if (plan.pauseOnConnect) socket.pause();
    this.emit("connection", socket);
  }

  #onAddresses(): void {
    for (const socket of this.#sockets) localAddressesChanged(socket);
    this.emit("address-change");
  }

  #onInnerClosed(): void {
    this.#inner = undefined;
    this.#closeIfOver();
  }

  #closeIfOver(): void {
    // After the listeners of the last socket.
    if (this.#inner === undefined && this.#sockets.size === 0) process.nextTick(() => this.emit("close"));
  }
}

/** Makes a server. `listener` is added to its `connection` event. Throws ERR_SCTP_INVALID_OPTION. */
export function createServer(listener?: (socket: Socket) => void): Server;
export function createServer(options?: ServerOptions | null, listener?: (socket: Socket) => void): Server;
export function createServer(
  first?: ServerOptions | ((socket: Socket) => void) | null,
  second?: (socket: Socket) => void,
): Server {
  const listener = typeof first === "function" ? first : second;
  const server = new Server(typeof first === "function" ? {} : (first ?? {}));
  if (listener !== undefined) server.on("connection", listener);
  return server;
}
