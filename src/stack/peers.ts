import type { IpAddress } from "../base/address.ts";
import type { Association, Endpoint } from "./endpoint.ts";

/**
 * Associations that one address and SCTP port of a peer may have with one endpoint. More than one is there only where
 * a NAT puts several peers behind one address, told apart by their UDP ports.
 */
export const MAX_NEIGHBOURS = 1_024;

/**
 * Finds associations by the peer's address and SCTP port, for packets that do not carry a tag of ours. Bound: the
 * paths of the associations, MAX_NEIGHBOURS of them a key.
 */
export class Peers {
  readonly #byKey: Map<string, Set<Association>> = new Map();
  /** Who waits to hear of the route to a destination. */
  readonly #asking: Map<IpAddress, Set<Association>> = new Map();

  /** Associations of these endpoints, which share a port, with an address and SCTP port of a peer. */
  *findAll(
    endpoints: readonly Endpoint[],
    peerPort: number,
    address: IpAddress,
  ): IterableIterator<Association> {
    for (const endpoint of endpoints) yield* this.find(endpoint, peerPort, address);
  }

  find(endpoint: Endpoint, peerPort: number, address: IpAddress): ReadonlySet<Association> {
    return this.#byKey.get(keyOf(endpoint, peerPort, address)) ?? none;
  }

  /** The association's paths are these now. */
  update(association: Association): void {
    this.#removeKeys(association);
    association.peerKeys = association.paths.map((path) =>
      keyOf(association.endpoint, association.peerPort, path.destination),
    );
    for (const key of association.peerKeys) {
      const set = this.#byKey.get(key);
      if (set === undefined) this.#byKey.set(key, new Set([association]));
      else set.add(association);
    }
  }

  #removeKeys(association: Association): void {
    for (const key of association.peerKeys) {
      const set = this.#byKey.get(key);
      set?.delete(association);
      if (set?.size === 0) this.#byKey.delete(key);
    }
    association.peerKeys = [];
  }

  /** The association has asked for the route to a destination. */
  ask(association: Association, destination: IpAddress): void {
    association.askedRoutes.add(destination);
    const asking = this.#asking.get(destination);
    if (asking === undefined) this.#asking.set(destination, new Set([association]));
    else asking.add(association);
  }

  /** Those who have asked for it; they wait no longer. */
  takeAsking(destination: IpAddress): ReadonlySet<Association> {
    const asking = this.#asking.get(destination) ?? none;
    this.#asking.delete(destination);
    for (const association of asking) association.askedRoutes.delete(destination);
    return asking;
  }

  /** The association has ended. */
  forget(association: Association): void {
    this.#removeKeys(association);
    for (const destination of association.askedRoutes) {
      const asking = this.#asking.get(destination);
      asking?.delete(association);
      if (asking?.size === 0) this.#asking.delete(destination);
    }
  }
}

const none: ReadonlySet<Association> = new Set();

function keyOf(endpoint: Endpoint, peerPort: number, address: IpAddress): string {
  return `${endpoint.id}/${peerPort}/${address}`;
}
