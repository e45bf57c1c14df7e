import { createHash } from "node:crypto";
import type { Association, Message, ProtocolOptions } from "usctp";
import type { Context, Scenario } from "../matrix.ts";
import { patternBytes, patternSha256 } from "../pattern.ts";
import type { Peer } from "../peer.ts";
import { noComplaints, same, until } from "./check.ts";
import { type OpenStage, openStage, type StageOptions } from "./stage.ts";
import { echoOnce } from "./traffic.ts";

const LIMIT = 15_000;
const DATA = 0;

/** What the peer may allow (`reset-allow`): resets of streams, of TSNs, and more streams. */
const EVERYTHING = 7;

/** Bytes of a numbered message: three fragments. */
const LENGTH = 3_000;

/** Streams of numbered messages, and one that is reset the other way; `STEADY` is never reset. */
const RESET: readonly number[] = [1, 2];
const STEADY = 3;
const OTHER_WAY = 5;

/** What goes on beside a reset, both ways. */
const background = { bytes: 1 << 19, size: 8_192, stream: 8, streams: 4 };

/** A peer in mode `report` that allows what we ask for. */
const allowing: StageOptions = {
  relay: { delay: 2 },
  async prepare(peer) {
    await peer.command("reset-allow", { flags: EVERYTHING });
  },
};

/** The numbers of messages tell what is to be on which stream, by their PPIDs; their bytes begin there in the pattern. */
interface Numbers {
  readonly streams: readonly number[];
  readonly from: number;
  readonly to: number;
}

async function weSend(association: Association, { streams, from, to }: Numbers): Promise<void> {
  for (let number = from; number < to; number++) {
    for (const stream of streams) {
      await association.send(patternBytes(LENGTH, number), { stream, ppid: number });
    }
  }
}

async function itSends(peer: Peer, { streams, from, to }: Numbers): Promise<void> {
  for (let number = from; number < to; number++) {
    for (const stream of streams) {
      await peer.send({ length: LENGTH, offset: number, stream, ppid: number });
    }
  }
}

async function weSendBackground(association: Association): Promise<void> {
  const { bytes, size, stream, streams } = background;
  for (let at = 0, index = 0; at < bytes; at += size, index++) {
    await association.send(patternBytes(size, Math.floor(index / streams) * size), {
      stream: stream + (index % streams),
    });
  }
}

export const sequence = (...counts: readonly number[]): number[] =>
  counts.flatMap((count) => Array.from({ length: count }, (_, index) => index));

/** The Stream Sequence Numbers of a stream's messages as they went over the wire, each once. */
export function sequenceNumbers({ ours }: OpenStage, direction: "in" | "out", stream: number): number[] {
  const seen = new Set<number>();
  const numbers: number[] = [];
  for (const packet of ours.transport.packets()) {
    if (packet.direction !== direction) continue;
    for (const chunk of packet.chunks) {
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
      // RFC 9260 §3.3.1: the B flag, TSN, stream and stream sequence number.
      if (view.getUint8(0) !== DATA || (view.getUint8(1) & 2) === 0 || view.getUint16(8) !== stream) continue;
      if (seen.has(view.getUint32(4))) continue;
      seen.add(view.getUint32(4));
      numbers.push(view.getUint16(10));
    }
  }
  return numbers;
}

/** Everything that comes, from when it is made on. */
class Arrivals {
  readonly #messages = new Map<number, Message[]>();
  bytes = 0;

  constructor(association: Association) {
    association.on("message", (message) => {
      this.bytes += message.data.length;
      const before = this.#messages.get(message.stream);
      if (before === undefined) this.#messages.set(message.stream, [message]);
      else before.push(message);
    });
  }

  /** Every number once, in order, with its bytes. */
  compare(stream: number, count: number): void {
    const messages = this.#messages.get(stream) ?? [];
    same(
      `the messages on stream ${stream}`,
      messages.map(({ ppid }) => ppid),
      sequence(count),
    );
    for (const { ppid, data } of messages) {
      same(`the bytes of message ${ppid}`, patternBytes(LENGTH, ppid).equals(data), true);
    }
  }

  compareBackground(): void {
    const { bytes, stream, streams } = background;
    for (let one = stream; one < stream + streams; one++) {
      const hash = createHash("sha256");
      for (const { data } of this.#messages.get(one) ?? []) hash.update(data);
      same(`the hash of stream ${one}`, hash.digest("hex"), patternSha256(bytes / streams));
    }
  }
}

const hashes = new Map<string, string>();

/** Of a message: bytes of the pattern. */
function sha256Of(length: number, offset: number): string {
  const key = `${length} ${offset}`;
  const known = hashes.get(key) ?? createHash("sha256").update(patternBytes(length, offset)).digest("hex");
  hashes.set(key, known);
  return known;
}

/** The peer tells of `to` messages on each stream, in order, with their bytes. */
async function itHas(peer: Peer, { streams, from, to }: Numbers): Promise<void> {
  for (const stream of streams) {
    for (let number = from; number < to; number++) {
      const { ppid, sha256 } = await peer.next("message", { stream });
      same(`the message on stream ${stream} there`, [ppid, sha256], [number, sha256Of(LENGTH, number)]);
    }
  }
}

async function itHasBackground(peer: Peer): Promise<void> {
  const { bytes, size, stream, streams } = background;
  for (let at = 0, index = 0; at < bytes; at += size, index++) {
    const one = stream + (index % streams);
    const { sha256 } = await peer.next("message", { stream: one });
    same(`a message on stream ${one} there`, sha256, sha256Of(size, Math.floor(index / streams) * size));
  }
}

/** What we are told of resets, a line for each stream. */
export function resetsHere(association: Association): string[] {
  const told: string[] = [];
  association.on("streamsReset", ({ direction, streams }) => {
    for (const stream of streams) told.push(`${direction} ${stream}`);
  });
  return told;
}

/** The peer is told that the last of these has been reset; the streams of one call may go in several requests. */
export async function itIsTold(
  peer: Peer,
  direction: "incoming" | "outgoing",
  streams: readonly number[],
): Promise<void> {
  const missing = new Set(streams);
  while (missing.size > 0) {
    const event = await peer.next("stream-reset", { direction, result: "performed" });
    for (const stream of event.streams) missing.delete(stream);
  }
}

async function finish({ association, peer }: OpenStage): Promise<void> {
  await noComplaints(peer);
  await peer.setMode("echo");
  association.removeAllListeners("message");
  await echoOnce(association, "afterwards");
}

/** RFC 6525 §5.1.2, §5.2.2: streams that we send on begin anew while they and others are in use. */
export const resetByUsScenario: Scenario = {
  name: "reset-by-us",
  title: "RE-CONFIG: our streams, by us, under way",
  limit: LIMIT,
  async run(context) {
    const stage = await openStage(context, allowing);
    const { association, peer } = stage;
    const told = resetsHere(association);
    const streams = [...RESET, STEADY];
    await weSend(association, { streams, from: 0, to: 40 });
    const answer = association.resetStreams({ outgoing: RESET });
    await weSend(association, { streams, from: 40, to: 60 });
    same("the answer", await answer, { outgoing: "performed" });
    await itHas(peer, { streams, from: 0, to: 60 });
    await itIsTold(peer, "incoming", RESET);
    same("resets here", told.toSorted(), ["outgoing 1", "outgoing 2"]);
    for (const stream of RESET) {
      same(`sequence numbers of ${stream}`, sequenceNumbers(stage, "out", stream), sequence(40, 20));
    }
    same("sequence numbers of the other", sequenceNumbers(stage, "out", STEADY), sequence(60));
    await finish(stage);
    return "";
  },
};

/** The same by the peer, which takes no message for a stream while it is reset. */
export const resetByItScenario: Scenario = {
  name: "reset-by-it",
  title: "RE-CONFIG: its streams, by it, under way",
  limit: LIMIT,
  async run(context) {
    const stage = await openStage(context, allowing);
    const { association, peer } = stage;
    const told = resetsHere(association);
    const arrivals = new Arrivals(association);
    const streams = [...RESET, STEADY];
    const aside = peer.source(background, LIMIT);
    await itSends(peer, { streams, from: 0, to: 20 });
    await peer.command("reset-streams", { outgoing: true, streams: RESET.join(",") });
    await itSends(peer, { streams: [STEADY], from: 20, to: 30 });
    await itIsTold(peer, "outgoing", RESET);
    await itSends(peer, { streams: RESET, from: 20, to: 30 });
    await aside;
    await until(() => arrivals.bytes === 90 * LENGTH + background.bytes);
    for (const stream of streams) arrivals.compare(stream, 30);
    arrivals.compareBackground();
    same("resets here", told.toSorted(), ["incoming 1", "incoming 2"]);
    for (const stream of RESET) {
      same(`sequence numbers of ${stream}`, sequenceNumbers(stage, "in", stream), sequence(20, 10));
    }
    same("sequence numbers of the other", sequenceNumbers(stage, "in", STEADY), sequence(30));
    await finish(stage);
    return "";
  },
};

/** RFC 6525 §5.1.3, §5.2.3: we ask for streams that it sends on, and have one of ours reset in the same chunk. */
export const resetAskedByUsScenario: Scenario = {
  name: "reset-asked-by-us",
  title: "RE-CONFIG: its streams and ours, by us",
  limit: LIMIT,
  async run(context) {
    const stage = await openStage(context, allowing);
    const { association, peer } = stage;
    const told = resetsHere(association);
    const arrivals = new Arrivals(association);
    const aside = weSendBackground(association);
    const theirs = [...RESET, STEADY];
    await itSends(peer, { streams: theirs, from: 0, to: 20 });
    await weSend(association, { streams: [OTHER_WAY], from: 0, to: 20 });
    const answer = association.resetStreams({ incoming: RESET, outgoing: [OTHER_WAY] });
    same("the answer", await answer, { outgoing: "performed", incoming: "performed" });
    // Its request is our answer; ours is still on its way, and it takes no message for these streams before.
    await itIsTold(peer, "outgoing", RESET);
    await itSends(peer, { streams: theirs, from: 20, to: 30 });
    await weSend(association, { streams: [OTHER_WAY], from: 20, to: 30 });
    await until(() => arrivals.bytes === 90 * LENGTH);
    for (const stream of theirs) arrivals.compare(stream, 30);
    await itHas(peer, { streams: [OTHER_WAY], from: 0, to: 30 });
    await aside;
    await itHasBackground(peer);
    same("resets here", told.toSorted(), ["incoming 1", "incoming 2", "outgoing 5"]);
    for (const stream of RESET) {
      same(`sequence numbers of ${stream}`, sequenceNumbers(stage, "in", stream), sequence(20, 10));
    }
    same("sequence numbers of ours", sequenceNumbers(stage, "out", OTHER_WAY), sequence(20, 10));
    same("sequence numbers of the other", sequenceNumbers(stage, "in", STEADY), sequence(30));
    await finish(stage);
    return "";
  },
};

/** The same by the peer. */
export const resetAskedByItScenario: Scenario = {
  name: "reset-asked-by-it",
  title: "RE-CONFIG: our streams and its, by it",
  limit: LIMIT,
  async run(context) {
    const stage = await openStage(context, allowing);
    const { association, peer } = stage;
    const told = resetsHere(association);
    const arrivals = new Arrivals(association);
    const aside = weSendBackground(association);
    const ours = [...RESET, STEADY];
    await weSend(association, { streams: ours, from: 0, to: 20 });
    await itSends(peer, { streams: [OTHER_WAY], from: 0, to: 20 });
    await peer.command("reset-streams", { incoming: true, streams: RESET.join(",") });
    await itIsTold(peer, "incoming", RESET);
    await peer.command("reset-streams", { outgoing: true, streams: OTHER_WAY });
    await itIsTold(peer, "outgoing", [OTHER_WAY]);
    await weSend(association, { streams: ours, from: 20, to: 30 });
    await itSends(peer, { streams: [OTHER_WAY], from: 20, to: 30 });
    await itHas(peer, { streams: ours, from: 0, to: 30 });
    await until(() => arrivals.bytes === 30 * LENGTH);
    arrivals.compare(OTHER_WAY, 30);
    await aside;
    await itHasBackground(peer);
    same("resets here", told.toSorted(), ["incoming 5", "outgoing 1", "outgoing 2"]);
    for (const stream of RESET) {
      same(`sequence numbers of ${stream}`, sequenceNumbers(stage, "out", stream), sequence(20, 10));
    }
    same("sequence numbers of its", sequenceNumbers(stage, "in", OTHER_WAY), sequence(20, 10));
    same("sequence numbers of the other", sequenceNumbers(stage, "out", STEADY), sequence(30));
    await finish(stage);
    return "";
  },
};

/** RFC 6525 §5.1.2: no stream is named, which means all. */
export const resetAllScenario: Scenario = {
  name: "reset-all",
  title: "RE-CONFIG: all streams, by us and by it",
  limit: LIMIT,
  async run(context) {
    const stage = await openStage(context, allowing);
    const { association, peer } = stage;
    const arrivals = new Arrivals(association);
    const streams = [...RESET, STEADY];
    await weSend(association, { streams, from: 0, to: 10 });
    await itSends(peer, { streams, from: 0, to: 10 });
    const answer = association.resetStreams({ outgoing: "all" });
    await weSend(association, { streams, from: 10, to: 20 });
    same("the answer", await answer, { outgoing: "performed" });
    await peer.command("reset-streams", { outgoing: true });
    await peer.next("stream-reset", { direction: "outgoing", result: "performed" });
    await itSends(peer, { streams, from: 10, to: 20 });
    await itHas(peer, { streams, from: 0, to: 20 });
    await until(() => arrivals.bytes === 60 * LENGTH);
    for (const stream of streams) {
      arrivals.compare(stream, 20);
      same(`sequence numbers of ${stream} out`, sequenceNumbers(stage, "out", stream), sequence(10, 10));
      same(`sequence numbers of ${stream} in`, sequenceNumbers(stage, "in", stream), sequence(10, 10));
    }
    await finish(stage);
    return "";
  },
};

async function bothSend(
  { association, peer }: OpenStage,
  arrivals: Arrivals,
  numbers: Numbers,
): Promise<void> {
  await Promise.all([weSend(association, numbers), itSends(peer, numbers)]);
  await itHas(peer, numbers);
  await until(() => arrivals.bytes === numbers.to * numbers.streams.length * LENGTH);
  // Nothing is on its way in either direction then.
  await association.flush();
  while ((await peer.status()).unacknowledged > 0);
}

/** RFC 6525 §5.1.4, §5.2.4: TSNs and sequence numbers begin anew, after both sides have sent. */
export const resetTsnsByUsScenario: Scenario = {
  name: "reset-tsns-by-us",
  title: "RE-CONFIG: TSNs, by us",
  limit: LIMIT,
  async run(context) {
    const stage = await openStage(context, allowing);
    const { association, peer } = stage;
    const arrivals = new Arrivals(association);
    const streams = [...RESET, STEADY];
    await bothSend(stage, arrivals, { streams, from: 0, to: 10 });
    same("the answer", await association.resetAssociation(), { outgoing: "performed" });
    await peer.next("assoc-reset", { result: "performed" });
    await bothSend(stage, arrivals, { streams, from: 10, to: 20 });
    for (const stream of streams) {
      arrivals.compare(stream, 20);
      same(`sequence numbers of ${stream} out`, sequenceNumbers(stage, "out", stream), sequence(10, 10));
      same(`sequence numbers of ${stream} in`, sequenceNumbers(stage, "in", stream), sequence(10, 10));
    }
    await finish(stage);
    return "";
  },
};

/**
 * The same by the peer. Of its own messages one is sent afterwards: the library has then a wrong idea of what was
 * acknowledged, and may take no SACK for it.
 */
export const resetTsnsByItScenario: Scenario = {
  name: "reset-tsns-by-it",
  title: "RE-CONFIG: TSNs, by it",
  limit: LIMIT,
  async run(context) {
    const stage = await openStage(context, allowing);
    const { association, peer } = stage;
    const arrivals = new Arrivals(association);
    const streams = [...RESET, STEADY];
    await bothSend(stage, arrivals, { streams, from: 0, to: 10 });
    const told = new Promise<void>((resolve) => association.once("associationReset", () => resolve()));
    await peer.command("reset-association", {});
    await Promise.all([told, peer.next("assoc-reset", { result: "performed" })]);
    await weSend(association, { streams, from: 10, to: 20 });
    await itHas(peer, { streams, from: 10, to: 20 });
    for (const stream of streams) {
      same(`sequence numbers of ${stream} out`, sequenceNumbers(stage, "out", stream), sequence(10, 10));
    }
    await finish(stage);
    same("sequence numbers in", sequenceNumbers(stage, "in", 1), sequence(10, 1));
    return "";
  },
};

/** More streams than there were. */
const MORE = 8;

/**
 * RFC 6525 §5.1.5, §5.1.6: more streams both ways, while we send (the library, if it did, might use a sequence number
 * twice); then the last one of each is used.
 */
async function moreStreams(context: Context, ask: (stage: OpenStage) => Promise<unknown>): Promise<string> {
  const stage = await openStage(context, allowing);
  const { association, peer } = stage;
  const before = { out: association.outboundStreams, in: association.inboundStreams };
  const arrivals = new Arrivals(association);
  const aside = weSendBackground(association);
  await ask(stage);
  const after = { out: before.out + MORE, in: before.in + MORE };
  await until(() => association.outboundStreams === after.out && association.inboundStreams === after.in);
  await until(() =>
    peer.events.some(
      (event) => event.event === "stream-change" && event.in === after.out && event.out === after.in,
    ),
  );
  const status = await peer.status();
  same("the streams there", [status.in, status.out], [after.out, after.in]);
  const [outgoing, incoming] = [after.out - 1, after.in - 1];
  await weSend(association, { streams: [outgoing], from: 0, to: 10 });
  await itSends(peer, { streams: [incoming], from: 0, to: 10 });
  await aside;
  await itHasBackground(peer);
  await itHas(peer, { streams: [outgoing], from: 0, to: 10 });
  await until(() => arrivals.bytes === 10 * LENGTH);
  arrivals.compare(incoming, 10);
  await finish(stage);
  return "";
}

export const streamsByUsScenario: Scenario = {
  name: "streams-by-us",
  title: "RE-CONFIG: more streams, by us, under way",
  limit: LIMIT,
  run: (context) =>
    moreStreams(context, async ({ association }) => {
      const answer = await association.addStreams({ outgoing: MORE, incoming: MORE });
      same("the answer", answer, { outgoing: "performed", incoming: "performed" });
    }),
};

export const streamsByItScenario: Scenario = {
  name: "streams-by-it",
  title: "RE-CONFIG: more streams, by it, under way",
  limit: LIMIT,
  run: (context) => moreStreams(context, ({ peer }) => peer.command("add-streams", { in: MORE, out: MORE })),
};

const nothingAllowed: ProtocolOptions = {
  allowStreamReset: false,
  allowAssociationReset: false,
  allowStreamChange: false,
};

/** RFC 6525 §5.2.2 to §5.2.6: neither side allows the other anything, and the association goes on. */
export const resetRefusedScenario: Scenario = {
  name: "reset-refused",
  title: "RE-CONFIG: each refuses the other",
  limit: LIMIT,
  async run(context) {
    const stage = await openStage(context, { ours: nothingAllowed, peer: { mode: "echo" } });
    const { association, peer } = stage;
    await echoOnce(association, "before");
    const refused = (what: string, asked: Promise<unknown>): Promise<void> =>
      asked.then(
        () => same(what, "performed", "refused"),
        (error: { readonly code?: string }) => same(what, error.code, "ERR_SCTP_DENIED"),
      );
    await refused("our streams", association.resetStreams({ outgoing: RESET }));
    await refused("its streams", association.resetStreams({ incoming: RESET }));
    await refused("TSNs", association.resetAssociation());
    await refused("more of ours", association.addStreams({ outgoing: MORE }));
    await refused("more of its", association.addStreams({ incoming: MORE }));
    await peer.command("reset-streams", { outgoing: true, streams: RESET.join(",") });
    await peer.next("stream-reset", { result: "denied" });
    await peer.command("add-streams", { in: MORE });
    await peer.next("stream-change", { result: "denied" });
    // The last: after this refusal the library takes no further request of its user.
    await peer.command("reset-association", {});
    await peer.next("assoc-reset", { result: "denied" });
    await noComplaints(peer);
    await echoOnce(association, "afterwards");
    return "";
  },
};
