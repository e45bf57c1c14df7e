import { type Tsn, tsnGe, tsnGt, tsnLt } from "../../base/serial.ts";

/** A transmission, as far as its time is looked at. */
export interface Transmitted {
  readonly tsn: Tsn;
  /** When it was sent last, ms. */
  readonly sentAt: number;
  readonly transmissions: number;
}

/** RFC 8985 §6.2, step 4: the reordering window is kept for so many recoveries after what was sent twice for nothing. */
const RECOVERIES = 16;
/** RFC 8985 §6.2, step 4: DupThresh. */
const ENOUGH_SACKED = 3;

/**
 * The recent acknowledgement of one path (RACK, RFC 8985 §6): what was sent long enough before something that has arrived,
 * and has not, is lost. Of TSNs in place of TCP's sequence numbers. Times in ms.
 */
export class Rack {
  /** RACK.xmit_ts, RACK.end_seq: of the chunk sent last among those delivered. */
  #sentAt = Number.NEGATIVE_INFINITY;
  #tsn: Tsn | undefined = undefined;
  #rtt = 0;
  #least = Number.POSITIVE_INFINITY;
  /** RACK.fack: the highest TSN delivered. */
  #highest: Tsn | undefined = undefined;
  #hasReordering = false;
  /** RACK.reo_wnd_mult, RACK.reo_wnd_persist, RACK.dsack_round. */
  #multiple = 1;
  #persist = RECOVERIES;
  #round: Tsn | undefined = undefined;

  /** RFC 8985 §6.2, steps 1 to 3. */
  onDelivered({ tsn, sentAt, transmissions }: Transmitted, now: number): void {
    const rtt = now - sentAt;
    // "If the segment has ever been retransmitted" and came back too soon, it was the former one that arrived.
    if (transmissions > 1 && rtt < this.#least) return;
    this.#least = Math.min(this.#least, rtt);
    if (
      sentAt > this.#sentAt ||
      (sentAt === this.#sentAt && this.#tsn !== undefined && tsnGt(tsn, this.#tsn))
    ) {
      this.#sentAt = sentAt;
      this.#tsn = tsn;
      this.#rtt = rtt;
    }
    if (this.#highest === undefined || tsnGt(tsn, this.#highest)) this.#highest = tsn;
    else if (transmissions === 1 && tsnLt(tsn, this.#highest)) this.#hasReordering = true;
  }

  /** RFC 8985 §6.2, step 4: the peer had a chunk twice. Once a round trip, the window grows by a quarter of the least one. */
  onDuplicate(cumulative: Tsn, next: Tsn): void {
    if (this.#round !== undefined && tsnGe(cumulative, this.#round)) this.#round = undefined;
    if (this.#round !== undefined) return;
    this.#round = next;
    this.#multiple += 1;
    this.#persist = RECOVERIES;
    this.#hasReordering = true;
  }

  /** RFC 8985 §6.2, step 4: after enough recoveries in which nothing came twice, reordering is thought to be small again. */
  onRecovered(): void {
    this.#persist -= 1;
    if (this.#persist > 0) return;
    this.#persist = RECOVERIES;
    this.#multiple = 1;
  }

  /** RACK.reo_wnd: how much later than what was sent after it a chunk may come. `sacked`: chunks that gap blocks acknowledge. */
  window(srtt: number | undefined, inRecovery: boolean, sacked: number): number {
    if (!this.#hasReordering && (inRecovery || sacked >= ENOUGH_SACKED)) return 0;
    return Math.min((this.#multiple * this.#least) / 4, srtt ?? 0);
  }

  /** RFC 8985 §6.2, step 5: sent before what has arrived; "RACK_sent_after". */
  hasPassed({ tsn, sentAt }: Transmitted): boolean {
    if (this.#tsn === undefined) return false;
    return sentAt < this.#sentAt || (sentAt === this.#sentAt && tsnLt(tsn, this.#tsn));
  }

  /** When a chunk that was passed is lost. */
  lostAt({ sentAt }: Transmitted, window: number): number {
    return sentAt + this.#rtt + window;
  }
}
