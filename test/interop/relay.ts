/**
 * A UDP relay that stands between two SCTP endpoints and impairs what passes: loss, delay, jitter, reordering,
 * duplication, a rate with a queue, cuts, each direction and each path by itself.
 *
 * SCTP endpoints tell each other their IP addresses, so a relay must keep these and change UDP ports alone. Each path
 * has two sockets: one on the far side's address, where `near` sends, and one on the near side's address, where `far`
 * sends. `near` takes the first for the far endpoint (its address, another UDP port) and `far` takes the second for
 * the near endpoint. All paths share one UDP port per side, because an endpoint starts with one remote UDP port for
 * all addresses of its peer (RFC 6951 §5.4).
 *
 * ```
 * near 127.0.0.1:U1 ──► 127.0.0.1:nearPort │relay│ 127.0.0.1:farPort ──► far 127.0.0.1:U2
 * near 127.0.0.2:U1 ──► 127.0.0.2:nearPort │relay│ 127.0.0.2:farPort ──► far 127.0.0.2:U2
 * ```
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { type Impairment, Lane, type RelayCounters } from "./relay-lane.ts";

export type { Impairment, RelayCounters } from "./relay-lane.ts";

/** Where a datagram is going. */
export type Direction = "toFar" | "toNear";

export interface RelayPath {
  /**
   * The endpoint's address, and its UDP port. Without a port it is learned from what the endpoint sends, and before
   * it has sent anything on this path, from what it sent on another.
   */
  readonly near: { readonly address: string; readonly port?: number };
  readonly far: { readonly address: string; readonly port?: number };
}

/** Which directions and paths (by index) a call is about; without one, all of them. */
export interface Scope {
  readonly direction?: Direction;
  readonly path?: number;
}

export interface RelayOptions {
  readonly paths: readonly RelayPath[];
  /** Seeds every random choice. Default 1. */
  readonly seed?: number;
  readonly impairment?: Impairment;
}

/** Says whether a datagram may pass. Sees it before any impairment. */
export type RelayFilter = (datagram: Buffer, direction: Direction, path: number) => boolean;

const directions: readonly Direction[] = ["toFar", "toNear"];

/** Bytes to ask of the kernel for each socket's buffers: the relay itself should lose nothing. */
const socketBuffer = 4 << 20;

function bindSocket(address: string, port: number): Promise<Socket> {
  const v6 = isIPv6(address);
  const socket = createSocket({
    type: v6 ? "udp6" : "udp4",
    ...(v6 ? { ipv6Only: true } : {}),
    // The addresses are literal: an answer at once instead of a tick later.
    lookup: (host, _options, callback) => callback(null, host, v6 ? 6 : 4),
  });
  return new Promise((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners("error");
      // A send that fails is a loss, and an unhandled `error` would end the process.
      socket.on("error", () => {});
      socket.setRecvBufferSize(socketBuffer);
      socket.setSendBufferSize(socketBuffer);
      resolve(socket);
    });
  });
}

/** One socket on each address, all on one port. */
async function bindAll(addresses: readonly string[]): Promise<Socket[]> {
  for (let attempt = 0; ; attempt++) {
    const sockets: Socket[] = [];
    try {
      for (const address of addresses)
        sockets.push(await bindSocket(address, sockets[0]?.address().port ?? 0));
      return sockets;
    } catch (error) {
      for (const socket of sockets) socket.close();
      // The port that one address gave may be taken on the next: another draw.
      if (attempt === 20 || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
}

interface Side {
  socket: Socket;
  readonly address: string;
  /** Undefined until a datagram came from there, where it was not given. */
  port: number | undefined;
  readonly learns: boolean;
}

interface Line {
  readonly near: Side;
  readonly far: Side;
  readonly lanes: Readonly<Record<Direction, Lane>>;
}

/** See the top of this file. Made by `openRelay`. */
export class Relay {
  /** Lets a test drop chosen datagrams, or look at all of them. */
  filter: RelayFilter | undefined;
  readonly #lines: Line[] = [];

  constructor(options: RelayOptions, nearSockets: readonly Socket[], farSockets: readonly Socket[]) {
    const { paths, seed = 1, impairment = {} } = options;
    paths.forEach((path, index) => {
      const nearSocket = nearSockets[index];
      const farSocket = farSockets[index];
      if (nearSocket === undefined || farSocket === undefined)
        throw new RangeError("a socket for every path");
      const near: Side = { ...side(path.near), socket: nearSocket };
      const far: Side = { ...side(path.far), socket: farSocket };
      const lanes = {
        toFar: new Lane(seed + 2 * index, impairment, (datagram) => this.#send(datagram, "far", index)),
        toNear: new Lane(seed + 2 * index + 1, impairment, (datagram) => this.#send(datagram, "near", index)),
      };
      this.#lines.push({ near, far, lanes });
      this.#listen(near, "toFar", index);
      this.#listen(far, "toNear", index);
    });
  }

  /** The UDP port where the near endpoint finds the far one: its remote UDP port. */
  get nearPort(): number {
    return portOf(this.#lines[0]?.near);
  }

  /** The UDP port where the far endpoint finds the near one. */
  get farPort(): number {
    return portOf(this.#lines[0]?.far);
  }

  /** Replaces the impairment; what is on its way keeps its time. */
  impair(impairment: Impairment, scope: Scope = {}): void {
    for (const lane of this.#select(scope)) lane.impairment = impairment;
  }

  /** Drops everything, silently, until `heal`. */
  cut(scope: Scope = {}): void {
    for (const lane of this.#select(scope)) lane.cut = true;
  }

  heal(scope: Scope = {}): void {
    for (const lane of this.#select(scope)) lane.cut = false;
  }

  counters(direction: Direction, path: number): RelayCounters {
    const lane = this.#lines[path]?.lanes[direction];
    if (lane === undefined) throw new RangeError(`no path ${path}`);
    return lane.counters;
  }

  /** Moves the sockets that face one endpoint to a new UDP port, as a NAT that forgot its mapping does. */
  async rebind(facing: "near" | "far"): Promise<void> {
    const sides = this.#lines.map((line) => line[facing]);
    const other: "near" | "far" = facing === "near" ? "far" : "near";
    const sockets = await bindAll(this.#lines.map((line) => line[other].address));
    sides.forEach((one, index) => {
      const socket = sockets[index];
      if (socket === undefined) return;
      one.socket.close();
      one.socket = socket;
      this.#listen(one, facing === "near" ? "toFar" : "toNear", index);
    });
  }

  async close(): Promise<void> {
    const sockets = this.#lines.flatMap(({ near, far }) => [near.socket, far.socket]);
    for (const lane of this.#select({})) lane.close();
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(resolve))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #select(scope: Scope): Lane[] {
    const lines = scope.path === undefined ? this.#lines : this.#lines.slice(scope.path, scope.path + 1);
    const wanted = scope.direction === undefined ? directions : [scope.direction];
    return lines.flatMap(({ lanes }) => wanted.map((direction) => lanes[direction]));
  }

  #send(datagram: Buffer, to: "near" | "far", path: number): void {
    const end = this.#lines[path]?.[to];
    const port = end?.port ?? this.#lines.find((line) => line[to].port !== undefined)?.[to].port;
    // Nobody has been heard of there yet: as good as lost.
    if (end !== undefined && port !== undefined) end.socket.send(datagram, port, end.address, () => {});
  }

  #listen(from: Side, direction: Direction, path: number): void {
    from.socket.on("message", (datagram: Buffer, sender: RemoteInfo) => {
      const lane = this.#lines[path]?.lanes[direction];
      if (lane === undefined) return;
      // The port alone: a peer on a wildcard socket sends to 127.0.0.2 from 127.0.0.1, and is answered where it listens.
      if (from.learns) from.port = sender.port;
      lane.take(datagram, this.filter?.(datagram, direction, path) !== false);
    });
  }
}

function side(end: { readonly address: string; readonly port?: number }): Omit<Side, "socket"> {
  return { address: end.address, port: end.port, learns: end.port === undefined };
}

function portOf(one: Side | undefined): number {
  return one?.socket.address().port ?? 0;
}

/** Opens the sockets of every path. Dispose of it (`await using`), or call `close`. */
export async function openRelay(options: RelayOptions): Promise<Relay> {
  if (options.paths.length === 0) throw new RangeError("a relay needs a path");
  const nearSockets = await bindAll(options.paths.map((path) => path.far.address));
  try {
    return new Relay(options, nearSockets, await bindAll(options.paths.map((path) => path.near.address)));
  } catch (error) {
    for (const socket of nearSockets) socket.close();
    throw error;
  }
}
