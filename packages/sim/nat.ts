/** A host's UDP port as the outside sees it. */
interface Mapping {
  readonly inside: number;
  readonly outside: number;
  /** When a datagram last left by it, ms. */
  usedAt: number;
}

const FIRST_PORT = 20_000;

/**
 * A translator in front of one address, which it shares with the host behind: outside, the host's UDP port is another
 * one, and a datagram comes in only by a mapping that one has gone out by (RFC 4787: endpoint-independent). It rewrites
 * the UDP port and nothing else: not the address, not SCTP's ports, tags or listed addresses.
 */
export class Nat {
  /** ms without a datagram going out, after which a mapping is gone. */
  readonly lifetime: number;
  /** Bound: one for each UDP port of the host. */
  readonly #mappings: Map<number, Mapping> = new Map();
  #nextPort = FIRST_PORT;
  /** Mappings made so far, and datagrams that found none. */
  made = 0;
  dropped = 0;

  constructor(lifetime: number) {
    this.lifetime = lifetime;
  }

  /** The UDP port that a datagram leaves with. */
  outward(now: number, inside: number): number {
    const known = this.#mappings.get(inside);
    if (known !== undefined && now - known.usedAt < this.lifetime) {
      known.usedAt = now;
      return known.outside;
    }
    this.made += 1;
    const outside = this.#nextPort++;
    this.#mappings.set(inside, { inside, outside, usedAt: now });
    return outside;
  }

  /** The host's UDP port for a datagram to that port; undefined where there is no mapping any more. */
  inward(now: number, outside: number): number | undefined {
    for (const mapping of this.#mappings.values()) {
      if (mapping.outside === outside && now - mapping.usedAt < this.lifetime) return mapping.inside;
    }
    this.dropped += 1;
    return undefined;
  }

  /** Forgets all mappings: what goes out next has another port. */
  rebind(): void {
    this.#mappings.clear();
  }
}
