import type { IpAddress } from "../../base/address.ts";

/** SACKs go out at every second packet for this many packets after the start or a gap: the peer is in slow start. */
const EAGER_PACKETS = 512;
/**
 * Past that, a SACK waits for the end of a batch of arrivals. It pays where batches are large (1.4 times the goodput
 * between two of our own); a peer that heeds Max.Burst strictly sends few packets a SACK, and would starve (usrsctp: 0.7
 * times). So after this many small batches in a row every second packet is acknowledged again for a while.
 */
const LARGE_BATCH = 8;
const SMALL_BATCHES = 16;

export interface SackParameters {
  readonly sackDelay: number;
  readonly sackFrequency: number;
}

/** Where a SACK goes: back to where the data came from, from the address that it came to. */
export interface SackTarget {
  readonly destination: IpAddress;
  readonly source: IpAddress;
}

/** Decides when a SACK is owed (RFC 9260 §6.2) and where it goes (§6.4). */
export class SackPolicy {
  #parameters: SackParameters;
  #packets = 0;
  #now = false;
  #seenData = false;
  #eager = EAGER_PACKETS;
  #smallBatches = 0;
  /** When the delayed SACK falls due, ms; Infinity when none waits. */
  deadline: number = Number.POSITIVE_INFINITY;
  target: SackTarget | undefined = undefined;

  constructor(parameters: SackParameters) {
    this.#parameters = parameters;
  }

  configure(parameters: SackParameters): void {
    this.#parameters = parameters;
  }

  /** A SACK shall go with the next packet, or make one. */
  get isDue(): boolean {
    return this.#now;
  }

  /** Data was received that no SACK has acknowledged yet; one may be bundled. */
  get isOwed(): boolean {
    return this.#now || this.#packets > 0;
  }

  /**
   * The SACK should not wait for the end of a batch of arrivals: the peer is thought to be in slow start, where each
   * SACK opens its window, or is repairing a loss, where each one counts.
   */
  get isUrgent(): boolean {
    return this.#now && this.#eager > 0;
  }

  /** The delay of RFC 9260 §6.2 has passed, or the window has opened, or the RFC says "immediately". */
  makeDue(): void {
    this.#now = true;
  }

  /** A packet with DATA was handled. `irregular`: it left or met a gap, repeated something or was dropped. */
  onPacket(now: number, irregular: boolean, immediate: boolean): void {
    this.#packets += 1;
    if (irregular) this.#eager = EAGER_PACKETS;
    else if (this.#eager > 0) this.#eager -= 1;
    if (!this.#seenData) {
      // RFC 9260 §5.1: "After the reception of the first DATA chunk ... MUST immediately respond with a SACK".
      this.#seenData = true;
      this.#now = true;
    }
    // RFC 7053 §5.2: with the I bit it "SHOULD NOT" be delayed.
    if (irregular || immediate || this.#packets >= this.#parameters.sackFrequency) this.#now = true;
    else if (this.deadline === Number.POSITIVE_INFINITY) this.deadline = now + this.#parameters.sackDelay;
  }

  /** The peer began anew: nothing of what it sent before is acknowledged any more. */
  restart(): void {
    this.onSent();
    this.#seenData = false;
    this.#eager = EAGER_PACKETS;
    this.target = undefined;
  }

  onSent(): void {
    if (this.#eager === 0 && this.#packets > 0) this.#judgeBatch();
    this.#packets = 0;
    this.#now = false;
    this.deadline = Number.POSITIVE_INFINITY;
  }

  #judgeBatch(): void {
    this.#smallBatches = this.#packets < LARGE_BATCH ? this.#smallBatches + 1 : 0;
    if (this.#smallBatches < SMALL_BATCHES) return;
    this.#smallBatches = 0;
    this.#eager = EAGER_PACKETS;
  }
}
