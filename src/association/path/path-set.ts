import { addressFamily, commonPrefixLength, type IpAddress } from "../../base/address.ts";
import type { Path } from "./path.ts";

/**
 * The paths of an association and the choice among them. Bound: MAX_PEER_ADDRESSES, enforced where addresses are
 * taken from an INIT or INIT ACK.
 */
export class PathSet {
  readonly #paths: Path[] = [];
  readonly #byDestination: Map<IpAddress, Path> = new Map();
  #primary: Path | undefined = undefined;
  /** The path that new data goes to; kept while the primary is not usable, so that traffic does not wander. */
  #current: Path | undefined = undefined;

  get all(): readonly Path[] {
    return this.#paths;
  }

  get primary(): Path {
    if (this.#primary === undefined) throw new Error("an association has at least one path");
    return this.#primary;
  }

  get(destination: IpAddress): Path | undefined {
    return this.#byDestination.get(destination);
  }

  /**
   * Bytes of user data in the largest DATA chunk that every path takes whole: the AMDCS (RFC 9260 §7.3), less the
   * chunk's header. What is cut by it can be sent again over any path without being fragmented by IP.
   */
  get maxPayload(): number {
    let smallest = this.primary.maxPayload;
    if (this.#paths.length > 1)
      for (const path of this.#paths) smallest = Math.min(smallest, path.maxPayload);
    return smallest;
  }

  /** The first path added is the primary until another is set. */
  add(path: Path): void {
    this.#paths.push(path);
    this.#byDestination.set(path.destination, path);
    this.#primary ??= path;
  }

  remove(path: Path): void {
    this.#paths.splice(this.#paths.indexOf(path), 1);
    this.#byDestination.delete(path.destination);
    if (this.#primary === path) this.#primary = this.#paths[0];
    if (this.#current === path) this.#current = undefined;
  }

  setPrimary(path: Path): void {
    this.#primary = path;
    this.#current = undefined;
  }

  /**
   * Where new data goes: the primary if it is active, else an active alternate; else a potentially failed path with
   * the fewest errors (RFC 7829 §3.2, 3 and 4); else, dormant (RFC 7829 §4), the path of last use.
   */
  forData(): Path {
    const primary = this.primary;
    if (this.#paths.length === 1) return primary;
    if (primary.state === "active") {
      this.#current = primary;
      return primary;
    }
    // RFC 9260 §8.2: "only ONE transport address SHOULD be chosen": that which was, while it works.
    const current = this.#current;
    if (current !== undefined && current !== primary && current.state === "active") return current;
    // RFC 7829 §4.1, 1 and 2: with none active one is chosen all the same.
    this.#current = this.#alternateTo(primary) ?? current ?? primary;
    return this.#current;
  }

  /**
   * Where a chunk that timed out goes: "an active destination transport address that is different from the last
   * destination address to which the chunk was sent" (RFC 9260 §6.4).
   */
  forRetransmission(last: Path): Path {
    if (this.#paths.length === 1) return this.primary;
    const data = this.forData();
    if (data !== last && data.state === "active") return data;
    return this.#alternateTo(last) ?? last;
  }

  /** For control chunks that have no address of their own: the path of data, if it is confirmed. */
  forControl(attempt: number): Path {
    const usable = this.#paths.filter((path) => path.confirmed);
    if (attempt === 0 || usable.length === 0) return this.forData();
    const start = Math.max(0, usable.indexOf(this.primary));
    return usable[(start + attempt) % usable.length] ?? this.primary;
  }

  #alternateTo(path: Path): Path | undefined {
    let best: Path | undefined;
    for (const other of this.#paths) {
      if (!other.confirmed || other.state === "unreachable") continue;
      if (best === undefined || isBetter(other, best, path)) best = other;
    }
    return best;
  }
}

const RANK = { active: 0, suspect: 1, "potentially-failed": 2, unconfirmed: 3, unreachable: 4 } as const;

/** Active before potentially failed, fewer errors before more, then the most divergent from the path it replaces. */
function isBetter(one: Path, other: Path, replaced: Path): boolean {
  if (one.state !== other.state) return RANK[one.state] < RANK[other.state];
  if (one.state === "potentially-failed" && one.errors !== other.errors) return one.errors < other.errors;
  // RFC 9260 §6.4.1: "SHOULD attempt to pick the most divergent source-destination pair from the original" one.
  return likeness(one, replaced) < likeness(other, replaced);
}

/** How alike two source-destination pairs are: a shared source counts most, then a shared network. */
function likeness(one: Path, other: Path): number {
  if (one === other) return Number.POSITIVE_INFINITY;
  const family = addressFamily(one.destination) === addressFamily(other.destination) ? 1 : 0;
  const source = one.source === other.source ? 1_000 : 0;
  return source + family + commonPrefixLength(one.destination, other.destination);
}
