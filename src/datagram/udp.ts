import { addressScope, type IpAddress } from "../base/address.ts";
import { SctpError } from "../base/error.ts";
import { isUnavailable } from "./bind-error.ts";
import type { DatagramReceiver, DatagramTransport, SendCallback } from "./datagram-transport.ts";
import { Turns } from "./turns.ts";
import { UdpSocket } from "./udp-socket.ts";

/** With port 0, how often another port is tried because one of the addresses has it taken. */
const PORT_ATTEMPTS = 64;

export interface UdpOptions {
  /** UDP port of every address, 0 to 65,535; 0 lets the system choose one that is free at all of them. */
  readonly port: number;
  /** Bound all or none. */
  readonly addresses: readonly IpAddress[];
  /** Bound too, but left out when this machine does not have them (yet): what a wildcard stands for. */
  readonly optional?: readonly IpAddress[];
  /** Told of each optional address that was left out, and why. */
  readonly onSkipped?: (address: IpAddress, error: Error) => void;
}

interface Held {
  readonly socket: UdpSocket;
  holders: number;
}

/**
 * One dgram socket per local address, all on one UDP port. dgram does not tell the destination address of a datagram,
 * and a socket on a wildcard lets the system choose the source of an answer: only a socket per address knows both.
 */
export class UdpTransport implements DatagramTransport {
  readonly port: number;
  readonly #held: Map<IpAddress, Held> = new Map();
  #addresses: readonly IpAddress[] = [];
  #receiver: DatagramReceiver | undefined;
  #referenced = true;
  #closed = false;
  /** bind, unbind and close take their turn: each looks at what the one before it left. */
  readonly #turns: Turns = new Turns();

  private constructor(port: number, sockets: readonly UdpSocket[]) {
    this.port = port;
    this.#keep(sockets);
  }

  /**
   * Opens the sockets. Rejects with an `SctpError`, with everything closed again: ERR_SCTP_PORT_IN_USE,
   * ERR_SCTP_ADDRESS_UNAVAILABLE, ERR_SCTP_PERMISSION, ERR_SCTP_INVALID_ADDRESS, ERR_SCTP_INVALID_OPTION (port),
   * ERR_SCTP_SOCKET.
   */
  static async open(options: UdpOptions): Promise<UdpTransport> {
    const { port } = options;
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new SctpError("ERR_SCTP_INVALID_OPTION", `a UDP port is an integer from 0 to 65535, got ${port}`);
    }
    const required = distinct(options.addresses);
    const wanted = distinct([...required, ...(options.optional ?? [])]);
    const skip = (address: IpAddress, error: Error): boolean => {
      if (required.includes(address) || !isUnavailable(error)) return false;
      options.onSkipped?.(address, error);
      return true;
    };
    for (let attempt = 1; ; attempt++) {
      try {
        const sockets = await openAll(wanted, port, skip);
        return new UdpTransport(sockets[0]!.port, sockets);
      } catch (error) {
        // The first address chose a number that another address has taken: let it choose again.
        const taken = error instanceof SctpError && error.code === "ERR_SCTP_PORT_IN_USE";
        if (port !== 0 || !taken || attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  get addresses(): readonly IpAddress[] {
    return this.#addresses;
  }

  /** Of the socket that was granted least. Sockets ask for 4 MiB. */
  get receiveCapacity(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { socket } of this.#held.values()) least = Math.min(least, socket.receiveCapacity);
    return least;
  }

  start(receiver: DatagramReceiver): void {
    this.#receiver = receiver;
    for (const { socket } of this.#held.values()) socket.start(receiver);
  }

  send(
    bytes: Uint8Array,
    source: IpAddress,
    destination: IpAddress,
    destinationPort: number,
    done: SendCallback,
  ): void {
    const held = this.#held.get(source);
    if (held === undefined) {
      // The address was removed while the packet was on its way to us.
      done(Object.assign(new Error(`no socket is bound to ${source}`), { code: "EADDRNOTAVAIL" }));
      return;
    }
    held.socket.send(bytes, destination, destinationPort, done);
  }

  /** Also rejects with ERR_SCTP_CLOSED. */
  bind(addresses: readonly IpAddress[]): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#closed) throw new SctpError("ERR_SCTP_CLOSED", "the UDP sockets are closed");
      const wanted = distinct(addresses);
      const missing = wanted.filter((address) => !this.#held.has(address));
      const sockets = missing.length === 0 ? [] : await openAll(missing, this.port, () => false);
      for (const address of wanted) {
        const held = this.#held.get(address);
        if (held !== undefined) held.holders++;
      }
      this.#keep(sockets);
    });
  }

  /** Also rejects with ERR_SCTP_UNKNOWN_ADDRESS for an address that is not bound; then nothing was given back. */
  unbind(addresses: readonly IpAddress[]): Promise<void> {
    return this.#turns.run(async () => {
      const leaving: UdpSocket[] = [];
      const given = new Set(addresses);
      for (const address of given) {
        const held = this.#held.get(address);
        if (held === undefined) {
          throw new SctpError("ERR_SCTP_UNKNOWN_ADDRESS", `${address} is not a bound address`);
        }
        if (held.holders === 1) leaving.push(held.socket);
      }
      if (leaving.length === this.#held.size) {
        const last = leaving.map((socket) => socket.address).join(", ");
        throw new SctpError("ERR_SCTP_LAST_ADDRESS", `cannot remove ${last}: no local address would be left`);
      }
      for (const address of given) this.#held.get(address)!.holders--;
      for (const socket of leaving) this.#held.delete(socket.address);
      this.#addresses = [...this.#held.keys()];
      await closeAll(leaving);
    });
  }

  ref(): void {
    this.#referenced = true;
    for (const { socket } of this.#held.values()) socket.ref();
  }

  unref(): void {
    this.#referenced = false;
    for (const { socket } of this.#held.values()) socket.unref();
  }

  close(): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#closed) return;
      this.#closed = true;
      const sockets = [...this.#held.values()].map((held) => held.socket);
      this.#held.clear();
      this.#addresses = [];
      await closeAll(sockets);
    });
  }

  #keep(sockets: readonly UdpSocket[]): void {
    for (const socket of sockets) {
      this.#held.set(socket.address, { socket, holders: 1 });
      if (!this.#referenced) socket.unref();
      if (this.#receiver !== undefined) socket.start(this.#receiver);
    }
    this.#addresses = [...this.#held.keys()];
  }
}

/** Refuses the whole list for one address that no socket can stand for, before any is opened. */
function distinct(addresses: readonly IpAddress[]): IpAddress[] {
  for (const address of addresses) {
    const scope = addressScope(address);
    if (scope === "unspecified" || scope === "multicast" || scope === "broadcast") {
      throw new SctpError(
        "ERR_SCTP_INVALID_ADDRESS",
        `cannot bind ${address}: a ${scope} address is not one host`,
      );
    }
  }
  return [...new Set(addresses)];
}

/** Opens a socket for each address, the first one choosing the port if it is 0. On failure none stays open. */
async function openAll(
  addresses: readonly IpAddress[],
  port: number,
  skip: (address: IpAddress, error: Error) => boolean,
): Promise<UdpSocket[]> {
  const sockets: UdpSocket[] = [];
  let failure: unknown = new SctpError("ERR_SCTP_ADDRESS_UNAVAILABLE", "there is no local address to bind");
  for (const address of addresses) {
    try {
      // RFC 6951 §5.1: all of them on the port of the first.
      sockets.push(await UdpSocket.open(address, sockets[0]?.port ?? port));
    } catch (error) {
      failure = error;
      if (error instanceof Error && skip(address, error)) continue;
      await closeAll(sockets);
      throw error;
    }
  }
  if (sockets.length === 0) throw failure;
  return sockets;
}

async function closeAll(sockets: readonly UdpSocket[]): Promise<void> {
  await Promise.all(sockets.map((socket) => socket.close()));
}
