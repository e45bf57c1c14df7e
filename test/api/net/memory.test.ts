import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { OutboundStream } from "../../../src/api/net/index.ts";
import { connectTo, serve } from "./loopback.ts";

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}

test("a writer that is done is not kept by the next one of its stream", async () => {
  const server = await serve({}, (socket) => socket.resume());
  const here = connectTo(server);
  await once(here, "connect");
  const made: WeakRef<object>[] = [];
  const last = await new Promise<OutboundStream>((resolve) => {
    // Each is asked for when the last message of the former is out, and before that has closed.
    const nextWriter = (): void => {
      const writer = here.createStream(1);
      if (made.length === 100) {
        resolve(writer);
        return;
      }
      made.push(new WeakRef(writer));
      writer.end("x", nextWriter);
    };
    nextWriter();
  });
  // What a WeakRef has just been made of lives to the end of the turn.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(made.filter((each) => each.deref() !== undefined).length).toBeLessThan(5);
  expect(here.createStream(1)).toBe(last);
});
