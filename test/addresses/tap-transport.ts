import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import type { SendCallback } from "../../src/datagram/datagram-transport.ts";
import { UdpTransport } from "../../src/datagram/udp.ts";
import { decodePacket } from "../../src/packet/packet.ts";
import { ForwardingTransport } from "../support/forwarding-transport.ts";

/** A datagram on its way out of a {@link TapTransport}. */
export interface Outgoing {
  readonly source: string;
  readonly destination: string;
  /** The types of its chunks: "SACK DATA". */
  readonly chunks: string;
  /** UDP payload. */
  readonly length: number;
}

/** What becomes of one: it passes, it vanishes, or the system refuses it with that code. */
export type Fate = "pass" | "lost" | { readonly code: string };

/** Real UDP sockets, with everything that leaves by them written down, and as little of it lost as a test likes. */
export class TapTransport extends ForwardingTransport {
  readonly sent: Outgoing[] = [];
  fate: (datagram: Outgoing) => Fate = () => "pass";

  static async open(...addresses: string[]): Promise<TapTransport> {
    return new TapTransport(
      await UdpTransport.open({
        port: 0,
        addresses: addresses.map((text) => parseAddress(text) as IpAddress),
      }),
    );
  }

  /** Those with a chunk of this type. */
  with(chunk: string): Outgoing[] {
    return this.sent.filter(({ chunks }) => chunks.split(" ").includes(chunk));
  }

  override send(
    bytes: Uint8Array,
    source: IpAddress,
    destination: IpAddress,
    destinationPort: number,
    done: SendCallback,
  ): void {
    const chunks = (decodePacket(bytes)?.chunks ?? []).map(({ type }) => type).join(" ");
    const datagram: Outgoing = { source, destination, chunks, length: bytes.length };
    this.sent.push(datagram);
    const fate = this.fate(datagram);
    if (fate === "pass") super.send(bytes, source, destination, destinationPort, done);
    else setImmediate(() => done(fate === "lost" ? null : Object.assign(new Error(fate.code), fate)));
  }
}
