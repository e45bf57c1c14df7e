import { createSocket, type Socket } from "node:dgram";
import { addressFamily, type IpAddress, parseAddress } from "../base/address.ts";
import { bindError } from "./bind-error.ts";
import type { DatagramReceiver, SendCallback } from "./datagram-transport.ts";
import { numericLookup } from "./numeric-lookup.ts";

/**
 * Bytes of payload that each socket is asked to hold on its way in and out. The system may grant less (Linux:
 * net.core.rmem_max and wmem_max); with its usual 208 KiB, large windows on loopback collapse.
 */
const BUFFER = 4_194_304;

/** Remembered spellings of source addresses, so that a packet costs no parsing; forgotten together when full. */
const KNOWN_SOURCES = 1_024;

/** One dgram socket with the one local address that it stands for. */
export class UdpSocket {
  readonly address: IpAddress;
  readonly #socket: Socket;
  readonly #sources: Map<string, IpAddress> = new Map();

  /** Takes over a socket that is bound to `address`. */
  constructor(socket: Socket, address: IpAddress) {
    this.#socket = socket;
    this.address = address;
  }

  /** Opens and binds; rejects with an `SctpError` that says what to do. Port 0: the system's choice. */
  static open(address: IpAddress, port: number): Promise<UdpSocket> {
    const udp6 = addressFamily(address) === 6;
    return new Promise((resolve, reject) => {
      // ipv6Only is always said: without it the system's default decides whether IPv4 may have the same port.
      const socket = createSocket({
        type: udp6 ? "udp6" : "udp4",
        ipv6Only: udp6,
        lookup: numericLookup,
      });
      socket.once("error", (error) => {
        socket.close();
        reject(bindError(error, address, port));
      });
      // exclusive: under node:cluster the primary would otherwise bind for us, and share the port with siblings.
      socket.bind({ address, port, exclusive: true }, () => {
        socket.removeAllListeners("error");
        askForBuffers(socket);
        resolve(new UdpSocket(socket, address));
      });
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Bytes of datagrams that the system keeps for us while we do not read. */
  get receiveCapacity(): number {
    const granted = this.#socket.getRecvBufferSize();
    // Linux doubles what it was asked for, for its own bookkeeping, and tells the doubled figure (socket(7)).
    return process.platform === "linux" ? Math.floor(granted / 2) : granted;
  }

  start(receiver: DatagramReceiver): void {
    // Without a listener an error event would end the process.
    this.#socket.on("error", (error) => receiver.onError(this.address, error));
    this.#socket.on("message", (bytes, from) => {
      const source = this.#sources.get(from.address) ?? this.#learn(from.address);
      if (source !== undefined) receiver.onDatagram(bytes, source, from.port, this.address);
    });
  }

  send(bytes: Uint8Array, destination: IpAddress, port: number, done: SendCallback): void {
    try {
      this.#socket.send(bytes, port, destination, done);
    } catch (error) {
      // A closed socket or a port out of range: dgram throws, we report like any other failed send.
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** Resolves when the system has the port back. */
  close(): Promise<void> {
    this.#socket.removeAllListeners("message");
    return new Promise((resolve) => {
      this.#socket.close(resolve);
    });
  }

  /** Datagrams of the other family come to a caller's dual-stack socket only; `address` cannot answer them. */
  #learn(text: string): IpAddress | undefined {
    const source = parseAddress(text);
    if (source === undefined || addressFamily(source) !== addressFamily(this.address)) return undefined;
    if (this.#sources.size >= KNOWN_SOURCES) this.#sources.clear();
    this.#sources.set(text, source);
    return source;
  }
}

function askForBuffers(socket: Socket): void {
  askForBuffer((size) => socket.setRecvBufferSize(size));
  askForBuffer((size) => socket.setSendBufferSize(size));
}

/** Linux grants what it can; others (macOS) refuse what is too much, and are asked for half. */
function askForBuffer(ask: (size: number) => void): void {
  for (let size = BUFFER; size >= 65_536; size /= 2) {
    try {
      ask(size);
      return;
    } catch {}
  }
}
