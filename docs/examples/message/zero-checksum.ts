/**
 * Packets without a checksum (RFC 9653) over a transport that guards its datagrams itself. It stands in for DTLS: a plain
 * UDP socket that says of itself that it is DTLS is only for showing where the option goes.
 *
 *     npx tsx docs/examples/message/zero-checksum.ts
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import {
  connect,
  createEndpoint,
  type DatagramReceiver,
  type DatagramTransport,
  type IpAddress,
  parseAddress,
} from "usctp";

const HERE = parseAddress("127.0.0.1") as IpAddress;

class GuardedTransport implements DatagramTransport {
  readonly addresses: readonly [IpAddress] = [HERE];
  readonly receiveCapacity: number = 100_000;
  readonly errorDetection = "dtls";
  readonly port: number;
  unchecked = 0;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
  }

  start(receiver: DatagramReceiver): void {
    this.#socket.on("message", (bytes, { address, port }) => {
      const source = parseAddress(address);
      if (source !== undefined) receiver.onDatagram(bytes, source, port, HERE);
    });
  }

  send(...[bytes, , destination, port, done]: Parameters<DatagramTransport["send"]>): void {
    if (Buffer.from(bytes).readUInt32LE(8) === 0) this.unchecked += 1;
    this.#socket.send(bytes, port, destination, (error) => done(error));
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

async function transport(): Promise<GuardedTransport> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return new GuardedTransport(socket);
}

const [theirs, ours] = [await transport(), await transport()];
const endpoint = await createEndpoint({ port: 5000, transport: theirs, zeroChecksum: true });
const target = { port: 5000, addresses: "127.0.0.1", udpPort: theirs.port };
const association = await connect({ ...target, transport: ours, zeroChecksum: true });
await association.send("hello", { until: "acknowledged" });
console.log(ours.unchecked > 0 ? "sent without a checksum" : "sent with checksums");
await association.close();
await endpoint.close({ associations: "abort" });
