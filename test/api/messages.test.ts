import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { describe, expect, test } from "vitest";
import { createServer, type FailedMessage, type Message } from "../../src/api/message/index.ts";
import { closing, connectTo, echo, ended, nextText, PORT, pair, serve, until } from "./loopback.ts";

describe("messages", () => {
  test("go both ways over several streams", async () => {
    const server = closing(createServer({ inboundStreams: 16 }, echo));
    await server.listen({ port: PORT, addresses: ["127.0.0.1"], udpPort: 0 });
    const association = await connectTo(server, { localAddresses: ["127.0.0.1"] });
    expect(association.outboundStreams).toBe(16);
    await association.send(Buffer.from("hello"), { stream: 1, ppid: 46, unordered: true });
    const messages: Message[] = [];
    for await (const message of association) {
      messages.push(message);
      break;
    }
    expect(messages).toMatchObject([{ stream: 1, ppid: 46, unordered: true, partial: false, end: true }]);
    expect(messages[0]?.data).toBeInstanceOf(Buffer);
    expect(messages[0]?.data.toString()).toBe("hello");
    await association.flush();
    await association.close();
    expect(association.closed).toMatchObject({ reason: "shutdown", error: undefined });
  });

  test("come by event, strings as UTF-8", async () => {
    const { here, there } = await pair();
    const heard: string[] = [];
    there.on("message", ({ data }) => heard.push(data.toString()));
    await here.send("größe");
    here.trySend("two");
    await here.flush();
    await until(() => heard.length === 2);
    expect(heard).toEqual(["größe", "two"]);
  });

  test("of one stream keep their order, whatever their size", async () => {
    const { here, there } = await pair();
    const sizes = [1, 100_000, 2, 5_000, 70_000, 3];
    void (async () => {
      for (const size of sizes) await here.send(Buffer.alloc(size, size & 0xff));
      await here.close();
    })();
    const received: number[] = [];
    for await (const { data, partial } of there) {
      expect(partial).toBe(false);
      expect(data.every((byte) => byte === (data.length & 0xff))).toBe(true);
      received.push(data.length);
    }
    expect(received).toEqual(sizes);
  });

  test("that are sent until acknowledged", async () => {
    const { here, there } = await pair();
    await here.send("x", { until: "acknowledged" });
    expect(here.bufferedBytes).toBe(0);
    expect(await nextText(there)).toBe("x");
  });

  test("that are a mistake are refused, and cost nothing", async () => {
    const { here, there } = await pair({}, { maxMessageSize: 1_000 });
    await expect(here.send("")).rejects.toMatchObject({ code: "ERR_SCTP_EMPTY_MESSAGE" });
    await expect(here.send(Buffer.alloc(1_001))).rejects.toMatchObject({
      code: "ERR_SCTP_MESSAGE_TOO_LARGE",
    });
    await expect(here.send("x", { stream: 60_000 })).rejects.toMatchObject({
      code: "ERR_SCTP_INVALID_STREAM",
    });
    expect(() => here.trySend("")).toThrow("no bytes");
    await here.send("fine");
    expect(await nextText(there)).toBe("fine");
  });

  test("to an address that is not the peer's are refused", async () => {
    const { here, there } = await pair();
    const unknown = { code: "ERR_SCTP_UNKNOWN_ADDRESS" };
    const options = { destination: "127.0.0.77" };
    await expect(here.send("x", options)).rejects.toMatchObject(unknown);
    await expect(here.send("x", { ...options, until: "acknowledged" })).rejects.toMatchObject(unknown);
    expect(() => here.trySend("x", options)).toThrow("trySend(): the destination 127.0.0.77 is no address");
    await here.send("fine", { destination: "127.0.0.1" });
    expect(await nextText(there)).toBe("fine");
  });

  test.each([null, 5, "acknowledged", [], () => {}])("with options that are none: %o", async (options) => {
    const { here } = await pair();
    const words = " takes an object of options, and got ";
    await expect(here.send("x", options as never)).rejects.toMatchObject({
      code: "ERR_SCTP_INVALID_OPTION",
      message: expect.stringContaining(`send()${words}`),
    });
    expect(() => here.trySend("x", options as never)).toThrow(`trySend()${words}`);
    expect(here.bufferedBytes).toBe(0);
  });

  test("that wait for nothing take no option to wait with", async () => {
    const { here } = await pair();
    for (const name of ["until", "signal", "constructor"]) {
      const options = { [name]: "acknowledged" } as never;
      expect(() => here.trySend("x", options)).toThrow(`trySend(): there is no option "${name}"`);
    }
  });

  test("larger than the receive buffer come in parts", async () => {
    const { here, there } = await pair({ receiveBuffer: 20_000 });
    const whole = Buffer.alloc(200_000, "0123456789");
    const sent = here.send(whole, { stream: 2, ppid: 7 });
    const parts: Message[] = [];
    for await (const message of there) {
      parts.push(message);
      if (message.end) break;
    }
    await sent;
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.every(({ partial, stream, ppid }) => partial && stream === 2 && ppid === 7)).toBe(true);
    expect(Buffer.concat(parts.map(({ data }) => data)).equals(whole)).toBe(true);
    here.trySend("whole");
    for await (const { partial, data } of there) {
      expect([partial, data.toString()]).toEqual([false, "whole"]);
      break;
    }
  });
});

describe("backpressure", () => {
  test("an application that does not read closes its window, and the sender waits", async () => {
    const { here, there } = await pair({ receiveBuffer: 16_384 }, { sendBuffer: 16_384 });
    const message = Buffer.alloc(1_000);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 200; sent++) await here.send(message);
    })();
    await until(() => here.bufferedBytes >= 16_384);
    // It stays there: what is not read is not acknowledged away.
    for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(sent * 1_000).toBeLessThan(2 * 16_384 + 2_000);
    let received = 0;
    there.on("message", () => received++);
    await sending;
    await until(() => received === 200);
  });

  test("trySend says false at the bound, and drain follows", async () => {
    const { here, there } = await pair({}, { sendBuffer: 10_000 });
    while (here.trySend(Buffer.alloc(1_000)));
    expect(here.bufferedBytes).toBe(10_000);
    there.on("message", () => {});
    await once(here, "drain");
    expect(here.bufferedBytes).toBeLessThan(5_000);
  });

  test("pause stops the events, resume goes on", async () => {
    const { here, there } = await pair();
    const heard: string[] = [];
    there.on("message", ({ data }) => {
      heard.push(data.toString());
      there.pause();
    });
    await here.send("a");
    await here.send("b");
    await here.flush();
    await until(() => heard.length > 0);
    expect(heard).toEqual(["a"]);
    expect(there.isPaused()).toBe(true);
    there.resume();
    await until(() => heard.length === 2);
  });
});

describe("stream", () => {
  test("is a Duplex in object mode, which can be piped", async () => {
    const { here, there } = await pair();
    const serverStream = there.stream(3);
    void pipeline(
      serverStream,
      async function* (messages: AsyncIterable<Message>) {
        for await (const { data } of messages) yield data.toString().toUpperCase();
      },
      serverStream,
    ).catch(() => {});
    const stream = here.stream(3, { ppid: 9 });
    expect(here.stream(3)).toBe(stream);
    stream.write("one");
    stream.write({ data: Buffer.from("two"), ppid: 10 });
    const replies: string[] = [];
    for await (const { data, stream: number } of stream) {
      expect(number).toBe(3);
      if (replies.push(data.toString()) === 2) break;
    }
    expect(replies).toEqual(["ONE", "TWO"]);
  });

  test("writes with the options of the stream, or of the message", async () => {
    const { here, there } = await pair();
    const stream = here.stream(5, { ppid: 9, unordered: true });
    stream.write("one");
    stream.write({ data: "two", ppid: 10, unordered: false });
    const seen: unknown[] = [];
    for await (const { stream: number, ppid, unordered } of there) {
      if (seen.push([number, ppid, unordered]) === 2) break;
    }
    expect(seen).toEqual([
      [5, 9, true],
      [5, 10, false],
    ]);
  });

  test("says what write() takes, and what it got", async () => {
    const { here } = await pair();
    const wrong: readonly [unknown, string][] = [
      [5, "{ data, ppid, … } with one of them as `data`, and got 5"],
      [{ dat: "x" }, "with one of them as `data`, and got { dat: 'x' }"],
      [{ data: 5 }, "a message is a Buffer, a Uint8Array or a string, and got 5"],
      [{ data: "x", pid: 1 }, 'there is no option "pid" (got 1): did you mean "ppid"?'],
    ];
    for (const [chunk, message] of wrong) {
      const stream = here.stream(1);
      const failed = once(stream, "error");
      stream.write(chunk);
      const [error] = await failed;
      expect(error).toMatchObject({
        code: "ERR_SCTP_INVALID_OPTION",
        message: expect.stringContaining(message),
      });
    }
  });

  test("refuses numbers and options that are wrong, and a second set of options", async () => {
    const { here } = await pair();
    expect(() => here.stream(-1)).toThrow("stream() takes an integer from 0 to");
    expect(() => here.stream(70_000)).toThrow("and got 70000");
    expect(() => here.stream(1, { highWaterMark: 3 } as never)).toThrow('there is no option "highWaterMark"');
    here.stream(1);
    expect(() => here.stream(1, { ppid: 3 })).toThrow("stream 1 is open");
  });

  test("has backpressure to its writer", async () => {
    const { here, there } = await pair({ receiveBuffer: 16_384 }, { sendBuffer: 16_384 });
    const stream = here.stream(0);
    let written = 0;
    while (stream.write(Buffer.alloc(1_000))) written++;
    expect(written).toBeGreaterThan(10);
    expect(written).toBeLessThan(100);
    there.on("message", () => {});
    await once(stream, "drain");
  });

  test("ends with the association, and does not end it", async () => {
    const { here, there } = await pair();
    const stream = here.stream(1);
    stream.resume();
    stream.end("last");
    expect(await nextText(there)).toBe("last");
    expect(there.closed).toBeUndefined();
    const ended = once(stream, "end");
    await there.close();
    await ended;
  });

  test("throws nothing at a process that listens to no error", async () => {
    const { here, there } = await pair();
    const stream = here.stream(1);
    const gone = new Promise<void>((resolve) => stream.once("close", resolve));
    there.abort();
    await gone;
    expect(stream.errored).not.toBeNull();
  });
});

describe("failure", () => {
  test("of every unacknowledged message is told when the association ends", async () => {
    const { here } = await pair({ receiveBuffer: 2_000 });
    const failures: FailedMessage[] = [];
    here.on("failed", (failure) => failures.push(failure));
    const awaited = here.send(Buffer.alloc(1_000), { until: "acknowledged", context: "first", stream: 1 });
    for (let i = 0; i < 20; i++) here.trySend(Buffer.alloc(1_000), { context: i, ppid: i });
    const outcome = awaited.then(
      () => "acknowledged",
      (error: { code: string }) => error.code,
    );
    const flushing = here.flush();
    here.abort();
    await expect(flushing).rejects.toMatchObject({ code: "ERR_SCTP_ABORTED" });
    await expect(here.flush()).rejects.toMatchObject({ code: "ERR_SCTP_ABORTED" });
    expect(failures.map(({ context }) => context)).toContain(19);
    expect(failures.at(-1)).toMatchObject({ ppid: 19, stream: 0, unordered: false, sent: false });
    expect(failures.at(-1)?.data.length).toBe(1_000);
    expect(failures.at(-1)?.error).toMatchObject({ name: "SctpError", code: "ERR_SCTP_ABORTED" });
    // Whichever it was: the message that was acknowledged is not among those that failed.
    expect(failures.some(({ context }) => context === "first")).toBe((await outcome) !== "acknowledged");
  });

  test("a peer's abort ends a loop with its words, and nothing else", async () => {
    const { here, there } = await pair();
    const loop = echo(there);
    const closed = ended(there);
    here.abort("no more coffee");
    await expect(loop).rejects.toMatchObject({ code: "ERR_SCTP_ABORTED" });
    await expect(loop).rejects.toThrow("no more coffee");
    expect(await closed).toMatchObject({ reason: "peer-aborted", causes: [{ type: "USER-ABORT" }] });
    await expect(there.send("x")).rejects.toMatchObject({ code: "ERR_SCTP_ABORTED" });
    await there.close();
  });

  test("is an `error` event only for who listens", async () => {
    const { here, there } = await pair();
    const errors: unknown[] = [];
    there.on("error", (error) => errors.push(error));
    here.abort();
    await ended(there);
    expect(errors).toMatchObject([{ code: "ERR_SCTP_ABORTED" }]);
    expect(here.closed).toMatchObject({ reason: "aborted" });
  });

  test("in an async listener that a peer caused does not end the process", async () => {
    const server = await serve({}, echo);
    const arrived = once(server, "association");
    const here = await connectTo(server);
    const [there] = await arrived;
    const closed = ended(there);
    here.abort();
    // The listener's promise rejects; vitest would fail the run for an unhandled rejection.
    await closed;
    await until(() => server.associations.length === 0);
  });
});
