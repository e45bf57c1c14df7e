import type { Socket } from "node:dgram";
import { type IpAddress, isUsablePeer, parseAddress } from "../base/address.ts";
import { SctpError } from "../base/error.ts";
import type { DatagramReceiver, DatagramTransport, SendCallback } from "./datagram-transport.ts";
import { UdpSocket } from "./udp-socket.ts";

/**
 * Makes a transport of a dgram socket of the caller's, which must be bound and not connected. From now on it belongs
 * to the transport, which closes it at its end. It keeps its own buffer sizes and its own `lookup`.
 *
 * `address` is the local address that the socket stands for. It must be said for a socket on a wildcard: dgram does
 * not tell where a datagram came to. What comes in of the other family is not delivered then.
 *
 * Throws `SctpError`: ERR_SCTP_INVALID_STATE for a socket that is not bound, or is connected;
 * ERR_SCTP_INVALID_ADDRESS.
 */
export function fromDgramSocket(socket: Socket, address?: string): DatagramTransport {
  const bound = boundAddress(socket);
  if (isConnected(socket)) {
    throw new SctpError(
      "ERR_SCTP_INVALID_STATE",
      "the socket is connected: SCTP needs one that can send anywhere",
    );
  }
  const local = parseAddress(address ?? bound);
  if (local === undefined || !isUsablePeer(local)) {
    throw new SctpError(
      "ERR_SCTP_INVALID_ADDRESS",
      `the socket is bound to ${bound}: say which local address it stands for, got ${address ?? "none"}`,
    );
  }
  return new OneSocketTransport(new UdpSocket(socket, local));
}

class OneSocketTransport implements DatagramTransport {
  readonly addresses: readonly IpAddress[];
  readonly port: number;
  readonly receiveCapacity: number;
  readonly #socket: UdpSocket;

  constructor(socket: UdpSocket) {
    this.#socket = socket;
    this.addresses = [socket.address];
    this.port = socket.port;
    this.receiveCapacity = socket.receiveCapacity;
  }

  start(receiver: DatagramReceiver): void {
    this.#socket.start(receiver);
  }

  send(
    bytes: Uint8Array,
    _source: IpAddress,
    destination: IpAddress,
    destinationPort: number,
    done: SendCallback,
  ): void {
    this.#socket.send(bytes, destination, destinationPort, done);
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}

function boundAddress(socket: Socket): string {
  try {
    return socket.address().address;
  } catch (error) {
    throw new SctpError("ERR_SCTP_INVALID_STATE", "the socket is not bound: bind it before it is handed in", {
      cause: error,
    });
  }
}

function isConnected(socket: Socket): boolean {
  try {
    socket.remoteAddress();
    return true;
  } catch {
    return false;
  }
}
