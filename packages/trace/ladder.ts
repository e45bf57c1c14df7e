import { describePacket } from "usctp/core";
import type { Trace, TracedDatagram } from "./datagrams.ts";

export interface LadderOptions {
  /** Only datagrams from or to this UDP port. */
  readonly udpPort?: number | undefined;
}

/**
 * A line for each datagram: ms since the first, which way it went, over which addresses, what it was, and what the
 * capture says besides. Who captured stands at the left; else who was the first to send.
 */
export function* ladderLines(trace: Trace, { udpPort }: LadderOptions = {}): Generator<string> {
  const sides = new Sides();
  const first = trace.datagrams[0]?.time ?? 0n;
  for (const datagram of trace.datagrams) {
    const { source, sourcePort, destination, destinationPort, bytes, time, comments } = datagram;
    if (udpPort !== undefined && sourcePort !== udpPort && destinationPort !== udpPort) continue;
    const ms = (Number(time - first) / 1e6).toFixed(3).padStart(12);
    const what = describePacket(bytes);
    const from = end(source, sourcePort);
    const to = end(destination, destinationPort);
    const way = sides.isFromLeft(datagram) ? `${from} ──→ ${to}` : `${to} ←── ${from}`;
    const besides = comments.filter((comment) => comment !== what).map((comment) => `  (${comment})`);
    yield `${ms}  ${way}  ${what}${besides.join("")}`;
  }
}

/** What the lines do not show; empty when that is nothing. */
export function footnotes(trace: Trace, { udpPort }: LadderOptions = {}): string[] {
  const { dropped, passedOver, isTruncated, datagrams } = trace;
  const ports = [...new Set(datagrams.flatMap((one) => [one.sourcePort, one.destinationPort]))];
  const isMissed = udpPort !== undefined && datagrams.length > 0 && !ports.includes(udpPort);
  return [
    ...(datagrams.length === 0 ? ["there is no UDP datagram in it"] : []),
    ...(isMissed ? [`no datagram is from or to UDP port ${udpPort}: there are ${listOf(ports)}`] : []),
    ...(passedOver > 0 ? [`${passedOver} packets are no whole UDP datagrams`] : []),
    ...(dropped > 0n ? [`${dropped} packets were not captured`] : []),
    ...(isTruncated ? ["the end of the capture is missing"] : []),
  ];
}

const MOST_PORTS = 10;

function listOf(ports: readonly number[]): string {
  const sorted = [...ports].sort((one, other) => one - other);
  const more = sorted.length > MOST_PORTS ? ` and ${sorted.length - MOST_PORTS} more` : "";
  return `${sorted.slice(0, MOST_PORTS).join(", ")}${more}`;
}

/** Knows who stands at the left. */
class Sides {
  /** By verification tag, which all packets of one direction have: whether they come from the left. */
  readonly #tags: Map<number, boolean> = new Map();
  readonly #left: Set<string> = new Set();

  isFromLeft(datagram: TracedDatagram): boolean {
    if (datagram.direction !== undefined) return datagram.direction === "out";
    const { source, sourcePort, destination, destinationPort, bytes } = datagram;
    const from = end(source, sourcePort);
    const to = end(destination, destinationPort);
    const tag =
      bytes.length < 12 ? 0 : new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(4);
    // An INIT has the tag 0, whoever sends it.
    const known = tag === 0 ? undefined : this.#tags.get(tag);
    const isFromLeft = known ?? (this.#left.has(from) || !this.#left.has(to));
    if (tag !== 0) this.#tags.set(tag, isFromLeft);
    this.#left.add(isFromLeft ? from : to);
    return isFromLeft;
  }
}

function end(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
