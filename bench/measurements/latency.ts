import { setTimeout as sleep } from "node:timers/promises";
import type { ProtocolOptions } from "../../src/api/message/index.ts";
import { type Bout, type Context, inTurn, type Measurement, type Values } from "../measurement.ts";
import { Worker } from "../worker-process.ts";
import type { PingOptions } from "../workers/ping.ts";
import type { RoundTripReading } from "../workers/round-trips.ts";

/** Bytes. */
const SIZE = 64;
const BULK = 1_048_576;

interface Scale {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const SCALES: Readonly<Record<Context["effort"], Scale>> = {
  full: { rounds: 7, warmUpMs: 1_000, measureMs: 4_000 },
  quick: { rounds: 2, warmUpMs: 300, measureMs: 600 },
  smoke: { rounds: 1, warmUpMs: 20, measureMs: 150 },
};

/** One small message there and back, and then the next. */
export const latency: Measurement = {
  name: "latency",
  title: "Ping-pong of 64 bytes",
  metrics: [
    { name: "p50", label: "p50, µs there and back", better: "less", digits: 0 },
    { name: "p99", label: "p99, µs", better: "less", digits: 0 },
    { name: "p999", label: "p99.9, µs", better: "less", digits: 0 },
    { name: "count", label: "round trips in a round", detail: true },
  ],
  notes: [
    "One message is on its way at a time, from one process to another over UDP on 127.0.0.1 and back. Bulk: messages of 1 " +
      "MiB on another stream of the same association in one direction, as many as go, the small ones having priority; " +
      "without interleaving a small one waits until the large one that is begun has been cut to its end. An MTU of 1,500 " +
      "bytes.",
  ],
  measure(context) {
    const scale = SCALES[context.effort];
    const ways: readonly (readonly [string, number, boolean])[] = [
      ["idle", 0, false],
      ["bulk beside it", BULK, false],
      ["bulk beside it, interleaving", BULK, true],
    ];
    const bouts: Bout[] = context.present("usctp", "blast").flatMap(({ name, kind, protocol = {} }) =>
      kind === "ours"
        ? ways.map(([beside, bulk, interleaving]) => ({
            contestant: name,
            at: { beside },
            play: () => pingPong(context, scale, { ...protocol, interleaving }, bulk),
          }))
        : [{ contestant: name, at: { beside: "idle" }, play: () => dgramPingPong(context, scale) }],
    );
    return inTurn(context, bouts, scale.rounds);
  },
};

async function pingPong(
  { profiles }: Context,
  scale: Scale,
  protocol: ProtocolOptions,
  bulk: number,
): Promise<Values> {
  const echo = await Worker.start("ping-echo", { protocol }, { profiles });
  try {
    const given: PingOptions = { udpPort: echo.udpPort, size: SIZE, bulk, protocol };
    return await roundTrips(await Worker.start("ping", given, { profiles }), scale);
  } finally {
    await echo.end();
  }
}

async function dgramPingPong({ profiles }: Context, scale: Scale): Promise<Values> {
  const echo = await Worker.start("dgram-echo", {}, { profiles });
  try {
    const given = { udpPort: echo.udpPort, size: SIZE };
    return await roundTrips(await Worker.start("dgram-ping", given, { profiles }), scale);
  } finally {
    await echo.end();
  }
}

async function roundTrips(ping: Worker, { warmUpMs, measureMs }: Scale): Promise<Values> {
  try {
    await ping.ask("go");
    await sleep(warmUpMs);
    await ping.ask("reset");
    await sleep(measureMs);
    return { ...(await ping.ask<RoundTripReading>("read")) };
  } finally {
    await ping.end();
  }
}
