/** The bytes that sources of either side send. Every peer program computes the same. */
import { createHash } from "node:crypto";

/** A prime, so that a message lost, doubled or swapped changes the hash whatever the message size. */
const patternLength = 65_521;

function makePattern(): Buffer {
  const block = Buffer.alloc(patternLength);
  let x = 0x9e3779b9;
  for (let i = 0; i < patternLength; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    block[i] = x >>> 24;
  }
  return block;
}

const pattern: Buffer = makePattern();

/** The bytes that a source sends on a stream, from `offset` on. */
export function patternBytes(length: number, offset = 0): Buffer {
  const into = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) done += pattern.copy(into, done, (offset + done) % patternLength);
  return into;
}

/** SHA-256, in hex, of the first `length` bytes that a source sends on a stream. */
export function patternSha256(length: number): string {
  const hash = createHash("sha256");
  for (let done = 0; done < length; done += patternLength) {
    hash.update(pattern.subarray(0, Math.min(patternLength, length - done)));
  }
  return hash.digest("hex");
}
