import { setImmediate as turn } from "node:timers/promises";
import type { Association, CloseInfo } from "usctp";
import type { Peer } from "../peer.ts";

/** Entries of a list that is not shown whole. */
const LONG = 8;

/** Fails the run. */
export function fail(message: string): never {
  throw new Error(message);
}

export function check(condition: boolean, message: () => string): asserts condition {
  if (!condition) fail(message());
}

/** Compares what can be written as JSON; of long lists it tells the first difference. */
export function same(what: string, actual: unknown, expected: unknown): void {
  if (Array.isArray(actual) && Array.isArray(expected) && expected.length > LONG) {
    expected.forEach((one, index) => {
      same(`${what}, number ${index}`, actual[index], one);
    });
  }
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) fail(`${what}: got ${is?.slice(0, 500)}, expected ${should?.slice(0, 500)}`);
}

/** How it ends. Ask before it can happen, or when it has happened. */
export function ended(association: Association): Promise<CloseInfo> {
  if (association.closed !== undefined) return Promise.resolve(association.closed);
  return new Promise((resolve) => association.once("close", resolve));
}

/** Resolves when it has come true, which is looked at every turn of the event loop. The run's limit bounds it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** The peer has found no fault with our packets, if it is one that counts them. */
export async function noComplaints(peer: Peer): Promise<void> {
  if (!peer.stack.traits.counts) return;
  const { checksumErrors, badTags, outOfTheBlue, aborted, restarts } = await peer.counters();
  same(
    "faults that the peer counted",
    [checksumErrors, badTags, outOfTheBlue, aborted, restarts],
    [0, 0, 0, 0, 0],
  );
}
