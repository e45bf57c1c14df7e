import type { Association, OutgoingMessage } from "usctp/core";
import type { Host } from "./host.ts";

/** A whole message with the time at which its last part was read, ms. */
export interface Delivery {
  readonly time: number;
  readonly data: Uint8Array;
  readonly stream: number;
  readonly ppid: number;
  readonly unordered: boolean;
  /** Stream sequence number; 0 when unordered. */
  readonly ssn: number;
}

/** A message with everything that is usual left out: stream 0, ordered, on the primary path. */
export function message(data: Uint8Array, options: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    data,
    stream: 0,
    ppid: 0,
    unordered: false,
    more: false,
    context: undefined,
    notify: false,
    immediate: false,
    destination: undefined,
    lifetime: Number.POSITIVE_INFINITY,
    ...options,
  };
}

/** Sends `messages` one after another, as fast as the association takes them: after "drain" it goes on. */
export function sendAll(host: Host, association: Association, messages: Iterable<OutgoingMessage>): void {
  const iterator = messages[Symbol.iterator]();
  const fill = (): void => {
    let next = iterator.next();
    while (!next.done && association.send(host.now, next.value)) next = iterator.next();
    host.driver.wake();
  };
  host.onEvent((event) => {
    if (event.type === "drain" && event.association === association) fill();
  });
  fill();
}

/** Reads whatever comes in at the host's associations, at once, and puts the parts of messages together. */
export function readAll(host: Host): Delivery[] {
  const deliveries: Delivery[] = [];
  /** What there is of the messages that are delivered in parts, by association and stream. */
  const begun = new Map<Association, Map<string, Uint8Array[]>>();
  host.onEvent((event) => {
    if (event.type !== "readable") return;
    const { association } = event;
    let incoming = association.receive();
    for (; incoming !== undefined; incoming = association.receive()) {
      const { data, more, continuation, stream, ppid, unordered, ssn } = incoming;
      const streams = begun.get(association) ?? new Map<string, Uint8Array[]>();
      begun.set(association, streams);
      const key = `${stream} ${unordered}`;
      // A message that was broken off has no more parts.
      const parts = (continuation ? streams.get(key) : undefined) ?? [];
      parts.push(data);
      if (more) streams.set(key, parts);
      else {
        streams.delete(key);
        deliveries.push({ time: host.now, data: join(parts), stream, ppid, unordered, ssn });
      }
    }
    // Reading opens the window, which may owe the peer a SACK.
    host.driver.wake();
  });
  return deliveries;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
