import type { Stack } from "../../src/stack/index.ts";
import { connectTo, coreSide, nextPacket, plainMessage, readable } from "./core-pair.ts";
import { type ExtensionSet, extensionConfig } from "./extension-sets.ts";
import { given, obey } from "./worker.ts";

/**
 * Both sides of an association in one process, without sockets: what the protocol itself costs, in slices that are short
 * enough for some of them to be left alone by whatever else the machine does.
 */

/** ms of a slice, about. */
const SLICE = 4;

const now = { ms: 0 };
const { size, ours, peers } = given<{ size: number; ours: ExtensionSet; peers: ExtensionSet }>();
const a = coreSide("10.0.0.1", extensionConfig(ours));
const z = coreSide("10.0.0.2", extensionConfig(peers));

/** All packets that a stack has, to the other one; whether there were any. */
function carry(from: Stack, to: Stack): boolean {
  let any = false;
  for (let packet = nextPacket(from, now.ms); packet !== undefined; packet = nextPacket(from, now.ms)) {
    any = true;
    to.handleDatagram(now.ms, packet);
  }
  return any;
}

/** The messages that have come. */
function read(): number {
  let count = 0;
  for (const arrived of readable(z.stack)) while (arrived.receive() !== undefined) count += 1;
  readable(a.stack);
  return count;
}

/** Until nothing moves; then the clock goes on to the next timer. */
function exchange(): number {
  let count = 0;
  for (;;) {
    const moved = [carry(a.stack, z.stack), carry(z.stack, a.stack)].includes(true);
    count += read();
    if (!moved) break;
  }
  now.ms = Math.max(now.ms + 0.01, count > 0 ? 0 : Math.min(a.stack.pollTimeout(), z.stack.pollTimeout()));
  for (const { stack } of [a, z]) while (stack.handleTimeout(now.ms));
  return count;
}

const association = connectTo(a, z, 0);
for (let i = 0; i < 5; i++) exchange();

const message = plainMessage(new Uint8Array(size));

/** µs a message. */
function slice(lots: number): number {
  const begin = performance.now();
  for (let i = 0; i < lots; i++) {
    for (let j = 0; j < lot; j++) association.send(now.ms, message);
    for (let count = 0; count < lot; ) count += exchange();
  }
  return ((performance.now() - begin) * 1e3) / (lots * lot);
}

// As many messages at once as fill some packets, and no fewer than two.
const lot = Math.max(2, Math.ceil(40_000 / size));
for (const begin = performance.now(); performance.now() - begin < 1_500; ) slice(2);
const fewest = Math.min(...Array.from({ length: 10 }, () => slice(2)));
const lots = Math.max(1, Math.round((SLICE * 1e3) / (fewest * lot)));

obey(0, { slices: () => Array.from({ length: 25 }, () => slice(lots)) });
