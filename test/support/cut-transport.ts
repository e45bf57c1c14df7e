import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import type { DatagramReceiver, SendCallback } from "../../src/datagram/datagram-transport.ts";
import { UdpTransport } from "../../src/datagram/udp.ts";
import { ForwardingTransport } from "./forwarding-transport.ts";

/** UDP sockets with a cut below the driver: the datagrams of some local addresses vanish, and nobody is told. */
export class CutTransport extends ForwardingTransport {
  readonly #cut: Set<IpAddress> = new Set();

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

  override start(receiver: DatagramReceiver): void {
    super.start({
      onDatagram: (bytes, source, sourcePort, destination) => {
        if (!this.#cut.has(destination)) receiver.onDatagram(bytes, source, sourcePort, destination);
      },
      onError: (address, error) => receiver.onError(address, error),
    });
  }

  override send(
    bytes: Uint8Array,
    source: IpAddress,
    destination: IpAddress,
    port: number,
    done: SendCallback,
  ): void {
    if (this.#cut.has(source)) done(null);
    else super.send(bytes, source, destination, port, done);
  }
}
