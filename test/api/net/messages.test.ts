import { once } from "node:events";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { describe, expect, test } from "vitest";
import { type MessageBuffer, type MessageProperties, PPID, type Socket } from "../../../src/api/net/index.ts";
import { connectTo, next, pair, serve, until } from "./loopback.ts";

function message(text: string, properties: MessageProperties = {}): MessageBuffer {
  return Object.assign(Buffer.from(text), properties);
}

function texts(socket: Socket): string[] {
  const found: string[] = [];
  socket.on("data", (data: Buffer) => found.push(data.toString()));
  return found;
}

test("an echo is not ended by a peer that sends on a stream that there is not back", async () => {
  const { here, there } = await pair({}, { MIS: 10 });
  there.pipe(there);
  here.write(message("x", { sid: 100 }));
  const [data] = (await once(here, "data")) as [MessageBuffer];
  expect([data.toString(), data.sid]).toEqual(["x", 0]);
  // Whoever asks for it by itself is told.
  expect(() => there.write(message("y", { sid: 100 }))).toThrow(
    expect.objectContaining({ code: "ERR_SCTP_INVALID_STREAM" }),
  );
});

describe("one write is one message, and one `data` is one message", () => {
  test("to listeners", async () => {
    const { here, there } = await pair();
    const seen = texts(there);
    for (const text of ["one", "two", "three"]) here.write(text);
    await until(() => seen.length === 3);
    expect(seen).toEqual(["one", "two", "three"]);
  });

  test("to a loop, although messages came while it did not read", async () => {
    const { here, there } = await pair();
    for (let i = 0; i < 20; i++) here.write(`message ${i}`);
    here.end();
    const seen: string[] = [];
    for await (const data of there) {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(String(data));
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => `message ${i}`));
  });

  test("to read(), which never joins two", async () => {
    const { here, there } = await pair();
    for (const text of ["one", "two", "three"]) here.write(text);
    const seen: string[] = [];
    there.on("readable", () => {
      for (let data = there.read(); data !== null; data = there.read()) seen.push(String(data));
    });
    await until(() => seen.length === 3);
    expect(seen).toEqual(["one", "two", "three"]);
    there.removeAllListeners("readable");
    here.write("whole");
    await next(there, "readable");
    expect(String(there.read(2))).toBe("whole");
  });

  test("of any size, also far above the receive buffer", async () => {
    const { here, there } = await pair({ receiveBuffer: 50_000 }, { receiveBuffer: 50_000 });
    const large = Buffer.alloc(700_000);
    for (let i = 0; i < large.length; i++) large[i] = i % 251;
    here.write(large);
    here.write("after it");
    const data: MessageBuffer = await next(there);
    expect(data.equals(large)).toBe(true);
    expect(String(await next(there))).toBe("after it");
    expect(there.bytesRead).toBe(700_008);
  });

  test("larger than maxMessageSize resets, for a peer must not fill our memory", async () => {
    const { here, there } = await pair({ receiveBuffer: 50_000, maxMessageSize: 100_000 });
    there.resume();
    here.on("error", () => {});
    here.write(Buffer.alloc(500_000));
    expect(await next(there, "error")).toMatchObject({ code: "ERR_SCTP_MESSAGE_TOO_LARGE" });
  });

  test("in strings of any encoding", async () => {
    const { here, there } = await pair();
    here.write("6162", "hex");
    expect(String(await next(there))).toBe("ab");
    here.setDefaultEncoding("base64");
    here.write("Y2Q=");
    expect(String(await next(there))).toBe("cd");
    there.setEncoding("hex");
    here.write("ef", "utf8", () => {});
    expect(await next(there)).toBe("6566");
  });

  test("through pipe and pipeline, both ways", async () => {
    const server = await serve({}, (socket) => socket.pipe(socket));
    const here = connectTo(server);
    const chunks = Array.from({ length: 50 }, (_, i) => Buffer.alloc(5_000, i));
    await pipeline(Readable.from(chunks, { objectMode: true }), here, { end: false });
    const echoed: Buffer[] = [];
    for await (const data of here) {
      echoed.push(data);
      if (echoed.length === chunks.length) break;
    }
    expect(echoed).toHaveLength(50);
    expect(Buffer.concat(echoed).equals(Buffer.concat(chunks))).toBe(true);
  });

  test("to what reads a stream to its end", async () => {
    const { here, there } = await pair();
    here.write("a");
    here.end("b");
    expect(String(await buffer(there))).toBe("ab");
  });
});

describe("what belongs to a message beside its bytes", () => {
  test("stands on the buffer: ppid, sid, unordered", async () => {
    const { here, there } = await pair();
    here.write(message("x", { ppid: PPID.M3UA, sid: 7, unordered: true }));
    expect(await next(there)).toMatchObject({ ppid: 3, sid: 7, unordered: true });
    here.write("plain");
    expect(await next(there)).toMatchObject({ ppid: 0, sid: 0, unordered: false });
    here.write(Object.assign(new Uint8Array([1]), { ppid: 9, sid: 2 }));
    expect(await next(there)).toMatchObject({ ppid: 9, sid: 2 });
  });

  test("may be said for all messages of a socket, and a buffer says otherwise", async () => {
    const { here, there } = await pair({}, { ppid: 46, stream_id: 3, unordered: true });
    here.write("x");
    expect(await next(there)).toMatchObject({ ppid: 46, sid: 3, unordered: true });
    here.write(message("x", { ppid: 0, sid: 0, unordered: false }));
    expect(await next(there)).toMatchObject({ ppid: 0, sid: 0, unordered: false });
  });

  test("may be said for all sockets of a server", async () => {
    const { here, there } = await pair({ ppid: 60, stream_id: 1 });
    there.write("x");
    expect(await next(here)).toMatchObject({ ppid: 60, sid: 1 });
  });

  test("comes back when what came in is written", async () => {
    const server = await serve({}, (socket) => socket.on("data", (data) => socket.write(data)));
    const here = connectTo(server);
    here.write(message("x", { ppid: 5, sid: 9, unordered: true }));
    expect(await next(here)).toMatchObject({ ppid: 5, sid: 9, unordered: true });
  });
});

test("bytes are the writer's again when the callback is called", async () => {
  const { here, there } = await pair();
  const bytes = Buffer.from("first");
  await new Promise((resolve) => here.write(bytes, resolve));
  bytes.fill("?");
  expect(String(await next(there))).toBe("first");
});

describe("streams", () => {
  test("createStream writes on one stream, with a PPID of its own", async () => {
    const { here, there } = await pair({}, { ppid: 1 });
    const stream = here.createStream(2, 33);
    expect(here.createStream(2)).toBe(stream);
    expect(stream.stream_id).toBe(2);
    stream.write("x");
    expect(await next(there)).toMatchObject({ sid: 2, ppid: 33 });
    here.createStream(4).write("x");
    expect(await next(there)).toMatchObject({ sid: 4, ppid: 1 });
    stream.write(message("from another stream", { sid: 9, ppid: 5 }));
    expect(await next(there)).toMatchObject({ sid: 2, ppid: 5 });
    expect(stream.bytesWritten).toBe(20);
    expect(here.bytesWritten).toBe(21);
  });

  test("may be written before the socket is connected", async () => {
    const server = await serve();
    const here = connectTo(server);
    here.createStream(1).write("early");
    here.write("earlier");
    expect(here.bytesWritten).toBe(12);
    const [there] = (await once(server, "connection")) as [Socket];
    const seen = texts(there);
    await until(() => seen.length === 2);
    expect(seen.sort()).toEqual(["earlier", "early"]);
  });

  test("end with the socket, and what they hold is sent first", async () => {
    const { here, there } = await pair({}, { sendBuffer: 2_000 });
    const stream = here.createStream(1);
    for (let i = 0; i < 20; i++) stream.write(Buffer.alloc(1_000));
    here.end();
    let bytes = 0;
    for await (const data of there) bytes += (data as Buffer).length;
    expect(bytes).toBe(20_000);
    expect(stream.writableFinished).toBe(true);
  });

  test("can be ended without ending the socket, and made anew", async () => {
    const { here, there } = await pair();
    const stream = here.createStream(1);
    stream.end("last");
    await once(stream, "close");
    expect(String(await next(there))).toBe("last");
    expect(here.createStream(1)).not.toBe(stream);
    expect(here.writable).toBe(true);
  });

  test("are made anew as soon as they are ended, and what they hold keeps its order", async () => {
    const server = await serve();
    const here = connectTo(server, { sendBuffer: 2_000 });
    const former = here.createStream(2);
    for (const text of ["a", "b", "c"]) former.write(text);
    former.end("x");
    const later = here.createStream(2);
    expect(later).not.toBe(former);
    expect(here.createStream(2)).toBe(later);
    later.write("y");
    here.createStream(2).end("z");
    expect(here.bytesWritten).toBe(6);
    here.end();
    const [there] = (await once(server, "connection")) as [Socket];
    const seen: string[] = [];
    for await (const data of there) seen.push(`${data} on ${(data as MessageBuffer).sid}`);
    expect(seen).toEqual(["a", "b", "c", "x", "y", "z"].map((text) => `${text} on 2`));
    expect(later.writableFinished).toBe(true);
  });

  test("come in by the event `stream`, one readable for each, and by `data` where somebody listens", async () => {
    const { here, there } = await pair();
    const seen: string[] = [];
    const ids: number[] = [];
    there.on("stream", (stream: Readable, id: number) => {
      ids.push(id);
      stream.on("data", (data: MessageBuffer) => seen.push(`stream ${id}: ${data} (${data.ppid})`));
    });
    here.createStream(1, 51).write("a");
    here.createStream(2).write("b");
    here.createStream(1).write("c");
    await until(() => seen.length === 3);
    expect(ids).toEqual([1, 2]);
    expect(seen.sort()).toEqual(["stream 1: a (51)", "stream 1: c (51)", "stream 2: b (0)"]);

    there.on("data", (data: MessageBuffer) => seen.push(`socket: ${data} on ${data.sid}`));
    here.createStream(2).write("d");
    await until(() => seen.length === 5);
    expect(seen.slice(3).sort()).toEqual(["socket: d on 2", "stream 2: d (0)"]);
  });

  test("that came in end when the socket does", async () => {
    const { here, there } = await pair();
    const ended = new Promise<void>((resolve) => {
      there.on("stream", (stream: Readable) => stream.resume().on("end", resolve));
    });
    here.createStream(1).write("a");
    here.end();
    await ended;
  });

  test("number 65,535 and are as many as both sides allow", async () => {
    const { here, there } = await pair({ MIS: 5, OS: 40 }, { OS: 30, MIS: 20 });
    expect([here.OS, here.MIS, there.OS, there.MIS]).toEqual([5, 20, 20, 5]);
    expect(() => here.createStream(5)).toThrow(
      "streams are 0 to 4 (our OS and the peer's MIS decide), and got 5",
    );
    expect(() => here.createStream(-1)).toThrow(expect.objectContaining({ code: "ERR_SCTP_INVALID_STREAM" }));
    expect(() => here.write(message("x", { sid: 5 }))).toThrow("streams are 0 to 4");
    here.write(message("x", { sid: 4 }));
    expect(await next(there)).toMatchObject({ sid: 4 });
  });
});

describe("a message that cannot be sent", () => {
  test.each([
    ["", {}, "ERR_SCTP_EMPTY_MESSAGE"],
    [Buffer.alloc(0), {}, "ERR_SCTP_EMPTY_MESSAGE"],
    [Buffer.alloc(101), {}, "ERR_SCTP_MESSAGE_TOO_LARGE"],
    [Buffer.from("x"), { ppid: -1 }, "ERR_SCTP_INVALID_OPTION"],
    [Buffer.from("x"), { ppid: "3" }, "ERR_SCTP_INVALID_OPTION"],
    [Buffer.from("x"), { sid: 70_000 }, "ERR_SCTP_INVALID_OPTION"],
    [Buffer.from("x"), { unordered: 1 }, "ERR_SCTP_INVALID_OPTION"],
    [5, {}, "ERR_INVALID_ARG_TYPE"],
    [null, {}, "ERR_STREAM_NULL_VALUES"],
  ])("throws at once, and the socket goes on: %o %o", async (chunk, properties, code) => {
    const { here, there } = await pair({}, { maxMessageSize: 100 });
    const bad = chunk instanceof Buffer ? Object.assign(chunk, properties) : chunk;
    expect(() => here.write(bad)).toThrow(expect.objectContaining({ code }));
    const stream = here.createStream(1);
    expect(() => stream.write(bad)).toThrow(expect.objectContaining({ code }));
    if (chunk !== null) {
      expect(() => here.end(bad)).toThrow(expect.objectContaining({ code }));
      expect(() => stream.end(bad)).toThrow(expect.objectContaining({ code }));
    }
    here.write("fine");
    expect(String(await next(there))).toBe("fine");
    stream.write("also");
    expect(String(await next(there))).toBe("also");
  });
});
