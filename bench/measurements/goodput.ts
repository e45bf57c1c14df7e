import { setTimeout as sleep } from "node:timers/promises";
import { type Contestant, type Load, type Place, startFlow } from "../contestants/contestant.ts";
import { DATAGRAM } from "../contestants/ours.ts";
import { type Bout, type Context, inTurn, type Measurement, type Values } from "../measurement.ts";
import { withPlaces } from "../places.ts";
import { processorTime, used } from "../processor.ts";
import type { Point } from "../report.ts";
import type { Way } from "../workers/usctp-sender.ts";

/** How much is measured. */
interface Scale {
  readonly places: readonly string[];
  /** Bytes. */
  readonly sizes: readonly number[];
  /** Of those that are far behind. */
  readonly slowSizes: readonly number[];
  readonly streams: readonly number[];
  readonly ways: readonly Way[];
  readonly rounds: number;
  /** Before counting: slow start, and the compiler of V8. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const SCALES: Readonly<Record<Context["effort"], Scale>> = {
  full: {
    places: ["loopback", "veth"],
    sizes: [64, 1_024, 1_200, 8_192, 65_536, 1_048_576],
    slowSizes: [64, 1_024, 1_200, 8_192, 65_536, 1_048_576],
    streams: [1, 100],
    ways: ["trySend", "await send"],
    rounds: 5,
    warmUpMs: 1_000,
    measureMs: 2_000,
  },
  quick: {
    places: ["loopback"],
    sizes: [64, 1_200, 65_536],
    slowSizes: [1_200],
    streams: [1],
    ways: ["trySend"],
    rounds: 2,
    warmUpMs: 600,
    measureMs: 500,
  },
  smoke: {
    places: ["loopback", "veth"],
    sizes: [1_200],
    slowSizes: [1_200],
    streams: [1],
    ways: ["trySend", "await send"],
    rounds: 1,
    warmUpMs: 20,
    measureMs: 150,
  },
};

const NAMES = ["usctp", "usctp-64k", "usrsctp", "pion", "werift", "npm-sctp", "shaped", "blast"];
const SLOW: readonly string[] = ["werift", "npm-sctp"];
/** Who is on loopback alone. */
const NEAR: readonly string[] = ["usctp-64k", ...SLOW];

/** User data in ever so many messages, from one process to another. */
export const goodput: Measurement = {
  name: "goodput",
  title: "Goodput, messages a second, and what they cost",
  metrics: [
    { name: "megabytes", label: "MB/s of user data", better: "more" },
    { name: "messages", label: "messages a second", digits: 0 },
    { name: "senderCpu", label: "s of processor a GiB, sender", better: "less" },
    { name: "receiverCpu", label: "s of processor a GiB, receiver", better: "less" },
    { name: "senderUser", label: "s a GiB, sender, user", detail: true },
    { name: "senderSystem", label: "s a GiB, sender, system", detail: true },
    { name: "receiverUser", label: "s a GiB, receiver, user", detail: true },
    { name: "receiverSystem", label: "s a GiB, receiver, system", detail: true },
  ],
  notes: [
    "Sender and receiver are processes of their own. All use an MTU of 1,500 bytes (the dgram loops datagrams of " +
      "1,452), but for usctp-64k, which has found what loopback takes, and UDP buffers of 4 MiB.",
    "Shaped like SCTP: a window, a copy and a CRC32c on each side, an acknowledgement every second datagram; no protocol.",
    "The peers are driven by small programs of ours (test/interop), each by the way its library has to send.",
  ],
  measure(context) {
    const scale = SCALES[context.effort];
    return withPlaces(context, scale.places, (places) => {
      const bouts = places.flatMap((place) =>
        context
          .present(...NAMES)
          .filter(({ name }) => place.name === "loopback" || !NEAR.includes(name))
          .flatMap((contestant) => boutsOf(contestant, place, scale)),
      );
      return inTurn(context, bouts, scale.rounds);
    });
  },
};

function boutsOf(contestant: Contestant, place: Place, scale: Scale): Bout[] {
  const link = place.name;
  const bout = (load: Omit<Load, "place">, at: Point): Bout => ({
    contestant: contestant.name,
    at,
    play: () => send(contestant, { ...load, place }, scale),
  });
  if (contestant.kind === "yardstick") {
    return [bout({ size: DATAGRAM, streams: 1, way: "trySend" }, { link })];
  }
  const wanted = SLOW.includes(contestant.name) ? scale.slowSizes : scale.sizes;
  const sizes = wanted.filter((size) => size <= contestant.largest);
  // The rest is varied where it costs the least time.
  const varied = link === "loopback";
  return sizes.flatMap((size) =>
    (varied ? scale.streams : scale.streams.slice(0, 1)).flatMap((streams) => {
      if (contestant.kind === "peer") {
        return [bout({ size, streams, way: "trySend" }, { link, bytes: size, streams })];
      }
      const ways = varied && streams === 1 ? scale.ways : scale.ways.slice(0, 1);
      return ways.map((way) => bout({ size, streams, way }, { link, bytes: size, streams, way }));
    }),
  );
}

async function send(contestant: Contestant, load: Load, { warmUpMs, measureMs }: Scale): Promise<Values> {
  const flow = await startFlow(contestant, load);
  const { sending, receiving } = flow;
  try {
    await sending.go();
    await sleep(warmUpMs);
    await receiving.reset();
    const before = [sending, receiving].map(({ pid }) => processorTime(pid));
    await sleep(measureMs);
    const { bytes, messages, ms } = await receiving.read();
    const [sender, receiver] = [sending, receiving].map(({ pid }, index) =>
      used(before[index] ?? processorTime(0), processorTime(pid)),
    );
    const perGib = (seconds: number | undefined): number => ((seconds ?? Number.NaN) * 2 ** 30) / bytes;
    const [senderUser, senderSystem] = [perGib(sender?.user), perGib(sender?.system)];
    const [receiverUser, receiverSystem] = [perGib(receiver?.user), perGib(receiver?.system)];
    return {
      megabytes: bytes / 1e3 / ms,
      messages: (messages * 1e3) / ms,
      senderCpu: senderUser + senderSystem,
      receiverCpu: receiverUser + receiverSystem,
      senderUser,
      senderSystem,
      receiverUser,
      receiverSystem,
    };
  } finally {
    await flow.end();
  }
}
