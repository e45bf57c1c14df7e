import type { Serial, Tsn } from "../../base/serial.ts";
import type { ReconfigParameter } from "../../packet/parameters/reconfig/reconfig-parameter.ts";
import type { ReconfigResult } from "./result.ts";

/** Streams as RE-CONFIG lists them: none means all (RFC 6525 §4.1, §4.2). */
export type StreamList = readonly number[];

/** Up to so many are looked through one by one. */
const FEW = 8;
/** The longer ones: a peer may list thousands, and chunk after chunk is looked up in them. */
const sets: WeakMap<StreamList, ReadonlySet<number>> = new WeakMap();

export function lists(streams: StreamList, stream: number): boolean {
  if (streams.length <= FEW) return streams.length === 0 || streams.includes(stream);
  let set = sets.get(streams);
  if (set === undefined) {
    set = new Set(streams);
    sets.set(streams, set);
  }
  return set.has(stream);
}

/** Whether every one of `others` is among `streams`. */
export function covers(streams: StreamList, others: StreamList): boolean {
  if (streams.length === 0) return true;
  return others.length > 0 && others.every((stream) => lists(streams, stream));
}

/** What a request asks of the peer (RFC 6525 §4.1 to §4.3, §4.5, §4.6). */
export type Change =
  /** `answers`: the Incoming SSN Reset Request of the peer that this is the answer to. */
  | { readonly kind: "reset-outgoing"; readonly streams: StreamList; readonly answers: Serial | undefined }
  | { readonly kind: "reset-incoming"; readonly streams: StreamList }
  | { readonly kind: "reset-association" }
  | { readonly kind: "add-outgoing"; readonly count: number }
  | { readonly kind: "add-incoming"; readonly count: number };

/** One request parameter, from when it is asked for until the peer has answered. */
export interface Request {
  readonly change: Change;
  /** Given when it is first sent. */
  sequence: Serial | undefined;
  result: ReconfigResult | undefined;
  /** The peer does it: by a reset of its own that waits for data (RFC 6525 §5.2.2 E1, E2). */
  isTaken: boolean;
}

/** What the fields of a request parameter are taken from. */
export interface RequestNumbers {
  readonly sequence: Serial;
  /** The next one that we expect of the peer, minus 1. */
  readonly lastOfPeer: Serial;
  readonly lastTsn: Tsn;
}

export function requestParameter(change: Change, numbers: RequestNumbers): ReconfigParameter {
  const requestSequence = numbers.sequence;
  switch (change.kind) {
    case "reset-outgoing":
      return {
        type: "OUTGOING-SSN-RESET-REQUEST",
        requestSequence,
        // RFC 6525 §5.1.2 A4: "MUST be the Re-configuration Request Sequence Number of the Incoming SSN Reset
        // Request"; else "the next expected Re-configuration Request Sequence Number of the peer minus 1".
        responseSequence: change.answers ?? numbers.lastOfPeer,
        // RFC 6525 §5.1.2 A3: "MUST be set to the next TSN the sender assigns minus 1".
        lastTsn: numbers.lastTsn,
        streams: change.streams,
      };
    case "reset-incoming":
      return { type: "INCOMING-SSN-RESET-REQUEST", requestSequence, streams: change.streams };
    case "reset-association":
      return { type: "SSN-TSN-RESET-REQUEST", requestSequence };
    case "add-outgoing":
      return { type: "ADD-OUTGOING-STREAMS-REQUEST", requestSequence, newStreams: change.count };
    case "add-incoming":
      return { type: "ADD-INCOMING-STREAMS-REQUEST", requestSequence, newStreams: change.count };
  }
}
