import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { FailedMessage } from "../../src/api/message/message.ts";
import { Outbox, type OutboxTarget } from "../../src/api/message/sending.ts";
import type { OutgoingMessage } from "../../src/association/events.ts";
import { SctpError } from "../../src/base/error.ts";

/** An association that acknowledges when it is told to. */
class Peer implements OutboxTarget {
  readonly taken: OutgoingMessage[] = [];
  readonly failures: FailedMessage[] = [];
  readonly sendBuffer = 100;
  readonly maxMessageSize = 1_000;
  readonly outbox: Outbox = new Outbox(this);
  drains = 0;
  bufferedBytes = 0;
  #wasFull = false;

  send(message: OutgoingMessage): boolean {
    if (message.data.length > this.maxMessageSize)
      throw new SctpError("ERR_SCTP_MESSAGE_TOO_LARGE", "too large");
    this.taken.push(message);
    this.bufferedBytes += message.data.length;
    this.#wasFull = this.bufferedBytes >= this.sendBuffer;
    return !this.#wasFull;
  }

  /** All that has a priority makes way for the rest. */
  makeRoom(message: OutgoingMessage): boolean {
    const staying = this.taken.filter(({ reliability }) => reliability?.policy !== "priority");
    if (message.reliability !== undefined || staying.length === this.taken.length) return false;
    this.taken.splice(0, this.taken.length, ...staying);
    this.bufferedBytes = this.sizes.reduce((sum, size) => sum + size, 0);
    return true;
  }

  hasPathTo(): boolean {
    return true;
  }

  drained(): void {
    this.drains++;
  }

  failed(message: FailedMessage): void {
    this.failures.push(message);
  }

  /** The peer acknowledges the oldest messages, and the core says what it has to say. */
  acknowledge(count: number): void {
    for (const message of this.taken.splice(0, count)) {
      this.bufferedBytes -= message.data.length;
      if (message.notify) this.outbox.onAcknowledged(message);
    }
    if (this.#wasFull && this.bufferedBytes < this.sendBuffer / 2) {
      this.#wasFull = false;
      this.outbox.onDrain();
    }
    if (this.bufferedBytes === 0) this.outbox.onDry();
  }

  get sizes(): number[] {
    return this.taken.map((message) => message.data.length);
  }
}

const bytes = (length: number): Uint8Array => new Uint8Array(length);

/** Whether a promise has settled by now: after everything that is already due. */
async function settled(promise: Promise<unknown>): Promise<string> {
  const later = new Promise((resolve) => setImmediate(resolve, "pending"));
  const outcome = promise.then(
    () => "resolved",
    () => "rejected",
  );
  return (await Promise.race([outcome, later])) as string;
}

describe("send", () => {
  test("is buffered at once below the bound, with one promise for all", async () => {
    const { outbox, sizes, taken } = new Peer();
    expect(outbox.send(bytes(40))).toBe(outbox.send(bytes(40)));
    expect(taken.map((message) => message.data.length)).toEqual([40, 40]);
    expect(sizes).toEqual([]);
  });

  test("waits in order while sendBuffer bytes or more are buffered, and goes on when they drain", async () => {
    const peer = new Peer();
    await peer.outbox.send(bytes(90));
    await peer.outbox.send(bytes(30));
    const third = peer.outbox.send(bytes(3));
    const fourth = peer.outbox.send(bytes(4));
    expect(await settled(third)).toBe("pending");
    expect(peer.sizes).toEqual([90, 30]);
    peer.acknowledge(1);
    expect(await settled(fourth)).toBe("resolved");
    expect(peer.sizes).toEqual([30, 3, 4]);
  });

  test("of a message larger than the buffer waits until it is empty", async () => {
    const peer = new Peer();
    await peer.outbox.send(bytes(10));
    const large = peer.outbox.send(bytes(500));
    const behind = peer.outbox.send(bytes(1));
    expect(await settled(large)).toBe("pending");
    peer.acknowledge(1);
    expect(await settled(large)).toBe("resolved");
    expect(await settled(behind)).toBe("pending");
    peer.acknowledge(1);
    expect(await settled(behind)).toBe("resolved");
    expect(peer.sizes).toEqual([1]);
  });

  test("of a message that is never taken rejects at once, whatever is buffered", async () => {
    const peer = new Peer();
    await peer.outbox.send(bytes(10));
    await expect(peer.outbox.send(bytes(1_001))).rejects.toMatchObject({
      code: "ERR_SCTP_MESSAGE_TOO_LARGE",
    });
  });

  test("until acknowledged", async () => {
    const peer = new Peer();
    const sending = peer.outbox.send(bytes(1), { until: "acknowledged" });
    expect(await settled(sending)).toBe("pending");
    peer.acknowledge(1);
    expect(await settled(sending)).toBe("resolved");
  });

  test("until acknowledged rejects with why it failed, and `failed` has the caller's context", async () => {
    const peer = new Peer();
    const sending = peer.outbox.send("abc", { until: "acknowledged", context: "mine", stream: 3, ppid: 46 });
    peer.outbox.onFailed(peer.taken[0] as OutgoingMessage, "restarted", true);
    await expect(sending).rejects.toMatchObject({ code: "ERR_SCTP_RESTARTED" });
    expect(peer.failures).toMatchObject([
      { context: "mine", stream: 3, ppid: 46, unordered: false, sent: true },
    ]);
    expect(Buffer.from(peer.failures[0]?.data as Uint8Array).toString()).toBe("abc");
  });

  test("is withdrawn by its signal while it waits, and not after", async () => {
    const peer = new Peer();
    const before = new AbortController();
    await peer.outbox.send(bytes(100), { signal: before.signal });
    before.abort(new Error("late"));
    const controller = new AbortController();
    const waiting = peer.outbox.send(bytes(5), { signal: controller.signal });
    const behind = peer.outbox.send(bytes(6));
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    peer.acknowledge(1);
    await behind;
    expect(peer.sizes).toEqual([6]);
    await expect(peer.outbox.send(bytes(7), { signal: controller.signal })).rejects.toThrow("enough");
    expect(peer.sizes).toEqual([6]);
  });

  test("hands the bytes over as they are, or a copy when asked", async () => {
    const peer = new Peer();
    const mine = Buffer.from("abc");
    await peer.outbox.send(mine);
    await peer.outbox.send(mine, { copy: true });
    mine.fill("x");
    expect(peer.taken.map((message) => Buffer.from(message.data).toString())).toEqual(["xxx", "abc"]);
  });

  test.each([
    [{ stream: -1 }, '"stream" takes an integer from 0 to 65534, and got -1'],
    [{ ppid: 2 ** 32 }, '"ppid" takes an integer from 0 to 4294967295'],
    [{ unordered: "yes" }, '"unordered" takes true or false'],
    [{ until: "sent" }, '"until" takes "buffered" or "acknowledged", and got \'sent\''],
    [{ destination: "example.org" }, '"destination" takes one of the peer\'s IP addresses'],
    [{ lifetime: -1 }, '"lifetime" takes a number of ms'],
    [{ toString: 1 }, 'there is no option "toString"'],
    [{ steam: 1 }, 'there is no option "steam" (got 1): did you mean "stream"? It takes stream'],
  ])("with wrong options rejects: %o", async (options, message) => {
    const { outbox } = new Peer();
    await expect(outbox.send(bytes(1), options as never)).rejects.toThrow(message);
    const isOfSendAlone = Object.hasOwn(options, "until") || Object.hasOwn(options, "signal");
    expect(() => outbox.trySend(bytes(1), options as never)).toThrow(
      isOfSendAlone ? "there is no option" : message,
    );
  });

  test("takes Buffers, Uint8Arrays and strings", async () => {
    const { outbox } = new Peer();
    await expect(outbox.send(5 as never)).rejects.toThrow(
      "a message is a Buffer, a Uint8Array or a string, and got 5",
    );
  });
});

describe("trySend", () => {
  test("takes whatever comes, says false at the bound, and `drain` follows once", () => {
    const peer = new Peer();
    expect(peer.outbox.trySend(bytes(60))).toBe(true);
    expect(peer.outbox.trySend(bytes(60))).toBe(false);
    expect(peer.outbox.trySend(bytes(60))).toBe(false);
    expect(peer.sizes).toEqual([60, 60, 60]);
    peer.acknowledge(2);
    expect(peer.drains).toBe(0);
    peer.acknowledge(1);
    expect(peer.drains).toBe(1);
  });

  test("does not say `drain` to who was never refused", () => {
    const peer = new Peer();
    peer.outbox.trySend(bytes(60));
    peer.acknowledge(1);
    expect(peer.drains).toBe(0);
  });

  test("does not overtake those that wait", async () => {
    const peer = new Peer();
    await peer.outbox.send(bytes(100));
    const waiting = peer.outbox.send(bytes(1));
    expect(peer.outbox.trySend(bytes(2))).toBe(false);
    peer.acknowledge(1);
    await waiting;
    expect(peer.sizes).toEqual([1, 2]);
    expect(peer.drains).toBe(1);
  });
});

describe("flush", () => {
  test("resolves when nothing is unacknowledged, those that wait for room included", async () => {
    const peer = new Peer();
    await peer.outbox.flush(undefined);
    await peer.outbox.send(bytes(100));
    void peer.outbox.send(bytes(1));
    const flushing = peer.outbox.flush(undefined);
    peer.acknowledge(1);
    expect(await settled(flushing)).toBe("pending");
    peer.acknowledge(1);
    expect(await settled(flushing)).toBe("resolved");
  });

  test("rejects when a message fails meanwhile, and by its signal", async () => {
    const peer = new Peer();
    await peer.outbox.send(bytes(1));
    const flushing = peer.outbox.flush(undefined);
    peer.outbox.onFailed(peer.taken[0] as OutgoingMessage, "expired", false);
    await expect(flushing).rejects.toMatchObject({ code: "ERR_SCTP_EXPIRED" });
    await expect(peer.outbox.flush(AbortSignal.abort(new Error("no")))).rejects.toThrow("no");
    const controller = new AbortController();
    const impatient = peer.outbox.flush(controller.signal);
    controller.abort(new Error("enough"));
    await expect(impatient).rejects.toThrow("enough");
  });
});

describe("the end", () => {
  const lost = new SctpError("ERR_SCTP_TIMED_OUT", "gone");

  test("rejects sends that wait and flushes, and refuses later ones", async () => {
    const peer = new Peer();
    await peer.outbox.send(bytes(100));
    const waiting = peer.outbox.send(bytes(1), { until: "acknowledged" });
    const flushing = peer.outbox.flush(undefined);
    peer.outbox.trySend(bytes(2), { context: "tried" });
    peer.outbox.end(lost, lost);
    await expect(waiting).rejects.toBe(lost);
    await expect(flushing).rejects.toBe(lost);
    expect(peer.failures).toMatchObject([{ context: "tried", sent: false, error: lost }]);
    await expect(peer.outbox.send(bytes(1))).rejects.toMatchObject({ code: "ERR_SCTP_TIMED_OUT" });
    expect(() => peer.outbox.trySend(bytes(1))).toThrow("gone");
  });

  test("waits for those that wait for room when it is a graceful one", async () => {
    const peer = new Peer();
    await peer.outbox.send(bytes(100));
    const waiting = peer.outbox.send(bytes(1));
    let handed = false;
    peer.outbox.refuse(new SctpError("ERR_SCTP_SHUTTING_DOWN", "closing"));
    peer.outbox.whenHandedOver(() => {
      handed = true;
    });
    await expect(peer.outbox.send(bytes(1))).rejects.toMatchObject({ code: "ERR_SCTP_SHUTTING_DOWN" });
    expect(handed).toBe(false);
    peer.acknowledge(1);
    await waiting;
    expect(handed).toBe(true);
  });
});

test("a message that others make way for does not wait", async () => {
  const peer = new Peer();
  await peer.outbox.send(bytes(60), { priority: 1 });
  await peer.outbox.send(bytes(40), { priority: 1 });
  const equal = peer.outbox.send(bytes(10), { priority: 1 });
  expect(await settled(equal)).toBe("pending");
  peer.outbox.failWaiting(new SctpError("ERR_SCTP_CLOSED", "enough"));
  await expect(equal).rejects.toThrow("enough");
  expect(await settled(peer.outbox.send(bytes(20)))).toBe("resolved");
  expect(peer.sizes).toEqual([20]);
  // @ts-expect-error One of them.
  expect(() => peer.outbox.trySend(bytes(1), { priority: 1, maxRetransmits: 1 })).toThrow("not both");
});

test("trySend has others make way, too", () => {
  const peer = new Peer();
  expect(peer.outbox.trySend(bytes(100), { priority: 1 })).toBe(false);
  expect(peer.outbox.trySend(bytes(20))).toBe(true);
  expect(peer.sizes).toEqual([20]);
});

describe("a lifetime", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  test("passes while a message waits for room, too", async () => {
    const peer = new Peer();
    await peer.outbox.send(bytes(100));
    const late = peer.outbox.send(bytes(1), { lifetime: 50 });
    const acknowledged = peer.outbox.send(bytes(2), { lifetime: 50, until: "acknowledged" });
    const patient = peer.outbox.send(bytes(3), { lifetime: 80 });
    vi.advanceTimersByTime(49);
    expect(await settled(late)).toBe("pending");
    vi.advanceTimersByTime(1);
    await expect(late).rejects.toMatchObject({ code: "ERR_SCTP_EXPIRED" });
    await expect(acknowledged).rejects.toMatchObject({ code: "ERR_SCTP_EXPIRED" });
    vi.advanceTimersByTime(10);
    peer.acknowledge(1);
    await patient;
    // What is left of it.
    expect(peer.taken.map(({ data, lifetime }) => [data.length, lifetime])).toEqual([[3, 20]]);
    expect(vi.getTimerCount()).toBe(0);
    expect(peer.failures).toEqual([]);
  });

  test("of a message that nobody waits for ends with the event", () => {
    const peer = new Peer();
    peer.outbox.trySend(bytes(100));
    void peer.outbox.send(bytes(2));
    expect(peer.outbox.trySend(bytes(1), { lifetime: 50, context: "late" })).toBe(false);
    vi.advanceTimersByTime(50);
    expect(peer.failures).toMatchObject([
      { context: "late", sent: false, error: { code: "ERR_SCTP_EXPIRED" } },
    ]);
    peer.acknowledge(1);
    expect(peer.sizes).toEqual([2]);
  });
});
