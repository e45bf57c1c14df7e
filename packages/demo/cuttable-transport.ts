import type { DatagramReceiver, DatagramTransport, IpAddress, SendCallback } from "usctp";

/**
 * A transport whose datagrams to and from one address can be made to vanish, as when a cable is pulled further on: no
 * error tells the stack above of it.
 */
export class CuttableTransport implements DatagramTransport {
  readonly #inner: DatagramTransport;
  #cut: IpAddress | undefined;
  /** Bytes that came to each of our addresses. */
  readonly received: Map<IpAddress, number> = new Map();

  constructor(inner: DatagramTransport) {
    this.#inner = inner;
  }

  /** Drops from now on whatever goes to or comes from `address`, ours or the peer's. */
  cut(address: IpAddress): void {
    this.#cut = address;
  }

  heal(): void {
    this.#cut = undefined;
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
        if (this.#cut !== undefined && (this.#cut === source || this.#cut === destination)) return;
        this.received.set(destination, (this.received.get(destination) ?? 0) + bytes.length);
        receiver.onDatagram(bytes, source, sourcePort, destination);
      },
      onError: (address, error) => receiver.onError(address, error),
    });
  }

  send(bytes: Uint8Array, source: IpAddress, destination: IpAddress, port: number, done: SendCallback): void {
    // Sent, as far as the stack can see.
    if (this.#cut !== undefined && (this.#cut === source || this.#cut === destination)) done(null);
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
