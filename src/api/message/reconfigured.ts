import type { EventEmitter } from "node:events";
import type { AssociationEvent } from "../../association/events.ts";
import type { AssociationEvents } from "./association-events.ts";

type ReconfigEvent = Extract<
  AssociationEvent,
  { type: "streams-reset" | "association-reset" | "streams-added" }
>;

/** Tells listeners what was done, at whichever side's wish. */
export function tellReconfigured(association: EventEmitter<AssociationEvents>, event: ReconfigEvent): void {
  const { type } = event;
  if (type === "streams-reset") {
    const { direction, streams } = event;
    association.emit("streamsReset", { direction, streams: streams.length === 0 ? "all" : streams });
  } else if (type === "association-reset") {
    association.emit("associationReset", { localTsn: event.localTsn, remoteTsn: event.remoteTsn });
  } else {
    association.emit("streamsAdded", { direction: event.direction, count: event.count });
  }
}
