import type { InboundChunk } from "./inbound-chunk.ts";

/** A complete message, or a part of one, waiting to be read. */
export interface Ready {
  readonly chunks: readonly InboundChunk[];
  readonly more: boolean;
  readonly continuation: boolean;
}

/** Those of messages that are there from their beginning to their end, in one piece or in parts. */
export function wholeOf(all: Iterable<Ready>): readonly Ready[] {
  const list = [...all];
  const whole = new Set<Ready>();
  /** By stream and U bit: there is one at a time in parts. */
  const begun = new Map<number, Ready[]>();
  for (const ready of list) {
    const [first] = ready.chunks;
    if (first === undefined) continue;
    const lane = first.stream * 2 + Number(first.unordered);
    const parts = ready.continuation ? begun.get(lane) : [];
    parts?.push(ready);
    if (parts !== undefined && ready.more) {
      begun.set(lane, parts);
      continue;
    }
    begun.delete(lane);
    for (const part of parts ?? []) whole.add(part);
  }
  return list.filter((ready) => whole.has(ready));
}
