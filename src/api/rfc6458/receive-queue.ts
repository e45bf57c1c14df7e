import type { IncomingMessage } from "../../stack/index.ts";
import { encodeNotification } from "./notification-bytes.ts";
import type { SctpNotification } from "./notifications.ts";
import type { SocketAssociation } from "./socket-association.ts";

/** A message, a part of one, or a notification, in the hands of the reader. */
export interface Item {
  readonly association: SocketAssociation;
  readonly data: Uint8Array;
  /** Undefined: it is a notification. */
  readonly message: IncomingMessage | undefined;
  readonly notification: SctpNotification | undefined;
  /** Bytes of `data` that were read. */
  offset: number;
}

/** Bytes that an association costs that has ended and is not read out, and each notification of it; a rough guess. */
const ENDED_COST = 2_048;
const NOTIFICATION_COST = 256;

/**
 * What one socket can read. Messages stay in the core until they are read, so that its window holds; this is the order:
 * associations with something to read take turns, and of each its notifications come where they happened.
 */
export class ReceiveQueue {
  /** SCTP_FRAGMENT_INTERLEAVE (RFC 6458 §8.1.20). */
  level: 0 | 1 | 2 = 0;
  /** Each at most once. Bound: the associations of the socket, and those that ended and are `leftBehind`. */
  readonly #line: Set<SocketAssociation> = new Set();
  /** Begun or looked at, and not read to its end. */
  #current: Item | undefined = undefined;
  /** The association that was read last. */
  #last: SocketAssociation | undefined = undefined;
  readonly #onReadable: () => void;

  constructor(onReadable: () => void) {
    this.#onReadable = onReadable;
  }

  /** The association may have something to read. */
  add(association: SocketAssociation): void {
    this.#line.add(association);
    this.#onReadable();
  }

  /** Bytes that associations hold which ended and are not read out; no new ones come while they are too many. */
  get leftBehind(): number {
    let bytes = 0;
    for (const association of this.#line) {
      if (association.hasEnded) {
        bytes +=
          ENDED_COST + association.core.unreadBytes + NOTIFICATION_COST * association.unreadNotifications;
      }
    }
    return bytes;
  }

  /** The association goes to another queue, with what was begun of it. */
  moveTo(other: ReceiveQueue, association: SocketAssociation): void {
    this.#line.delete(association);
    if (this.#current?.association === association) {
      other.#current = this.#current;
      this.#current = undefined;
    }
    if (this.#last === association) {
      other.#last = association;
      this.#last = undefined;
    }
    other.add(association);
  }

  /** What is read next, left where it is; undefined when there is nothing. */
  peek(): Item | undefined {
    this.#current ??= this.#next();
    return this.#current;
  }

  /** Notes that so many bytes of what `peek` gave are read; true when that was all. */
  consume(item: Item, length: number): boolean {
    item.offset += length;
    if (item.offset < item.data.length) return false;
    this.#current = undefined;
    return true;
  }

  #next(): Item | undefined {
    // RFC 6458 §8.1.20, level 0: nothing else is read, of whatever association, until a message begun has ended.
    const begun = this.level === 0 && this.#last?.isInMessage ? this.#last : undefined;
    if (begun !== undefined) {
      const item = this.#nextOf(begun);
      // With its association it ends, too.
      if (item !== undefined || begun.isInMessage) return item;
    }
    for (const association of this.#line) {
      const item = this.#nextOf(association);
      if (item !== undefined) return item;
    }
    return undefined;
  }

  #nextOf(association: SocketAssociation): Item | undefined {
    const taken = association.take(this.level);
    this.#line.delete(association);
    if (taken === undefined) return undefined;
    // To the end of the line: the others have their turn.
    this.#line.add(association);
    this.#last = association;
    return itemOf(association, taken);
  }
}

function itemOf(
  association: SocketAssociation,
  taken: NonNullable<ReturnType<SocketAssociation["take"]>>,
): Item {
  if ("message" in taken) {
    const { message } = taken;
    return { association, data: message.data, message, notification: undefined, offset: 0 };
  }
  const { notification } = taken;
  return { association, data: encodeNotification(notification), message: undefined, notification, offset: 0 };
}
