import { writeFileSync } from "node:fs";
import type { IpAddress } from "usctp/core";
import { encodeCaptureStart, encodeDatagram, type VirtualDatagram } from "usctp/driver";

/** A datagram on a simulated network, as the taps of `@usctp/sim` are told of it. */
interface Passage extends VirtualDatagram {
  /** When it was sent, ms. */
  readonly time: number;
  /** When it arrives; more than once where it is duplicated. */
  readonly arrivals: readonly number[];
  readonly loss?: string | undefined;
}

/** `Network` of `@usctp/sim`, or what is like it. */
export interface Tappable {
  tap(listener: (passage: Passage) => void): void;
}

export interface NetworkTraceOptions {
  /**
   * Captures at this host: what it sends, when it sends it, and what reaches it, when it does. Default: nowhere; every
   * datagram once, when it is sent.
   */
  readonly at?: { readonly addresses: readonly IpAddress[]; readonly udpPort: number };
}

interface Entry {
  readonly time: bigint;
  readonly block: Uint8Array;
}

/** Captures a simulated network from now on. Simulated time begins in 1970. */
export class NetworkTrace {
  readonly #entries: Entry[] = [];
  readonly #at: NetworkTraceOptions["at"];

  constructor(network: Tappable, { at }: NetworkTraceOptions = {}) {
    this.#at = at;
    network.tap((passage) => this.#onPassage(passage));
  }

  /** The capture as it stands, in the pcapng format. What is on its way counts as arrived. */
  toBytes(): Uint8Array {
    // An arrival is known when its datagram is sent, and stands before others that are sent meanwhile.
    const blocks = this.#entries
      .toSorted((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0))
      .map(({ block }) => block);
    return new Uint8Array(Buffer.concat([encodeCaptureStart("simulated network"), ...blocks]));
  }

  save(path: string): void {
    writeFileSync(path, this.toBytes());
  }

  #onPassage(passage: Passage): void {
    const { time, arrivals, loss, source, sourcePort, destination, destinationPort } = passage;
    const at = this.#at;
    if (at === undefined) {
      const copies = arrivals.length > 1 ? [`arrives ${arrivals.length} times`] : [];
      this.#add(passage, time, undefined, loss === undefined ? copies : [`does not arrive: ${loss}`]);
      return;
    }
    const isHere = (address: IpAddress, port: number): boolean =>
      port === at.udpPort && at.addresses.includes(address);
    if (isHere(source, sourcePort)) this.#add(passage, time, "out", []);
    if (!isHere(destination, destinationPort)) return;
    for (const arrival of arrivals) this.#add(passage, arrival, "in", []);
  }

  #add(passage: Passage, ms: number, direction: "in" | "out" | undefined, comments: readonly string[]): void {
    const time = BigInt(Math.round(ms * 1e6));
    this.#entries.push({ time, block: encodeDatagram({ ...passage, time, direction, comments }) });
  }
}
