import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Message } from "../../src/api/message/message.ts";
import { Inbox } from "../../src/api/message/receiving.ts";
import { AssociationStream } from "../../src/api/message/stream.ts";
import type { IncomingMessage } from "../../src/association/events.ts";
import type { IpAddress } from "../../src/base/address.ts";

/** An association with messages in its receive buffer. */
class Source {
  readonly buffered: IncomingMessage[] = [];
  readonly heard: string[] = [];
  listener: ((message: Message) => void) | undefined;
  credits = 0;
  readonly inbox: Inbox = new Inbox({
    receive: () => this.buffered.shift(),
    taken: () => {
      this.credits++;
    },
    listened: () => this.listener !== undefined,
    emit: (message) => this.listener?.(message),
  });

  arrive(...messages: readonly (string | Partial<IncomingMessage>)[]): void {
    for (const message of messages) {
      this.buffered.push({
        data: new TextEncoder().encode(typeof message === "string" ? message : "?"),
        stream: 0,
        ppid: 0,
        unordered: false,
        ssn: 0,
        tsn: 0,
        source: "127.0.0.1" as IpAddress,
        more: false,
        continuation: false,
        ...(typeof message === "string" ? {} : message),
      });
    }
    this.inbox.pump();
  }

  listen(): void {
    this.listener = (message) => this.heard.push(message.data.toString());
    this.inbox.listening();
  }

  stream(number: number, readBuffer: number): AssociationStream {
    const stream = new AssociationStream(
      number,
      { readBuffer },
      { write: () => {}, readable: () => this.inbox.pump(), destroyed: () => this.inbox.detach(number) },
    );
    this.inbox.attach(number, stream);
    return stream;
  }
}

const on = (stream: number, text: string): Partial<IncomingMessage> => ({
  stream,
  data: new TextEncoder().encode(text),
});

describe("reading", () => {
  test("takes nothing while nobody wants it", async () => {
    const source = new Source();
    source.arrive("a", "b");
    await turn();
    expect(source.buffered.length).toBe(2);
    expect(source.credits).toBe(0);
  });

  test("by iteration takes one message a turn", async () => {
    const source = new Source();
    source.arrive("a", "b", "c");
    const messages = source.inbox.iterate();
    expect((await messages.next()).value?.data.toString()).toBe("a");
    expect(source.buffered.length).toBe(2);
    expect(source.credits).toBe(1);
  });

  test("by listeners flows, and stops at pause", async () => {
    const source = new Source();
    source.arrive("a");
    source.listen();
    expect(source.heard).toEqual([]);
    await turn();
    source.arrive("b");
    source.inbox.pause();
    source.arrive("c");
    expect(source.heard).toEqual(["a", "b"]);
    // The peer may be told of the room after each time that some were taken.
    expect(source.credits).toBe(2);
    source.inbox.resume();
    await turn();
    expect(source.heard).toEqual(["a", "b", "c"]);
  });

  test("goes on after a listener threw", async () => {
    const source = new Source();
    source.listener = (message) => {
      source.heard.push(message.data.toString());
      if (source.heard.length === 1) throw new Error("listener");
    };
    expect(() => source.arrive("a", "b")).toThrow("listener");
    expect(source.heard).toEqual(["a"]);
    await turn();
    expect(source.heard).toEqual(["a", "b"]);
  });

  test("tells parts of a message, and gives a view and not a copy", async () => {
    const source = new Source();
    const bytes = new Uint8Array([1, 2, 3, 4]);
    source.arrive(
      { data: bytes.subarray(1, 3), more: true },
      { more: true, continuation: true },
      { continuation: true },
      "x",
    );
    const parts: Message[] = [];
    const messages = source.inbox.iterate();
    for (let i = 0; i < 4; i++) parts.push((await messages.next()).value as Message);
    expect(parts.map(({ partial, end }) => [partial, end])).toEqual([
      [true, false],
      [true, false],
      [true, true],
      [false, true],
    ]);
    expect(parts[0]?.data.buffer).toBe(bytes.buffer);
    expect(parts[0]?.data).toEqual(Buffer.from([2, 3]));
  });
});

describe("the end", () => {
  test("comes after what was received", async () => {
    const source = new Source();
    source.arrive("a", "b");
    source.inbox.end(undefined);
    const heard: string[] = [];
    for await (const { data } of source.inbox.iterate()) heard.push(data.toString());
    expect(heard).toEqual(["a", "b"]);
  });

  test("that was not graceful is thrown, once", async () => {
    const source = new Source();
    source.arrive("a");
    const messages = source.inbox.iterate();
    source.inbox.end(new Error("gone"));
    expect((await messages.next()).value?.data.toString()).toBe("a");
    await expect(messages.next()).rejects.toThrow("gone");
    expect((await messages.next()).done).toBe(true);
  });

  test("wakes those that wait", async () => {
    const source = new Source();
    const next = source.inbox.iterate().next();
    source.inbox.end(undefined);
    expect((await next).done).toBe(true);
  });
});

describe("closing", () => {
  test("drops what nobody reads, so that the peer can finish", () => {
    const source = new Source();
    source.arrive("a", "b");
    source.inbox.discardUnwanted();
    source.arrive("c");
    expect(source.buffered).toEqual([]);
  });

  test("drops nothing that a loop is still to read, and all after it was left", async () => {
    const source = new Source();
    const messages = source.inbox.iterate();
    source.arrive("a", "b");
    source.inbox.discardUnwanted();
    expect(source.buffered.length).toBe(2);
    expect((await messages.next()).value?.data.toString()).toBe("a");
    await messages.return();
    expect(source.buffered).toEqual([]);
  });

  test("drops nothing of a paused listener", async () => {
    const source = new Source();
    source.listen();
    source.inbox.pause();
    source.inbox.discardUnwanted();
    source.arrive("a");
    expect(source.buffered.length).toBe(1);
  });
});

describe("a stream", () => {
  test("gets what is its own, and the others the rest", async () => {
    const source = new Source();
    source.listen();
    const stream = source.stream(3, 100);
    source.arrive(on(3, "three"), on(4, "four"));
    await turn();
    expect(source.heard).toEqual(["four"]);
    expect((stream.read() as Message).data.toString()).toBe("three");
  });

  test("that is not read stops all at its bound, and holds one message more", async () => {
    const source = new Source();
    source.listen();
    const stream = source.stream(3, 4);
    await turn();
    for (let i = 0; i < 10; i++) source.arrive(on(3, "ab"));
    source.arrive(on(4, "behind"));
    await turn();
    // Two in its store, one held; nobody has asked it for any.
    expect(source.buffered.length).toBe(8);
    expect(source.heard).toEqual([]);
    const read: string[] = [];
    stream.on("data", (message: Message) => read.push(message.data.toString()));
    await turn();
    await turn();
    expect(read.length).toBe(10);
    expect(source.heard).toEqual(["behind"]);
  });

  test("that is destroyed lets the others go on", async () => {
    const source = new Source();
    source.listen();
    const stream = source.stream(3, 2);
    await turn();
    source.arrive(on(3, "ab"), on(3, "cd"), on(4, "behind"));
    expect(source.heard).toEqual([]);
    stream.destroy();
    await turn();
    expect(source.heard).toEqual(["cd", "behind"]);
  });

  test("ends with the association", async () => {
    const source = new Source();
    const stream = source.stream(3, 100);
    source.arrive(on(3, "last"));
    source.inbox.end(undefined);
    const read: string[] = [];
    for await (const { data } of stream) read.push(data.toString());
    expect(read).toEqual(["last"]);
  });

  test("throws the association's error to who listens", async () => {
    const source = new Source();
    const stream = source.stream(3, 100);
    const reading = (async () => {
      for await (const _ of stream);
    })();
    source.inbox.end(new Error("gone"));
    await expect(reading).rejects.toThrow("gone");
  });
});
