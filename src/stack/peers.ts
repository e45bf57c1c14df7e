import type { IpAddress } from "../base/address.ts";
import type { Association, Endpoint } from "./endpoint.ts";

/**
 * Associations that one address and SCTP port of a peer may have with one endpoint. More than one is there only where
 * a NAT puts several peers behind one address, told apart by their UDP ports. Packets without a tag of ours look
 * through all of them.
 */
const MAX_NEIGHBOURS = 1_024;

/**
 * Finds associations by the peer's address and SCTP port, for packets that do not carry a tag of ours. Bound: the
 * paths of the associations, MAX_NEIGHBOURS of them a key.
 */
export class Peers {
  readonly #byKey: Map<string, Set<Association>> = new Map();
  /** Who waits to hear of the route to a destination. Bound: the paths that there are. */
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

  /** Whether one of these addresses of a peer, proven or only listed, has as many associations as it may. */
  isFull(endpoint: Endpoint, peerPort: number, addresses: readonly IpAddress[]): boolean {
    return addresses.some((address) => this.find(endpoint, peerPort, address).size >= MAX_NEIGHBOURS);
  }

  /**
   * The association's paths are these now. By an address that came later (ASCONF, INIT ACK) and that is full it is
   * not found; by its tag it always is.
   */
  update(association: Association): void {
    this.#removeKeys(association);
    const keys: string[] = [];
    for (const { destination } of association.paths) {
      const key = keyOf(association.endpoint, association.peerPort, destination);
      const set = this.#byKey.get(key);
      if (set === undefined) this.#byKey.set(key, new Set([association]));
      else if (set.size < MAX_NEIGHBOURS) set.add(association);
      else continue;
      keys.push(key);
    }
    association.peerKeys = keys;
    // What is asked of a path that went away: nobody waits for it.
    for (const destination of association.askedRoutes) {
      if (association.udpPortOf(destination) === undefined) this.#removeAsking(association, destination);
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
    for (const destination of association.askedRoutes) this.#removeAsking(association, destination);
  }

  #removeAsking(association: Association, destination: IpAddress): void {
    association.askedRoutes.delete(destination);
    const asking = this.#asking.get(destination);
    asking?.delete(association);
    if (asking?.size === 0) this.#asking.delete(destination);
  }
}

const none: ReadonlySet<Association> = new Set();

function keyOf(endpoint: Endpoint, peerPort: number, address: IpAddress): string {
  return `${endpoint.id}/${peerPort}/${address}`;
}
