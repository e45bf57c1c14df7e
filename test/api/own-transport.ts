import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import {
  type DatagramReceiver,
  type DatagramTransport,
  type ErrorDetection,
  type IpAddress,
  parseAddress,
} from "../../src/api/message/index.ts";

/** A UDP socket on 127.0.0.1, bound; to a free port unless one is named. */
export async function udpSocket(port: number = 0): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

/** A transport written by a user, over one UDP socket; `muted` it loses all that it sends. */
export class MutableTransport implements DatagramTransport {
  readonly addresses: readonly [IpAddress] = [parseAddress("127.0.0.1") as IpAddress];
  readonly port: number;
  readonly receiveCapacity: number = 100_000;
  errorDetection: ErrorDetection | undefined;
  muted = false;
  closed = false;
  released = false;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
  }

  start(receiver: DatagramReceiver): void {
    this.#socket.on("message", (bytes, { address, port }) => {
      const source = parseAddress(address);
      if (source !== undefined) receiver.onDatagram(bytes, source, port, this.addresses[0]);
    });
  }

  send(...[bytes, , destination, destinationPort, done]: Parameters<DatagramTransport["send"]>): void {
    if (this.muted) done(null);
    else this.#socket.send(bytes, destinationPort, destination, (error) => done(error));
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  close(): Promise<void> {
    this.closed = true;
    return new Promise((resolve) => {
      this.#socket.close(() => {
        this.released = true;
        resolve();
      });
    });
  }
}
