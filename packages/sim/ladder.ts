import { describePacket, type IpAddress } from "usctp/core";
import type { Network, Passage } from "./network.ts";

export interface LadderOptions {
  /** How many of the latest datagrams to keep. Default Infinity. */
  readonly keep?: number;
  /** Those sent after that time, ms, are counted and not kept. Default Infinity. */
  readonly until?: number;
}

/** Keeps what is sent from now on, and draws it as a ladder diagram. */
export class Ladder {
  readonly passages: Passage[] = [];
  readonly #network: Network;
  readonly #keep: number;
  #forgotten = 0;
  #later = 0;

  constructor(network: Network, { keep = Infinity, until = Infinity }: LadderOptions = {}) {
    this.#network = network;
    this.#keep = keep;
    network.tap((passage) => {
      if (passage.time > until) {
        this.#later += 1;
        return;
      }
      this.passages.push(passage);
      // In one go from time to time: a shift for each would cost the length of the list.
      if (this.passages.length >= 2 * keep) this.#forget(keep);
    });
  }

  /** A line for each datagram: time, who to whom, over which addresses, what it was, and what became of it. */
  toString(): string {
    this.#forget(this.#keep);
    const lines = this.passages.map((passage) => this.#line(passage));
    if (this.#forgotten > 0) lines.unshift(`… ${this.#forgotten} datagrams before`);
    if (this.#later > 0) lines.push(`… ${this.#later} datagrams after`);
    return lines.join("\n");
  }

  #forget(keep: number): void {
    const count = Math.max(0, this.passages.length - keep);
    this.passages.splice(0, count);
    this.#forgotten += count;
  }

  #line({
    time,
    source,
    sourcePort,
    destination,
    destinationPort,
    bytes,
    loss,
    arrivals,
    corrupted,
  }: Passage): string {
    const from = this.#nameOf(source, sourcePort);
    const to = this.#nameOf(destination, destinationPort);
    // The host that was made first stands at the left, so that answers point back.
    const who = this.#rank(to) < this.#rank(from) ? `${to} ←── ${from}` : `${from} ──→ ${to}`;
    const copies = arrivals.length > 1 ? `  ×${arrivals.length}` : "";
    const fate = loss === undefined ? copies : `  ✗ ${loss}`;
    const damage = corrupted ? "  ✗ corrupted" : "";
    const head = `${time.toFixed(3).padStart(12)}  ${who}  ${source} > ${destination}`;
    return `${head}  ${describePacket(bytes)}${fate}${damage}`;
  }

  #rank(name: string): number {
    const rank = this.#network.hosts.findIndex((host) => host.name === name);
    return rank < 0 ? this.#network.hosts.length : rank;
  }

  #nameOf(address: IpAddress, udpPort: number): string {
    const there = this.#network.hosts.filter((it) => it.addresses.includes(address));
    // Behind a NAT its port is another one.
    const host = there.find((it) => it.udpPort === udpPort) ?? there[0];
    return host?.name ?? `:${udpPort}`;
  }
}
