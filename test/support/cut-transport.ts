import type { IpAddress } from "../../src/base/address.ts";
import { parseAddress } from "../../src/base/address.ts";
import type {
  DatagramReceiver,
  DatagramTransport,
  SendCallback,
} from "../../src/datagram/datagram-transport.ts";
import { UdpTransport } from "../../src/datagram/udp.ts";

/** UDP sockets with a cut below the driver: the datagrams of some local addresses vanish, and nobody is told. */
export class CutTransport implements DatagramTransport {
  readonly #inner: UdpTransport;
  readonly #cut: Set<IpAddress> = new Set();

  private constructor(inner: UdpTransport) {
    this.#inner = inner;
  }

  static async open(addresses: readonly string[]): Promise<CutTransport> {
    const parsed = addresses.map((text) => parseAddress(text) as IpAddress);
    return new CutTransport(await UdpTransport.open({ port: 0, addresses: parsed }));
  }

  cut(address: IpAddress): void {
    this.#cut.add(address);
  }

  heal(): void {
    this.#cut.clear();
  }

  get addresses(): readonly IpAddress[] {
    return this.#inner.addresses;
  }

  get port(): number {
    return this.#inner.port;
  }

  get receiveCapacity(): number {
    return this.#inner.receiveCapacity;
  }

  start(receiver: DatagramReceiver): void {
    this.#inner.start({
      onDatagram: (bytes, source, sourcePort, destination) => {
        if (!this.#cut.has(destination)) receiver.onDatagram(bytes, source, sourcePort, destination);
      },
      onError: (address, error) => receiver.onError(address, error),
    });
  }

  send(bytes: Uint8Array, source: IpAddress, destination: IpAddress, port: number, done: SendCallback): void {
    if (this.#cut.has(source)) done(null);
    else this.#inner.send(bytes, source, destination, port, done);
  }

  ref(): void {
    this.#inner.ref();
  }

  unref(): void {
    this.#inner.unref();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
