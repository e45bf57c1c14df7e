import type { Endpoint, StackEvent } from "../stack/index.ts";
import type { DrivenStack, EventListener } from "./driver.ts";

/** Events given out in one turn; listeners that cause new events must not keep the sockets waiting. */
const EVENTS_PER_TURN = 1_024;

interface Attachment {
  readonly listener: EventListener;
  readonly referenced: boolean;
}

/** Gives a stack's events to the listeners of their endpoints, and knows whether one of those holds the process. */
export class EventDelivery {
  readonly #attachments: Map<Endpoint, Attachment> = new Map();
  readonly #onRoute: (event: Extract<StackEvent, { type: "route" }>) => void;
  readonly #onHold: (referenced: boolean) => void;
  #referenced = 0;

  /** `onHold` is told when the first endpoint begins to hold the process, and when the last one ceases to. */
  constructor(
    onRoute: (event: Extract<StackEvent, { type: "route" }>) => void,
    onHold: (referenced: boolean) => void,
  ) {
    this.#onRoute = onRoute;
    this.#onHold = onHold;
  }

  attach(endpoint: Endpoint, listener: EventListener): void {
    const referenced = this.#attachments.get(endpoint)?.referenced ?? false;
    this.#attachments.set(endpoint, { listener, referenced });
    this.setReferenced(endpoint, true);
  }

  detach(endpoint: Endpoint): void {
    this.setReferenced(endpoint, false);
    this.#attachments.delete(endpoint);
  }

  setReferenced(endpoint: Endpoint, referenced: boolean): void {
    const attachment = this.#attachments.get(endpoint);
    if (attachment === undefined || attachment.referenced === referenced) return;
    this.#attachments.set(endpoint, { listener: attachment.listener, referenced });
    this.#referenced += referenced ? 1 : -1;
    if (this.#referenced === (referenced ? 1 : 0)) this.#onHold(referenced);
  }

  clear(): void {
    this.#attachments.clear();
    this.#referenced = 0;
  }

  /** Gives out what there is. True when there may be more, for another turn. */
  deliver(stack: Pick<DrivenStack, "pollEvent">): boolean {
    for (let given = 0; given < EVENTS_PER_TURN; given++) {
      const event = stack.pollEvent();
      if (event === undefined) return false;
      if (event.type === "route") this.#onRoute(event);
      else this.#attachments.get(event.association.endpoint)?.listener(event);
    }
    return true;
  }
}
