import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import { next, pair, until } from "./loopback.ts";

const small = { receiveBuffer: 20_000, sendBuffer: 20_000 };

test("write returns false when highWaterMark bytes wait, and `drain` follows", async () => {
  const { here, there } = await pair(small, { ...small, highWaterMark: 10_000 });
  expect(here.writableHighWaterMark).toBe(10_000);
  let written = 0;
  while (here.write(Buffer.alloc(1_000))) {
    written++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  // Both buffers, the high-water mark, and what is on its way.
  expect(written).toBeGreaterThan(30);
  expect(written).toBeLessThan(100);
  expect(here.writableNeedDrain).toBe(true);
  there.resume();
  await once(here, "drain");
  expect(here.writableNeedDrain).toBe(false);
});

test("a socket that is not read takes nothing, so that the peer's window closes", async () => {
  const { here, there } = await pair(small, small);
  for (let i = 0; i < 100; i++) here.write(Buffer.alloc(1_000));
  await until(() => here.status().peer.rwnd < 2_000);
  expect(there.bytesRead).toBe(0);
  expect(there.status().rwnd).toBeLessThan(2_000);
  expect(here.writableLength).toBeGreaterThan(0);
  there.resume();
  await until(() => there.bytesRead === 100_000);
});

test("pause stops at the next message, and resume goes on without a loss", async () => {
  const { here, there } = await pair(small, small);
  const seen: number[] = [];
  there.on("data", (data: Buffer) => {
    seen.push(data[0] as number);
    there.pause();
  });
  for (let i = 0; i < 60; i++) here.write(Buffer.alloc(1_000, i));
  for (let i = 0; i < 60; i++) {
    await until(() => there.isPaused());
    expect(seen).toHaveLength(i + 1);
    there.resume();
  }
  expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => i));
});

test("a stream that nobody listens to does not stop the others, and keeps what came", async () => {
  const { here, there } = await pair(small, small);
  const unheard: Readable[] = [];
  const seen: string[] = [];
  there.on("stream", (stream: Readable, id: number) => {
    if (id === 0) unheard.push(stream);
    else stream.on("data", (data: Buffer) => seen.push(String(data)));
  });
  for (const text of ["a", "b", "c"]) here.write(text);
  for (const text of ["d", "e"]) here.createStream(1).write(text);
  await until(() => seen.length === 2);
  expect(seen).toEqual(["d", "e"]);
  const late: string[] = [];
  unheard[0]?.on("data", (data: Buffer) => late.push(String(data)));
  here.write("f");
  await until(() => late.length === 4);
  expect(late).toEqual(["a", "b", "c", "f"]);
});

test("streams that nobody listens to hold no more than the receive buffer together", async () => {
  const { here, there } = await pair(small, small);
  there.on("stream", () => {});
  for (let i = 0; i < 60; i++) here.createStream(i % 10).write(Buffer.alloc(1_000));
  await until(() => here.status().peer.rwnd < 2_000);
  expect(there.bytesRead).toBe(20_000);
});

test("nor do many small messages hold much more than their bytes", async () => {
  const { here, there } = await pair(small, small);
  there.on("stream", () => {});
  for (let i = 0; i < 1_000; i++) here.write("x");
  await until(() => there.bytesRead >= 79);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(there.bytesRead).toBe(79);
});

test("a message costs no look at the streams that the peer has opened", async () => {
  const { here, there } = await pair();
  let looks = 0;
  let opened = 0;
  let received = 0;
  there.on("stream", (stream: Readable) => {
    opened++;
    stream.on("data", () => received++);
    const flowing = Object.getOwnPropertyDescriptor(Readable.prototype, "readableFlowing");
    Object.defineProperty(stream, "readableFlowing", {
      get() {
        looks++;
        return flowing?.get?.call(stream);
      },
    });
  });
  for (let i = 0; i < 200; i++) here.createStream(i).write("x");
  await until(() => received === 200);
  expect(opened).toBe(200);
  looks = 0;
  for (let i = 0; i < 100; i++) here.createStream(0).write("x");
  await until(() => received === 300);
  // Of its own stream alone.
  expect(looks).toBeLessThanOrEqual(300);
});

test("a stream that nobody listens to any more does not stop the others", async () => {
  const { here, there } = await pair(small, small);
  const streams = new Map<number, Readable>();
  const listener = (): void => {};
  there.on("stream", (stream: Readable, id: number) => {
    streams.set(id, id === 1 ? stream.on("readable", listener) : stream.resume());
  });
  here.createStream(1).write("a");
  await until(() => streams.has(1));
  here.createStream(2).write("b");
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect([...streams.keys()]).toEqual([1]);
  streams.get(1)?.off("readable", listener);
  here.createStream(3).write("c");
  // Node tells nobody that a listener is gone: whatever next asks for a message finds out.
  await new Promise((resolve) => setImmediate(resolve));
  there.on("stream", () => {});
  await until(() => streams.has(3));
});

test("a stream that is paused stops the others, too: messages come in one order", async () => {
  const { here, there } = await pair(small, small);
  const streams = new Map<number, Readable>();
  there.on("stream", (stream: Readable, id: number) => streams.set(id, stream.pause()));
  const unread = here.createStream(1);
  const other = here.createStream(2);
  for (let i = 0; i < 40; i++) unread.write(Buffer.alloc(1_000));
  other.write("behind them");
  await until(() => here.status().peer.rwnd < 2_000);
  expect([...streams.keys()]).toEqual([1]);
  streams.get(1)?.resume();
  await until(() => streams.has(2));
  const last = next(streams.get(2) as Readable);
  streams.get(2)?.resume();
  expect(String(await last)).toBe("behind them");
});

test("pipeline moves more than both buffers hold", async () => {
  const { here, there } = await pair(small, small);
  const chunk = Buffer.alloc(4_000, "x");
  const source = Readable.from(
    (function* () {
      for (let i = 0; i < 500; i++) yield chunk;
    })(),
  );
  const received = (async () => {
    let bytes = 0;
    for await (const data of there) bytes += (data as Buffer).length;
    return bytes;
  })();
  await pipeline(source, here);
  expect(await received).toBe(2_000_000);
});

test("many streams each deliver all of theirs", async () => {
  const { here, there } = await pair({}, { OS: 1_000 });
  const seen = new Map<number, number>();
  there.on("data", (data: Buffer & { sid: number }) => seen.set(data.sid, (seen.get(data.sid) ?? 0) + 1));
  for (let round = 0; round < 3; round++) {
    for (let stream = 0; stream < 1_000; stream++) here.createStream(stream).write(`${round}`);
  }
  here.end();
  await once(there, "end");
  expect(seen.size).toBe(1_000);
  expect([...seen.values()].every((count) => count === 3)).toBe(true);
});
