import type { IpAddress } from "../../base/address.ts";
import { Ring } from "../../base/ring.ts";
import type { CloseReason, Association as Core, IncomingMessage, StackEvent } from "../../stack/index.ts";
import type { Failure } from "./errors.ts";
import {
  notificationsOf,
  type PartialMessage,
  partialDeliveryAborted,
  type Speaker,
  type Told,
} from "./events.ts";
import type { SctpNotification } from "./notifications.ts";
import type { AssociationSettings, SocketSettings } from "./settings.ts";

/** A notification that waits until the messages that came before it are read. */
interface Waiting {
  readonly notification: SctpNotification;
  /** How many messages, of all since the beginning, are read before it. */
  readonly position: number;
}

/** What an association asks of the socket that it belongs to. */
export interface Owner {
  readonly settings: SocketSettings;
  /** Whether anybody wants to read that notification. */
  wants(association: SocketAssociation, notification: SctpNotification, isBounded: boolean): boolean;
  /** The association may have something to read. */
  onReadable(association: SocketAssociation): void;
  /** Its handshake has ended well. */
  onUp(): void;
  /** It is over. */
  onEnd(association: SocketAssociation): void;
}

/**
 * An association as one socket has it. It belongs to a socket until that is closed, and then goes on alone until the
 * shutdown is over (RFC 6458 §3.1.5).
 */
export class SocketAssociation implements Speaker {
  /** `sctp_assoc_t`, unique in its socket and kept when it is peeled off. */
  readonly id: number;
  readonly core: Core;
  settings: AssociationSettings;
  /** Undefined: its socket is closed. */
  socket: Owner | undefined;
  /** Called once, when the handshake has ended, well or not: the listening socket waits for that. */
  onArrival: ((isUp: boolean) => void) | undefined = undefined;
  /** SCTP_COMM_UP has been. */
  isUp = false;
  /** The peer has shut down: nothing more may be sent. */
  peerHasShutDown = false;
  /** The last message found no room: send buffer full. */
  isFull = false;
  hasEnded = false;
  /** It is to be shut down as soon as it is up: what was sent goes first. */
  #finish: (() => void) | undefined = undefined;
  /** Why it ended, unless in good order. */
  failure: Failure | undefined = undefined;
  /** Those who wait for room or for the handshake, in their order. Bound: the calls of the user that wait. */
  readonly waiters: Ring<() => void> = new Ring(1);
  /** The last of the sends that wait for room, by their lane; the next one of the lane goes after it. */
  readonly sending: Map<"messages" | "record", Promise<void>> = new Map();
  /**
   * Records of explicit EOR that are not ended, by `recordKey`; "broken": the peer began anew in their middle. Bound:
   * twice the outbound streams.
   */
  readonly records: Map<number, "open" | "broken"> = new Map();
  /** Addresses that are potentially failed, which its user was not told. Bound: the paths. */
  readonly quietlyFailed: Set<IpAddress> = new Set();
  /** Messages that are read in part. Bound: twice the inbound streams. */
  readonly #partial: Map<number, PartialMessage> = new Map();
  /** Bound: NOTIFICATION_LIMIT of the socket, and what it sent and did not get through. */
  readonly #waiting: Ring<Waiting> = new Ring(1);
  #messagesRead = 0;

  constructor(options: {
    readonly id: number;
    readonly core: Core;
    readonly settings: AssociationSettings;
    readonly socket: Owner;
  }) {
    this.id = options.id;
    this.core = options.core;
    this.settings = options.settings;
    this.socket = options.socket;
  }

  /** The address of the primary path. */
  get primaryAddress(): IpAddress | undefined {
    const { paths } = this.core;
    return (paths.find((path) => path.primary) ?? paths[0])?.destination;
  }

  /** The record of explicit EOR that was begun first and is not ended: all that is sent waits for its end. */
  get firstRecord(): number | undefined {
    const [key] = this.records.keys();
    return key;
  }

  get wantsMapped(): boolean {
    return this.socket?.settings.wantsMapped ?? false;
  }

  /** Parts of a message were read, and its end was not. */
  get isInMessage(): boolean {
    return this.#partial.size > 0;
  }

  /** Notifications that are not read. */
  get unreadNotifications(): number {
    return this.#waiting.length;
  }

  handle(event: StackEvent): void {
    switch (event.type) {
      case "established":
        this.isUp = true;
        this.#finish?.();
        this.wake();
        break;
      case "peer-shutdown":
        this.peerHasShutDown = true;
        this.wake();
        break;
      case "drain":
        this.isFull = false;
        this.wake();
        break;
      case "restarted":
        for (const key of this.records.keys()) this.records.set(key, "broken");
        this.isFull = false;
        this.#bringForward(event.unread);
        this.#abandonPartial();
        // RFC 9260 §5.2.4 A: it is established again, and shut down it still shall be.
        this.#finish?.();
        break;
      case "partial-aborted":
        this.#abortPartial(recordKey(event.stream, event.unordered));
        break;
      case "closed":
        this.hasEnded = true;
        this.failure = this.#failureOf(event.reason);
        // Others may have waited for the rest of the message.
        if (this.isInMessage) this.socket?.onReadable(this);
        break;
      case "readable":
        if (this.socket === undefined) this.discard();
        else this.socket.onReadable(this);
        return;
    }
    for (const told of notificationsOf(this, event)) this.#tell(told);
    if (event.type === "closed") {
      this.socket?.onEnd(this);
      this.wake();
    }
    if (event.type === "established" || event.type === "closed") this.#arrive();
  }

  #arrive(): void {
    const { onArrival } = this;
    this.onArrival = undefined;
    if (this.isUp) this.socket?.onUp();
    onArrival?.(this.isUp);
  }

  /** Says something to the user, if it wants to hear it. `first`: before the messages that are not read. */
  notify(notification: SctpNotification, first = false): void {
    this.#tell({ notification, unread: first ? 0 : this.core.unreadMessages });
  }

  /** What its user would read next; undefined when there is nothing. At level 0 nothing comes into a message. */
  take(
    level: 0 | 1 | 2,
  ): { readonly message: IncomingMessage } | { readonly notification: SctpNotification } | undefined {
    // What is read in part will never end. RFC 6458 §6.1.7: told when its last part is read, so before SCTP_COMM_LOST.
    if (this.hasEnded && this.isInMessage && this.core.unreadMessages === 0) this.#abandonPartial();
    const waiting = this.#waiting.peek();
    const isInTheWay = level === 0 && this.isInMessage;
    if (waiting !== undefined && waiting.position <= this.#messagesRead && !isInTheWay) return this.#shift();
    const message = this.core.receive();
    if (message !== undefined) {
      this.#messagesRead += 1;
      this.#follow(message);
      return { message };
    }
    return isInTheWay ? undefined : this.#shift();
  }

  /** Nothing more is sent: what was goes first, also where the handshake has not ended (RFC 6458 §5.3.4, SCTP_EOF). */
  finish(shutdown: () => void): void {
    this.#finish = shutdown;
    const hasToWait = !this.isUp && !this.hasEnded && this.core.bufferedBytes > 0;
    if (!hasToWait) shutdown();
  }

  /** `finish` was called. */
  get isFinishing(): boolean {
    return this.#finish !== undefined;
  }

  /** Its socket is closed: it goes on alone. Nobody reads any more, and who waits for it is told. */
  leave(): void {
    this.socket = undefined;
    this.discard();
    this.wake();
  }

  /** Resolves when it has ended. */
  async ended(): Promise<void> {
    while (!this.hasEnded) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  /** Lets those who wait look again. */
  wake(): void {
    for (let left = this.waiters.length; left > 0; left -= 1) this.waiters.shift()?.();
  }

  /** Nobody reads any more: what comes in must not close the window, or the peer could not finish. */
  discard(): void {
    while (this.core.receive() !== undefined);
  }

  #failureOf(reason: CloseReason): Failure | undefined {
    if (reason === "peer-aborted" && !this.isUp) {
      return { code: "ECONNREFUSED", text: "the peer refused: nobody listens there, or its queue is full" };
    }
    return failures[reason];
  }

  #shift(): { readonly notification: SctpNotification } | undefined {
    const waiting = this.#waiting.shift();
    return waiting === undefined ? undefined : { notification: waiting.notification };
  }

  #follow(message: IncomingMessage): void {
    const key = recordKey(message.stream, message.unordered);
    if (message.more) this.#partial.set(key, { stream: message.stream, ssn: message.ssn });
    else if (message.continuation) this.#partial.delete(key);
  }

  /** RFC 6458 §6.1.7: the user is told that the rest of a message will not come, before all else. */
  #abandonPartial(): void {
    if (!this.isInMessage) return;
    for (const partial of [...this.#partial.values()].reverse()) {
      this.#tell({ notification: partialDeliveryAborted(this.id, partial), unread: 0 }, true);
    }
    this.#partial.clear();
    // Others may have waited for the rest of the message.
    this.socket?.onReadable(this);
  }

  /** The same of one of them, which the peer gave up (RFC 3758 §3.6). */
  #abortPartial(key: number): void {
    const partial = this.#partial.get(key);
    if (partial === undefined) return;
    this.#partial.delete(key);
    this.#tell({ notification: partialDeliveryAborted(this.id, partial), unread: 0 }, true);
    this.socket?.onReadable(this);
  }

  /** Messages that notifications wait for are gone, all but so many. */
  #bringForward(unread: number): void {
    const last = this.#messagesRead + unread;
    for (let index = this.#waiting.length - 1; index >= 0; index -= 1) {
      const waiting = this.#waiting.get(index);
      if (waiting === undefined || waiting.position <= last) return;
      this.#waiting.set(index, { ...waiting, position: last });
    }
  }

  #tell({ notification, unread, isBounded = false }: Told, first = false): void {
    const { socket } = this;
    if (socket === undefined || !socket.wants(this, notification, isBounded)) return;
    const waiting = { notification, position: this.#messagesRead + unread };
    if (first) this.#waiting.unshift(waiting);
    else this.#waiting.push(waiting);
    socket.onReadable(this);
  }
}

const failures: Readonly<Record<CloseReason, Failure | undefined>> = {
  shutdown: undefined,
  "peer-aborted": { code: "ECONNRESET", text: "the peer aborted the association" },
  "no-answer": { code: "ETIMEDOUT", text: "the peer did not answer the INIT or the COOKIE ECHO" },
  "timed-out": { code: "ETIMEDOUT", text: "the peer does not answer any more" },
  aborted: { code: "ECONNABORTED", text: "the association was aborted here" },
  "protocol-violation": { code: "ECONNABORTED", text: "the peer broke the protocol, and was aborted" },
};

/** A stream with the ordered or the unordered messages on it. */
export function recordKey(stream: number, unordered: boolean): number {
  return stream * 2 + (unordered ? 1 : 0);
}
