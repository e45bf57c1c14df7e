import type { IpAddress } from "usctp/core";
import type { VirtualDatagram } from "usctp/driver";

/** A UDP socket without a stack behind it: it sends what it is given and keeps what comes. */
export class Socket {
  readonly address: IpAddress;
  readonly udpPort: number;
  /** What has come and was not taken away. */
  readonly received: VirtualDatagram[] = [];
  readonly #carry: (datagram: VirtualDatagram) => void;

  constructor(address: IpAddress, udpPort: number, carry: (datagram: VirtualDatagram) => void) {
    this.#carry = carry;
    this.address = address;
    this.udpPort = udpPort;
  }

  send(bytes: Uint8Array, destination: IpAddress, destinationPort: number = this.udpPort): void {
    this.#carry({
      bytes: bytes.slice(),
      source: this.address,
      sourcePort: this.udpPort,
      destination,
      destinationPort,
    });
  }

  /** For the network. */
  receive(datagram: VirtualDatagram): void {
    this.received.push(datagram);
  }
}
