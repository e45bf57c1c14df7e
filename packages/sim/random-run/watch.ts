import type { Association } from "usctp/core";
import type { Host } from "../host.ts";
import type { Network, Passage } from "../network.ts";

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
  check(host: Host): void {
    for (const association of host.associations) this.#checkAssociation(host, association);
  }

  #checkAssociation({ name }: Host, association: Association): void {
    const {
      bufferedBytes,
      outstandingChunks,
      bytesInFlight,
      unreadBytes,
      config,
      advertisedWindow,
      peerWindow,
    } = association;
    const rule = (holds: boolean, what: string): void => {
      if (!holds) this.faults.add(`${name}: ${what}`);
    };
    rule(bufferedBytes >= 0, `bufferedBytes is ${bufferedBytes}`);
    rule(outstandingChunks >= 0 && outstandingChunks < 131_072, `outstandingChunks is ${outstandingChunks}`);
    rule(bytesInFlight >= 0, `bytesInFlight is ${bytesInFlight}`);
    rule(
      unreadBytes >= 0 && unreadBytes <= config.receiveBuffer + 65_536,
      `unreadBytes is ${unreadBytes} of ${config.receiveBuffer}`,
    );
    rule(
      advertisedWindow >= 0 && advertisedWindow <= Math.max(config.receiveBuffer, 1_500),
      `advertisedWindow is ${advertisedWindow}`,
    );
    rule(peerWindow >= 0, `peerWindow is ${peerWindow}`);
    if (association.state === "closed") return;
    let flight = 0;
    for (const { destination, cwnd, ssthresh, flightSize, rto, errors, mtu } of association.paths) {
      flight += flightSize;
      rule(flightSize >= 0, `the flight size of ${destination} is ${flightSize}`);
      rule(cwnd >= 0 && Number.isFinite(cwnd), `the cwnd of ${destination} is ${cwnd}`);
      rule(ssthresh >= 0, `ssthresh of ${destination} is ${ssthresh}`);
      rule(
        rto >= Math.min(config.rtoMin, config.rtoInitial) &&
          rto <= Math.max(config.rtoMax, config.rtoInitial),
        `the RTO of ${destination} is ${rto}`,
      );
      rule(errors >= 0 && errors <= 1_000, `${destination} has ${errors} errors`);
      rule(mtu >= 512, `the MTU of ${destination} is ${mtu}`);
    }
    rule(flight === 0 || bytesInFlight > 0, `flight of ${flight} with nothing outstanding`);
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
