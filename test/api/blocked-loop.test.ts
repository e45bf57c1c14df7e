import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Association, connect } from "../../src/api/message/index.ts";
import { pair } from "./loopback.ts";

/** What 5 s are to the event loop: five times RTO.Min, so every T3-rtx has expired when it comes back. */
const BLOCKED = 5_000;
const MESSAGE = Buffer.alloc(8_192, 7);
const COUNT = 4_000;

function blockEventLoop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Grows with each path that is given up or taken back; a confirmation, or an MTU that is found, is no failover. */
function watchFailovers(association: Association): readonly string[] {
  const seen: string[] = [];
  association.on("path", ({ change, path }) => {
    if (change !== "confirmed" && change !== "mtu") seen.push(`${path.destination} ${change}`);
  });
  return seen;
}

async function sendAll(association: Association, during: (sent: number) => void): Promise<void> {
  for (let sent = 0; sent < COUNT; sent += 1) {
    await association.send(MESSAGE);
    during(sent);
  }
  await association.flush();
}

test("an event loop blocked for 5 s with both sides in it: no failover, no storm", async () => {
  const { here, there } = await pair({}, { localAddresses: ["127.0.0.1", "127.0.0.2"] });
  const changes = [watchFailovers(here), watchFailovers(there)];
  const received = (async () => {
    let bytes = 0;
    for await (const { data } of there) {
      bytes += data.length;
      if (bytes === COUNT * MESSAGE.length) break;
    }
    return bytes;
  })();
  await sendAll(here, (sent) => {
    if (sent === COUNT / 2) blockEventLoop(BLOCKED);
  });
  expect(await received).toBe(COUNT * MESSAGE.length);
  expect(changes).toEqual([[], []]);
  expect(here.statistics.timeouts).toBe(0);
  // What the sockets drop while nobody reads is repaired; a storm would send everything again.
  expect(here.statistics.retransmissions).toBeLessThan(COUNT / 20);
}, 30_000);

test("a sender blocked for 5 s whose peer goes on in another process: acknowledgements are read first", async () => {
  const sink = await startSink();
  try {
    const association = await connect({
      port: 5_000,
      addresses: ["127.0.0.1", "127.0.0.2"],
      localAddresses: ["127.0.0.1", "127.0.0.2"],
      udpPort: sink.udpPort,
    });
    const changes = watchFailovers(association);
    await sendAll(association, (sent) => {
      if (sent === COUNT / 2) blockEventLoop(BLOCKED);
    });
    const { timeouts, retransmissions } = association.statistics;
    await association.close();
    expect(changes).toEqual([]);
    expect({ timeouts, retransmissions }).toEqual({ timeouts: 0, retransmissions: 0 });
  } finally {
    sink.process.kill();
  }
}, 30_000);

async function startSink(): Promise<{ readonly process: ChildProcess; readonly udpPort: number }> {
  const path = fileURLToPath(new URL("programs/sink.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", path], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { process: child, udpPort: Number(line) };
}
