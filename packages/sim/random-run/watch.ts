import type { Host } from "../host.ts";
import type { Network, Passage } from "../network.ts";
import { outOfBounds } from "./bounds.ts";

const DATA = 0;
const I_DATA = 64;
const COMMON_HEADER = 12;
const IPV4 = 28;
const IPV6 = 48;
const LARGEST = 1_500;

/** Rules that hold for every packet and at every moment. */
export class Watch {
  readonly faults: Set<string> = new Set();
  packets = 0;
  readonly #network: Network;
  /** A hash of all packets, in order (FNV-1a, 32 bits). */
  hash = 0x811c9dc5;

  constructor(network: Network) {
    this.#network = network;
    network.tap((passage) => this.#look(passage));
  }

  #look(passage: Passage): void {
    this.packets += 1;
    const { bytes, source, sourcePort, destination } = passage;
    for (const byte of bytes) this.hash = Math.imul(this.hash ^ byte, 0x01000193);
    const host = this.#network.hosts.findLast(
      (it) => it.udpPort === sourcePort && it.addresses.includes(source),
    );
    if (host === undefined) return;
    const size = bytes.length + (destination.includes(":") ? IPV6 : IPV4);
    if (size > LARGEST) this.faults.add(`${host.name} sends a packet of ${size} bytes`);
    if (hasData(bytes)) {
      for (const association of host.associations) {
        if (association.state === "closed") continue;
        const path = association.paths.find((it) => it.destination === destination);
        // RFC 9260 §5.4: "user data ... MUST NOT" go to an unconfirmed address.
        if (path?.state === "unconfirmed" && association.state !== "cookie-echoed") {
          this.faults.add(`${host.name} sends user data to ${destination}, which is not confirmed`);
        }
      }
    }
    if (this.packets % 8 === 0) this.check(host);
  }

  /** Nothing that is counted is out of its bounds. */
  check({ name, associations }: Host): void {
    for (const association of associations) {
      for (const fault of outOfBounds(association)) this.faults.add(`${name}: ${fault}`);
    }
  }
}

function hasData(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = COMMON_HEADER; at + 4 <= bytes.length; ) {
    const type = bytes[at];
    if (type === DATA || type === I_DATA) return true;
    const length = view.getUint16(at + 2);
    if (length < 4) return false;
    at += (length + 3) & ~3;
  }
  return false;
}
