import type { IpAddress } from "../base/address.ts";
import type { SendCallback } from "../datagram/datagram-transport.ts";
import type { Transmit } from "../stack/index.ts";
import type { SourceQueue } from "./source-queues.ts";

/** Slots that may exist at once. With every one of them on its way, sending waits. */
const MOST_SLOTS = 512;

/** Views kept per slot. Full packets have one length, SACKs another; a third is made and forgotten. */
const KEPT_VIEWS = 2;

/** Told when the datagram of a slot is out, or has failed. */
export type SlotListener = (slot: SendSlot, error: Parameters<SendCallback>[0]) => void;

/**
 * A buffer for one packet on its way out, with all that sending it takes, made once: the callback and the views. What
 * it remembers of the packet is for a send error, which may come late.
 */
export class SendSlot {
  bytes: Uint8Array;
  /** Counts against this source until the datagram is out. */
  queue: SourceQueue | undefined;
  association: Transmit["association"];
  destination: IpAddress | undefined;
  size = 0;
  readonly done: SendCallback;
  readonly #views: Uint8Array[] = [];
  #oldest = 0;

  constructor(size: number, listener: SlotListener) {
    this.bytes = new Uint8Array(size);
    this.done = (error) => listener(this, error);
  }

  /** The first `length` bytes, as a view that is kept for the next packet of that length. */
  view(length: number): Uint8Array {
    for (const view of this.#views) if (view.length === length) return view;
    const view = this.bytes.subarray(0, length);
    this.#views[this.#oldest] = view;
    this.#oldest = (this.#oldest + 1) % KEPT_VIEWS;
    return view;
  }

  /** Replaces the buffer by one of `size` bytes. */
  resize(size: number): void {
    this.bytes = new Uint8Array(size);
    this.#views.length = 0;
    this.#oldest = 0;
  }
}

/** The slots that are not in use. They are made as they are needed, at most 512, and never given up. */
export class SendBuffers {
  readonly #free: SendSlot[] = [];
  readonly #listener: SlotListener;
  #made = 0;

  constructor(listener: SlotListener) {
    this.#listener = listener;
  }

  /** A slot for a packet of up to `size` bytes; undefined when all are on their way. */
  take(size: number): SendSlot | undefined {
    const slot = this.#free.pop();
    if (slot !== undefined) {
      // The longest packet grew (a larger path MTU): slots grow one by one, as they are taken.
      if (slot.bytes.length < size) slot.resize(size);
      return slot;
    }
    if (this.#made === MOST_SLOTS) return undefined;
    this.#made++;
    return new SendSlot(size, this.#listener);
  }

  /** Takes `slot` back. True when every slot was in use, so that somebody may wait for it. */
  release(slot: SendSlot): boolean {
    slot.queue = undefined;
    // A free slot must not keep an association from the garbage collector.
    slot.association = undefined;
    const exhausted = this.#free.length === 0 && this.#made === MOST_SLOTS;
    this.#free.push(slot);
    return exhausted;
  }
}
