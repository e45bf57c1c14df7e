import type { IpAddress } from "../base/address.ts";

/**
 * Datagrams of one source that may be on their way to the system at once: twice a turn's batch. Sends usually finish
 * within the turn; they stay when the socket's buffer is full, and then no source may take all buffers.
 */
const BLOCK_AT = 64;
/** Half of it must be out again before a blocked source goes on, so that it goes on with a batch. */
const WRITABLE_AT = 32;

/** What one local address has on its way. */
export interface SourceQueue {
  readonly address: IpAddress;
  outstanding: number;
  blocked: boolean;
}

/** Caps what each local address has on its way, so that a slow interface holds up no other. */
export class SourceQueues {
  readonly #queues: Map<IpAddress, SourceQueue> = new Map();
  #last: SourceQueue | undefined;

  /** Counts one more datagram of `address` on its way. */
  add(address: IpAddress): SourceQueue {
    const queue = this.#of(address);
    queue.outstanding++;
    return queue;
  }

  /** Whether `queue` has just reached its cap; from then on it is blocked. */
  justBlocked(queue: SourceQueue): boolean {
    if (queue.blocked || queue.outstanding < BLOCK_AT) return false;
    queue.blocked = true;
    return true;
  }

  /** A datagram is out. Whether `queue` has just become writable again. */
  remove(queue: SourceQueue): boolean {
    queue.outstanding--;
    if (!queue.blocked || queue.outstanding > WRITABLE_AT) return false;
    queue.blocked = false;
    return true;
  }

  /** Forgets the addresses that are not among `addresses`. */
  retain(addresses: readonly IpAddress[]): void {
    for (const address of this.#queues.keys()) {
      if (!addresses.includes(address)) this.#queues.delete(address);
    }
    this.#last = undefined;
  }

  /** One packet after the other mostly has the same source. */
  #of(address: IpAddress): SourceQueue {
    if (this.#last !== undefined && this.#last.address === address) return this.#last;
    let queue = this.#queues.get(address);
    if (queue === undefined) {
      queue = { address, outstanding: 0, blocked: false };
      this.#queues.set(address, queue);
    }
    this.#last = queue;
    return queue;
  }
}
