import { type Tsn, tsnGe } from "../../base/serial.ts";

/** Fast Recovery of the association (RFC 9260 §7.2.4, 6). */
export class FastRecovery {
  #exit: Tsn | undefined = undefined;

  get active(): boolean {
    return this.#exit !== undefined;
  }

  /** `exit`: the highest outstanding TSN. */
  enter(exit: Tsn): void {
    this.#exit = exit;
  }

  /** RFC 9260 §6.2.1 D iv: left when the Cumulative TSN Ack reaches the exit point. */
  onCumulative(tsn: Tsn): void {
    if (this.#exit !== undefined && tsnGe(tsn, this.#exit)) this.#exit = undefined;
  }

  leave(): void {
    this.#exit = undefined;
  }
}
