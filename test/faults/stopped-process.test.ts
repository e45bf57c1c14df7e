import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import {
  type Association,
  type ConnectOptions,
  connect,
  type FailedMessage,
} from "../../src/api/message/index.ts";
import { ended } from "../api/loopback.ts";

/** SIGSTOP and SIGCONT, with timers ten times as fast as RFC 9260 §16 has them: 3 s for 30. */

const QUICK = { rtoInitial: 100, rtoMin: 100, rtoMax: 6_000, heartbeatInterval: 3_000, sackDelay: 20 };
const STOPPED = 3_000;
const COUNT = 300;

let sink: ChildProcess | undefined;

afterEach(() => {
  sink?.kill("SIGKILL");
  sink = undefined;
});

async function connectToSink(options: Partial<ConnectOptions> = {}): Promise<Association> {
  const path = fileURLToPath(new URL("../api/programs/sink.ts", import.meta.url));
  sink = spawn(process.execPath, ["--import", "tsx", path], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: sink.stdout! }), "line")) as [string];
  return connect({
    port: 5_000,
    addresses: ["127.0.0.1", "127.0.0.2"],
    localAddresses: ["127.0.0.1", "127.0.0.2"],
    udpPort: Number(line),
    ...QUICK,
    ...options,
  });
}

test("a peer that is stopped for a while: sends wait, all is acknowledged when it goes on", async () => {
  const association = await connectToSink();
  const failed: FailedMessage[] = [];
  association.on("failed", (message) => failed.push(message));
  await association.send(Buffer.alloc(8_192), { until: "acknowledged" });
  sink?.kill("SIGSTOP");
  const sending = (async () => {
    for (let sent = 0; sent < COUNT; sent++) await association.send(Buffer.alloc(8_192));
    await association.flush();
  })();
  await sleep(STOPPED);
  expect(association.state).toBe("established");
  expect(association.bufferedBytes).toBeGreaterThan(0);
  sink?.kill("SIGCONT");
  await sending;
  expect(failed).toEqual([]);
  await association.close();
});

test("a peer that is stopped for too long: it has timed out, and the messages have failed", async () => {
  const association = await connectToSink({ associationMaxRetrans: 3, rtoMax: 200 });
  const failed: FailedMessage[] = [];
  association.on("failed", (message) => failed.push(message));
  sink?.kill("SIGSTOP");
  const outcome = association
    .send(Buffer.alloc(8_192), { until: "acknowledged" })
    .catch((error: { code: string }) => error.code);
  association.trySend(Buffer.alloc(100));
  expect(await ended(association)).toMatchObject({ reason: "timed-out" });
  expect(await outcome).toBe("ERR_SCTP_TIMED_OUT");
  expect(failed).toHaveLength(2);
});
