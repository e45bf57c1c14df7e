import type { AssociationConfig } from "usctp/core";
import type { LinkConditions } from "../link.ts";
import { Random } from "../random.ts";
import {
  type FaultPlan,
  type HostPlan,
  type Plan,
  type RequestPlan,
  SCHEDULERS,
  type Side,
  type WriterPlan,
} from "./plan.ts";

const SIDES: readonly Side[] = ["A", "Z"];
const FAULTS = [
  "cut",
  "cut",
  "restart",
  "deaf",
  "deaf",
  "change",
  "partition",
  "stop",
  "mtu",
  "mtu",
  "address",
  "address",
] as const;
const ADDRESS_RECONFIGURATION = [false, true, "unauthenticated"] as const;
const DATA_CHUNK = 0;
const I_DATA_CHUNK = 64;
const SACK_CHUNK = 3;
const RE_CONFIG_CHUNK = 130;
const FORWARD_TSN_CHUNK = 192;
const REQUIRED: readonly (readonly number[])[] = [
  [],
  [DATA_CHUNK, I_DATA_CHUNK],
  [DATA_CHUNK, I_DATA_CHUNK, SACK_CHUNK, RE_CONFIG_CHUNK, FORWARD_TSN_CHUNK],
];

/** Endpoint pair shared keys. */
const KEYS: ReadonlyMap<number, Uint8Array> = new Map([
  [5, Uint8Array.of(1, 2, 3)],
  [6, new Uint8Array(32).fill(7)],
]);

/** A plan from a seed: the same one each time. */
export function drawPlan(seed: number): Plan {
  const draw = new Draw(Random.of(seed, "plan"));
  const paths = draw.pick([1, 1, 2, 2, 3]);
  const v6 = draw.random.chance(0.2);
  const address = (path: number, host: number): string =>
    v6 ? `fd00:${path}::${host}` : `10.${path}.0.${host}`;
  const required = draw.random.chance(0.3) ? draw.pick(REQUIRED) : undefined;
  const keys = draw.random.chance(0.5) ? KEYS : new Map<number, Uint8Array>();
  const reconfigures = draw.random.chance(0.8) ? draw.pick(ADDRESS_RECONFIGURATION) : undefined;
  const host = (index: number): HostPlan => ({
    addresses: Array.from({ length: paths }, (_, path) => address(path, index)),
    config: drawConfig(draw, { required, keys, reconfigures }),
  });
  const collide = draw.random.chance(0.15);
  const natLifetime =
    !collide && draw.random.chance(0.25) ? draw.pick([2_000, 20_000, 60_000, 300_000]) : undefined;
  const calmAt = draw.pick([5_000, 20_000, 60_000, 200_000]);
  return {
    seed,
    hosts: { A: host(1), Z: host(2) },
    links: Array.from({ length: paths }, () => drawConditions(draw)),
    connects: [
      { side: "A", at: 0 },
      ...(collide ? [{ side: "Z" as const, at: draw.random.between(0, 200) }] : []),
    ],
    natLifetime,
    writers: draw.some(1, 4, () => drawWriter(draw, calmAt)),
    faults: draw.some(0, 5, () => drawFault(draw, calmAt, paths, natLifetime !== undefined)),
    requests: draw.some(0, 7, () => drawRequest(draw, calmAt)).flat(),
    calmAt,
    ending: {
      side: draw.pick(SIDES),
      how: draw.random.chance(0.1) ? "abort" : "shutdown",
      both: draw.random.chance(0.2),
      halfWritten: draw.random.chance(0.08),
      vanish: draw.random.chance(0.12),
    },
  };
}

class Draw {
  readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.random.fraction() * choices.length)] as T;
  }

  /** From `low` to `high`, both counted, as often as not near `low`. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.random.fraction() ** 2 * (high - low + 1));
  }

  some<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: this.whole(least, most) }, make);
  }
}

function drawConditions(draw: Draw): Partial<LinkConditions> {
  const { random } = draw;
  const bad = random.chance(0.6);
  return {
    delay: draw.pick([0.1, 1, 10, 50, 150]),
    jitter: draw.pick([0, 0, 1, 20]),
    loss: bad ? draw.pick([0, 0.01, 0.05, 0.15]) : 0,
    reorder: bad ? draw.pick([0, 0, 0.02, 0.1]) : 0,
    reorderDelay: draw.pick([1, 10, 100]),
    duplicate: bad ? draw.pick([0, 0, 0.02, 0.1]) : 0,
    corrupt: bad ? draw.pick([0, 0, 0.005, 0.05]) : 0,
    rate: draw.pick([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 100e6, 10e6, 1e6]),
    queue: draw.pick([262_144, 65_536, 16_384]),
  };
}

/** What both sides have alike. */
interface Common {
  /** Chunks to be authenticated; a peer without AUTH could not talk to one that requires any. */
  readonly required: readonly number[] | undefined;
  /** Shared keys. */
  readonly keys: ReadonlyMap<number, Uint8Array>;
  readonly reconfigures: AssociationConfig["addressReconfiguration"] | undefined;
}

function drawConfig(draw: Draw, { required, keys, reconfigures }: Common): Partial<AssociationConfig> {
  const { random } = draw;
  const activeKey = keys.size === 0 ? 0 : draw.pick([...keys.keys()]);
  const others = [...keys.keys()].filter((id) => id !== activeKey);
  return {
    rtoInitial: draw.pick([1_000, 300, 3_000]),
    rtoMin: draw.pick([1_000, 200, 20]),
    rtoMax: draw.pick([60_000, 5_000]),
    sackDelay: draw.pick([200, 200, 20, 0, 500]),
    sackFrequency: draw.pick([2, 2, 1, 8]),
    maxBurst: draw.pick([4, 4, 1, 64]),
    lossDetection: draw.pick(["rfc9260", "rfc9260", "rack"]),
    congestionControl: draw.pick(["rfc9260", "rfc9260", "cubic", "westwood"]),
    tailLossProbes: random.chance(0.8),
    pathMaxRetrans: draw.pick([5, 2, 0]),
    associationMaxRetrans: draw.pick([10, 4]),
    potentiallyFailedMaxRetrans: draw.pick([0, 0, 2, 5]),
    primarySwitchoverMaxRetrans: draw.pick([Number.POSITIVE_INFINITY, 3]),
    heartbeatInterval: draw.pick([30_000, 1_000]),
    outboundStreams: draw.pick([1_024, 1, 10, 65_535]),
    inboundStreams: draw.pick([2_048, 1, 10, 65_535]),
    receiveBuffer: draw.pick([1_048_576, 1_500, 10_000, 65_536]),
    sendBuffer: draw.pick([1_048_576, 1_500, 65_536]),
    partialDeliveryPoint: draw.pick([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 4_000, 1]),
    fragmentInterleave: random.chance(0.3),
    pathMtu: draw.pick([undefined, undefined, 1_280, 576]),
    maxSegment: draw.pick([undefined, undefined, undefined, 100]),
    pathMtuSearch: draw.pick(["never", "never", "always"]),
    scheduler: draw.pick(SCHEDULERS),
    interleaving: random.chance(0.6),
    noDelay: random.chance(0.7),
    reconfiguration: random.chance(0.8),
    partialReliability: random.chance(0.7),
    authentication:
      required === undefined
        ? undefined
        : {
            keys,
            activeKey,
            requiredChunks: required,
            deactivatedKeys: random.chance(0.5) ? others : [],
            hmacs: draw.pick([[3, 1], [1]]),
          },
    addressReconfiguration: reconfigures ?? draw.pick(ADDRESS_RECONFIGURATION),
  };
}

function drawWriter(draw: Draw, calmAt: number): WriterPlan {
  const { random } = draw;
  const large = draw.pick([16, 100, 1_400, 5_000, 100_000, 500_000]);
  return {
    side: draw.pick(SIDES),
    at: random.between(0, calmAt / 2),
    count: draw.whole(1, large > 50_000 ? 12 : 600),
    length: [draw.pick([12, 12, Math.min(large, 1_000)]), large],
    streams: draw.pick([1, 1, 3, 10, 100]),
    unordered: draw.pick([0, 0, 0.2, 1]),
    every: draw.pick([0, 0, 1, 20, 300]),
    parts: draw.pick([1, 1, 1, 4]),
    pause: draw.pick([0, 5, 500]),
    namesKeys: random.chance(0.3),
    lifetime: random.chance(0.3) ? draw.pick([0, 50, 1_000]) : Number.POSITIVE_INFINITY,
    retransmissions: random.chance(0.3) ? draw.pick([0, 1, 3]) : undefined,
  };
}

function drawFault(draw: Draw, calmAt: number, paths: number, hasNat: boolean): FaultPlan {
  const { random } = draw;
  const from = random.between(0, calmAt * 0.9);
  const until = random.between(from, calmAt);
  const link = Math.floor(random.fraction() * paths);
  const side = draw.pick(SIDES);
  switch (draw.pick(hasNat ? ([...FAULTS, "rebind", "rebind"] as const) : FAULTS)) {
    case "partition":
      return { kind: "partition", from, until };
    case "stop":
      return { kind: "stop", side, from, until: Math.min(until, from + draw.pick([1_000, 5_000, 30_000])) };
    case "mtu": {
      const oversize = draw.pick(["drop", "fragment"] as const);
      return { kind: "mtu", link, from, until, mtu: draw.pick([1_400, 1_280, 576]), oversize };
    }
    case "address":
      return { kind: "address", side, index: link, from, until };
    case "rebind":
      return { kind: "rebind", at: from };
    case "cut":
      return { kind: "cut", link, from, until, direction: draw.pick(["both", "both", "A", "Z"] as const) };
    case "restart":
      return { kind: "restart", side, at: from, down: draw.pick([0, 100, 5_000]) };
    case "deaf":
      return { kind: "deaf", side, from, until };
    case "change":
      return { kind: "change", link, at: from, conditions: drawConditions(draw) };
  }
}

/** Now and then the same twice, before the first one is answered. */
function drawRequest(draw: Draw, calmAt: number): RequestPlan[] {
  const request: RequestPlan = {
    side: draw.pick(SIDES),
    at: draw.random.between(0, calmAt),
    what: draw.pick([
      "reset-outgoing",
      "reset-incoming",
      "reset-all",
      "reset-association",
      "add-streams",
      "set-primary",
      "scheduler",
      "heartbeat",
      "shrink-buffer",
      "shrink-buffer",
      "change-key",
      "change-key",
    ] as const),
    choice: draw.random.next(),
  };
  return draw.random.chance(0.1) ? [request, request] : [request];
}
