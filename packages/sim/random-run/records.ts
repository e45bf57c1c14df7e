import type { Association, OutgoingMessage } from "usctp/core";
import { type Entry, HEADER } from "./ledger.ts";

/** Bytes of a record of which half is written. */
export const HALF: number = 3_000;

/** Messages that go on with each other if one of them is a part. */
export type Lane = Pick<OutgoingMessage, "stream" | "unordered">;

/** A record whose end has not been handed over. */
export interface OpenRecord {
  readonly association: Association;
  readonly entry: Entry;
  readonly outgoing: OutgoingMessage;
  /** What is still to come. */
  readonly rest: Uint8Array[];
}

/** Whether a message of this lane would go on with one of these records. */
export function isOpen(records: Iterable<OpenRecord>, association: Association, lane: Lane): boolean {
  for (const { association: its, outgoing } of records) {
    if (its === association && outgoing.stream === lane.stream && outgoing.unordered === lane.unordered)
      return true;
  }
  return false;
}

/** Cuts it into at most `parts`; the first one names it. */
export function piecesOf(data: Uint8Array, parts: number): Uint8Array[] {
  const size = Math.max(HEADER, Math.ceil(data.length / parts));
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += size) pieces.push(data.subarray(at, at + size));
  return pieces;
}
