import { addressScope, type IpAddress } from "../base/address.ts";
import { interfaceMtu, interfaceOf, type LocalAddress, localAddresses } from "../datagram/interfaces.ts";

/**
 * Largest MTU that is believed without a search, bytes of an IP packet. An interface with jumbo frames says nothing
 * of the path behind it, and Node cannot set DF to find out.
 */
const MOST = 1_500;

/** ms for which an enumeration of the interfaces is taken as true by the questions below. */
const FRESH = 1_000;

/** What is known of the links behind our local addresses, so that the stack can ask without a system call. */
export class Links {
  readonly #now: () => number;
  #mtus: Map<IpAddress, number> = new Map();
  #own: Set<IpAddress> = new Set();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Looks the links of `addresses` up; others are forgotten. */
  update(addresses: readonly IpAddress[]): void {
    const locals = this.#read();
    this.#mtus = new Map(addresses.map((address) => [address, mtuOf(address, locals)]));
  }

  /** MTU of the link behind a local address: bytes of an IP packet, at most 1,500. */
  mtu(source: IpAddress): number {
    // An interface may change its MTU, and tells nobody.
    if (this.#now() - this.#readAt > FRESH) this.update([...this.#mtus.keys()]);
    return this.#mtus.get(source) ?? MOST;
  }

  /** Whether `address` is one of this machine's, bound or not. */
  isOwn(address: IpAddress): boolean {
    if (addressScope(address) === "loopback") return true;
    if (this.#now() - this.#readAt > FRESH) this.#read();
    return this.#own.has(address);
  }

  #read(): LocalAddress[] {
    const locals = localAddresses();
    this.#own = new Set(locals.map((local) => local.address));
    this.#readAt = this.#now();
    return locals;
  }
}

function mtuOf(address: IpAddress, locals: readonly LocalAddress[]): number {
  const name = interfaceOf(address, locals);
  // RFC 6951 §5.6: without a search for it the path MTU is that of the interface, 1,500 at most.
  return name === undefined ? MOST : Math.min(interfaceMtu(name), MOST);
}
