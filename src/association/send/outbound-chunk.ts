import { asMid, asSsn, asTsn, type Mid, type Ssn, type Tsn } from "../../base/serial.ts";
import { DATA_HEADER, type DataFields } from "../../packet/chunks/data.ts";
import type { IDataFields } from "../../packet/chunks/i-data.ts";
import type { Path } from "../path/path.ts";
import type { QueuedMessage } from "./message.ts";

/** A quarter of what our own receiver keeps for one (see Delivery: MEMORY). */
const LEAST_COST = 54;
const LEAST_I_DATA_COST = 134;
const NO_BYTES = new Uint8Array(0);

/**
 * - `in-flight`: sent, nothing heard of it; counted in the flight of its path
 * - `gap-acknowledged`: the receiver has it, but may still renege (RFC 9260 §6.2)
 * - `marked`: thought lost, to be retransmitted; in no flight
 * - `abandoned`: given up, and gone as if it was acknowledged; its TSN waits to be skipped (RFC 3758 §3.5)
 */
export type ChunkState = "in-flight" | "gap-acknowledged" | "marked" | "abandoned";

/** One DATA or I-DATA chunk from its first transmission until it is acknowledged cumulatively. Slots are used again. */
export class OutboundChunk implements DataFields, IDataFields {
  tsn: Tsn = asTsn(0);
  flags = 0;
  /** Bytes before its user data: DATA_HEADER, or I_DATA_HEADER, which makes it I-DATA. */
  header: number = DATA_HEADER;
  stream = 0;
  ssn: Ssn = asSsn(0);
  /** Of I-DATA alone, as the FSN (RFC 8260 §2.1). */
  mid: Mid = asMid(0);
  fsn = 0;
  ppid = 0;
  bytes: Uint8Array = NO_BYTES;
  offset = 0;
  length = 0;
  message: QueuedMessage | undefined = undefined;
  state: ChunkState = "in-flight";
  /** The destination it was last sent to. */
  path: Path | undefined = undefined;
  /** It went to more than one destination: its acknowledgement proves none of them (RFC 7829 §3.2, 9). */
  ambiguous = false;
  transmissions = 0;
  /** When it was sent last, ms. */
  sentAt = 0;
  /** The packet that it was sent in last, counted over the association. */
  packet = 0;
  /** Its present transmission was acknowledged before: the peer that reneges on it and has it again proves nothing. */
  credited = false;
  /** Miss indications (RFC 9260 §7.2.4). */
  misses = 0;
  /** Marked by fast retransmit before: "ineligible for a subsequent Fast Retransmit" (RFC 9260 §7.2.4, 5). */
  fastRetransmitted = false;
  /** Marked because T3-rtx expired, rather than by gap reports: it prefers another path. */
  timedOut = false;

  /** Bytes of the chunk with header and padding, as windows of congestion count it (RFC 9260 §7.2). */
  get size(): number {
    return this.header + ((this.length + 3) & ~3);
  }

  /**
   * Bytes of the peer's window that it takes in flight: a window is told in bytes of user data, but what is tiny takes more
   * memory than that, and who runs out of it drops what the window allowed. RFC 9260 §6.2.1 asks for no less than these.
   */
  get windowCost(): number {
    return Math.max(this.length, this.header === DATA_HEADER ? LEAST_COST : LEAST_I_DATA_COST);
  }

  /** Lets go of what it holds. */
  release(): void {
    this.message = undefined;
    this.bytes = NO_BYTES;
    this.path = undefined;
  }

  /** A fresh chunk in a used slot. */
  renew(tsn: Tsn): void {
    this.tsn = tsn;
    this.state = "in-flight";
    this.ambiguous = false;
    this.transmissions = 0;
    this.credited = false;
    this.misses = 0;
    this.fastRetransmitted = false;
    this.timedOut = false;
  }
}
