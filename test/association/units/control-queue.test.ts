import { expect, test } from "vitest";
import { ControlQueue } from "../../../src/association/control-queue.ts";
import { ip } from "./support.ts";

test("of answers that nobody fetches 64 are kept, the first ones", () => {
  const queue = new ControlQueue();
  const way = { destination: ip("10.0.0.2"), source: ip("10.0.0.1") };
  for (let n = 0; n < 1_000; n++) {
    queue.push({ chunk: { type: "HEARTBEAT-ACK", info: Uint8Array.of(n) }, ...way });
  }
  const kept: unknown[] = [];
  for (let reply = queue.shift(); reply !== undefined; reply = queue.shift()) kept.push(reply.chunk);
  expect(kept).toEqual(
    Array.from({ length: 64 }, (_, n) => ({ type: "HEARTBEAT-ACK", info: Uint8Array.of(n) })),
  );
});
