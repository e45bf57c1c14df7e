import { createHash, type Hash } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { Association, Message } from "usctp";
import { patternBytes, patternSha256 } from "../pattern.ts";
import type { Peer } from "../peer.ts";
import { check, fail, same } from "./check.ts";

/** A bulk of the pattern: messages of `size` bytes, the last perhaps shorter, round robin over streams. */
export interface Bulk {
  readonly bytes: number;
  readonly size: number;
  readonly streams: number;
}

export type Progress = (bytes: number) => void;

/** Sends a bulk. Resolves when the association has taken all of it. */
export async function sendBulk(association: Association, bulk: Bulk, progress?: Progress): Promise<void> {
  const sent: number[] = new Array(bulk.streams).fill(0);
  for (let done = 0, index = 0; done < bulk.bytes; index++) {
    const stream = index % bulk.streams;
    const length = Math.min(bulk.size, bulk.bytes - done);
    await association.send(patternBytes(length, sent[stream]), { stream });
    sent[stream] = (sent[stream] ?? 0) + length;
    done += length;
    progress?.(done);
  }
}

/** Reads a bulk, and compares every stream's hash. Gives the longest time between two messages, ms. */
export async function receiveBulk(
  association: Association,
  bulk: Bulk,
  progress?: Progress,
): Promise<{ readonly longestGap: number }> {
  const streams: { bytes: number; readonly hash: Hash }[] = [];
  for (let i = 0; i < bulk.streams; i++) streams.push({ bytes: 0, hash: createHash("sha256") });
  let done = 0;
  let longestGap = 0;
  let before = performance.now();
  for await (const { data, stream } of association) {
    const now = performance.now();
    longestGap = Math.max(longestGap, now - before);
    before = now;
    const into = streams[stream] ?? fail(`a message on stream ${stream}, which nobody uses`);
    into.bytes += data.length;
    into.hash.update(data);
    done += data.length;
    progress?.(done);
    if (done >= bulk.bytes) break;
  }
  same("bytes received", done, bulk.bytes);
  const digests = streams.map(({ bytes, hash }) => ({ bytes, sha256: hash.digest("hex") }));
  same("streams received", digests, expectedStreams(bulk));
  return { longestGap };
}

/** Waits until the peer, in mode `sink`, has a bulk, and compares every stream's hash. */
export async function peerReceivesBulk(peer: Peer, bulk: Bulk, limit: number): Promise<void> {
  await peer.expectSink(bulk.bytes, limit);
  const { bytes, streams } = await peer.sink({ reset: true });
  same("bytes that the peer received", bytes, bulk.bytes);
  const digests = streams.map((stream) => ({ bytes: stream.bytes, sha256: stream.sha256 }));
  same("streams that the peer received", digests, expectedStreams(bulk));
}

function expectedStreams({ bytes, size, streams }: Bulk): { bytes: number; sha256: string }[] {
  const lengths: number[] = new Array(streams).fill(0);
  for (let done = 0, index = 0; done < bytes; index++) {
    const length = Math.min(size, bytes - done);
    lengths[index % streams] = (lengths[index % streams] ?? 0) + length;
    done += length;
  }
  return lengths.map((length) => ({ bytes: length, sha256: patternSha256(length) }));
}

/** Sends a message to a peer in mode `echo`, and waits until it has come back. */
export async function echoOnce(association: Association, text: string, stream = 1): Promise<void> {
  await association.send(text, { stream, ppid: 46 });
  const message = await nextMessage(association);
  same("the echo", [message.data.toString(), message.stream, message.ppid], [text, stream, 46]);
}

/** The next message that has not been read. */
export async function nextMessage(association: Association): Promise<Message> {
  const messages = association[Symbol.asyncIterator]();
  const { value } = await messages.next();
  await messages.return?.();
  check(value !== undefined, () => `the association ended, state ${association.state}`);
  return value;
}

/** "83 MB/s" */
export function rate(bytes: number, ms: number): string {
  const megabytes = bytes / 1_000 / ms;
  return `${megabytes.toFixed(megabytes < 10 ? 1 : 0)} MB/s`;
}

/** Progress as a percentage. */
export function percent(report: (text: string) => void, total: number, label = ""): Progress {
  return (bytes) => report(`${label}${Math.floor((100 * bytes) / total)} %`);
}
