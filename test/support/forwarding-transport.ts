import type { IpAddress } from "../../src/base/address.ts";
import type {
  DatagramReceiver,
  DatagramTransport,
  SendCallback,
} from "../../src/datagram/datagram-transport.ts";
import type { UdpTransport } from "../../src/datagram/udp.ts";

/** UDP sockets with room for a test between them and the driver: overrides say what is seen, kept or lost. */
export class ForwardingTransport implements DatagramTransport {
  readonly #inner: UdpTransport;

  protected constructor(inner: UdpTransport) {
    this.#inner = inner;
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
    this.#inner.start(receiver);
  }

  send(bytes: Uint8Array, source: IpAddress, destination: IpAddress, port: number, done: SendCallback): void {
    this.#inner.send(bytes, source, destination, port, done);
  }

  bind(addresses: readonly IpAddress[]): Promise<void> {
    return this.#inner.bind(addresses);
  }

  unbind(addresses: readonly IpAddress[]): Promise<void> {
    return this.#inner.unbind(addresses);
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
