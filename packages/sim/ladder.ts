import { describePacket, type IpAddress } from "usctp/core";
import type { Network, Passage } from "./network.ts";

/** One line of a ladder: a datagram as it was sent. */
export interface Rung {
  /** ms */
  readonly time: number;
  /** Names of hosts; the address where no host has it. */
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly passage: Passage;
}

/** Keeps all that is sent from now on, and draws it as a ladder diagram. */
export class Ladder {
  readonly rungs: Rung[] = [];
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
    network.tap((passage) => {
      this.rungs.push({
        time: passage.time,
        from: this.#nameOf(passage.source, passage.sourcePort),
        to: this.#nameOf(passage.destination, passage.destinationPort),
        text: describePacket(passage.bytes),
        passage,
      });
    });
  }

  /** A line for each datagram: time, who to whom, over which addresses, what it was, and what became of it. */
  toString(): string {
    return this.rungs.map((rung) => this.#line(rung)).join("\n");
  }

  #line({ time, from, to, text, passage }: Rung): string {
    // The host that was made first stands at the left, so that answers point back.
    const back = this.#rank(to) < this.#rank(from);
    const who = back ? `${to} ←── ${from}` : `${from} ──→ ${to}`;
    const route = `${passage.source} > ${passage.destination}`;
    return `${time.toFixed(3).padStart(12)}  ${who}  ${route}  ${text}${fate(passage)}`;
  }

  #rank(name: string): number {
    const rank = this.#network.hosts.findIndex((host) => host.name === name);
    return rank < 0 ? this.#network.hosts.length : rank;
  }

  #nameOf(address: IpAddress, udpPort: number): string {
    const host = this.#network.hosts.find((it) => it.udpPort === udpPort && it.addresses.includes(address));
    return host?.name ?? `${address}:${udpPort}`;
  }
}

function fate({ loss, arrivals }: Passage): string {
  if (loss !== undefined) return `  ✗ ${loss}`;
  return arrivals.length > 1 ? `  ×${arrivals.length}` : "";
}
