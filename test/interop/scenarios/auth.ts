import type { AuthenticationOptions } from "usctp";
import type { Scenario } from "../matrix.ts";
import type { ObservedPacket } from "../observed-transport.ts";
import { patternBytes } from "../pattern.ts";
import type { Peer } from "../peer.ts";
import { check, ended, same, until } from "./check.ts";
import { type OpenStage, openStage, type StageOptions, setStage } from "./stage.ts";
import { type Bulk, echoOnce, nextMessage, peerReceivesBulk, receiveBulk, sendBulk } from "./traffic.ts";

const LIMIT = 15_000;

/** RFC 4895 §3.3, Table 2. */
const SHA1 = 1;

/** Those of this file, by their types. */
const DATA = 0;
const HEARTBEAT = 4;
const ABORT = 6;
const SHUTDOWN_ACK = 8;
const COOKIE_ECHO = 10;
const AUTH = 15;

/** Every chunk of RFC 9260 that may be required: all but INIT, INIT ACK and SHUTDOWN COMPLETE (RFC 4895 §3.2). */
const everyChunk: readonly number[] = [DATA, 3, HEARTBEAT, 5, ABORT, 7, SHUTDOWN_ACK, 9, COOKIE_ECHO, 11];

const keys: ReadonlyMap<number, Uint8Array> = new Map([
  [1, Buffer.from("the first of our shared keys")],
  [7, Buffer.from("another, for later")],
  [513, Buffer.from([0, 255, 1, 254])],
]);

interface Setting {
  /** Of both sides. */
  readonly keys?: ReadonlyMap<number, Uint8Array>;
  /** Of the peer, where they are others. */
  readonly peerKeys?: ReadonlyMap<number, Uint8Array>;
  /** What we ask the peer to authenticate, and what it asks of us. */
  readonly ours: Omit<AuthenticationOptions, "keys">;
  readonly its: readonly number[];
}

/** A stage with authentication on both sides. The first key is the active one. */
function settings(setting: Setting, { peer, ours }: StageOptions = {}): StageOptions {
  const { keys, peerKeys = keys, its } = setting;
  const [first] = keys?.keys() ?? [];
  return {
    ours: { authentication: { ...(keys === undefined ? {} : { keys }), ...setting.ours }, ...ours },
    peer: { ...peer, sysctl: { auth_enable: 1, ...peer?.sysctl } },
    async prepare(peer) {
      for (const [key, secret] of peerKeys ?? []) await setPeerKey(peer, key, secret);
      if (first !== undefined) await peer.command("auth-activate", { key: first });
      if (its.length > 0) await peer.command("auth-require", { chunks: its.join(",") });
    },
  };
}

async function setPeerKey(peer: Peer, key: number, secret: Uint8Array): Promise<void> {
  await peer.command("auth-key", { key, secret: Buffer.from(secret).toString("hex") });
}

/** How often a chunk of a type went one way; each behind an AUTH chunk, which `of` gets. */
function countAuthenticated(
  packets: readonly ObservedPacket[],
  direction: "in" | "out",
  type: number,
  of?: (auth: DataView, chunk: Uint8Array) => void,
): number {
  let count = 0;
  for (const { chunks } of packets.filter((packet) => packet.direction === direction)) {
    const at = chunks.findIndex(([first]) => first === AUTH);
    for (const [index, chunk] of chunks.entries()) {
      if (chunk[0] !== type) continue;
      const auth = at >= 0 && at < index ? chunks[at] : undefined;
      check(auth !== undefined, () => `a chunk of type ${type} went ${direction} without AUTH`);
      of?.(new DataView(auth.buffer, auth.byteOffset, auth.length), chunk);
      count++;
    }
  }
  return count;
}

/** Bytes 4 and 5 of an AUTH chunk are the key's identifier, 6 and 7 the HMAC's (RFC 4895 §4.1). */
function allWith(
  { ours }: OpenStage,
  { keys, direction }: { keys: readonly number[]; direction: "in" | "out" },
): void {
  const seen = new Set<number>();
  const count = countAuthenticated(ours.transport.packets(), direction, DATA, (auth) => {
    same(`the HMAC of DATA ${direction}`, auth.getUint16(6), SHA1);
    seen.add(auth.getUint16(4));
  });
  check(count > 0, () => `no DATA ${direction}`);
  same(`the keys of DATA ${direction}`, [...seen], keys);
}

async function nothingWasDiscarded({ association, peer }: OpenStage): Promise<void> {
  const counters = (await peer.command("auth-counters", {})) as unknown as Readonly<Record<string, number>>;
  const { missing, failed, unknownHmac, unknownKey } = counters;
  same("AUTH chunks that the peer refused", [missing, failed, unknownHmac, unknownKey], [0, 0, 0, 0]);
  same("what we discarded", association.statistics.unauthenticatedReceived, 0);
}

const bulk: Bulk = { bytes: 1 << 20, size: 8_192, streams: 4 };

async function bothSend({ association, peer }: OpenStage): Promise<void> {
  await Promise.all([
    sendBulk(association, bulk).then(() => association.flush()),
    peerReceivesBulk(peer, bulk, LIMIT),
    peer.source({ ...bulk }, LIMIT),
    receiveBulk(association, bulk),
  ]);
}

/**
 * RFC 4895 §6: a shared key by its identifier, and every chunk that can be is required by both. We like SHA-256 better,
 * but the peer does not know it.
 */
export const authScenario: Scenario = {
  name: "auth",
  title: "AUTH: every chunk, a shared key",
  limit: LIMIT,
  async run(context) {
    const setting = { keys, ours: { requiredChunks: everyChunk }, its: everyChunk };
    const stage = await openStage(context, settings(setting, { peer: { mode: "sink" } }));
    const { association, peer, ours } = stage;
    same("authenticates", association.extensions.authentication, true);
    await bothSend(stage);
    association.heartbeat("127.0.0.1");
    await until(() => ours.transport.packets().some(({ chunks }) => chunks.some(([type]) => type === 5)));
    for (const direction of ["in", "out"] as const) {
      allWith(stage, { keys: [1], direction });
    }
    await nothingWasDiscarded(stage);
    await association.close();
    same("how it ended", association.closed?.reason, "shutdown");
    await peer.next("assoc", { state: "SHUTDOWN_COMP" });
    const packets = ours.transport.packets();
    for (const type of everyChunk) {
      countAuthenticated(packets, "in", type);
      countAuthenticated(packets, "out", type);
    }
    same("HEARTBEAT out", countAuthenticated(packets, "out", HEARTBEAT) > 0, true);
    same("SHUTDOWN ACK in", countAuthenticated(packets, "in", SHUTDOWN_ACK), 1);
    const cookies = context.opener === "we connect" ? "out" : "in";
    same(`COOKIE ECHO ${cookies}`, countAuthenticated(packets, cookies, COOKIE_ECHO), 1);
    return "";
  },
};

/** RFC 4895 §6.1: without any shared key that of no bytes serves. */
export const authNullKeyScenario: Scenario = {
  name: "auth-null-key",
  title: "AUTH: DATA, the key of no bytes",
  limit: LIMIT,
  async run(context) {
    const setting = { ours: { requiredChunks: [DATA], hmacs: [SHA1] }, its: [DATA] };
    const stage = await openStage(context, settings(setting, { peer: { mode: "sink" } }));
    await bothSend(stage);
    for (const direction of ["in", "out"] as const) allWith(stage, { keys: [0], direction });
    await nothingWasDiscarded(stage);
    return "";
  },
};

/** RFC 4895 §6.2, RFC 6458 §8.1.18 to §8.3.5: another key in mid-transfer, and the first one goes. */
export const authKeyChangeScenario: Scenario = {
  name: "auth-key-change",
  title: "AUTH: the keys change under way",
  limit: LIMIT,
  async run(context) {
    const first = new Map([...keys].slice(0, 1));
    const stage = await openStage(
      context,
      settings({ keys: first, ours: { requiredChunks: [DATA] }, its: [DATA] }, { peer: { mode: "sink" } }),
    );
    const { association, peer } = stage;
    const told: string[] = [];
    association.on("authentication", (change, keyId) => told.push(`${change} ${keyId}`));
    const secret = keys.get(7) ?? new Uint8Array();
    const change = async (): Promise<void> => {
      association.authKeys.set(7, secret);
      await setPeerKey(peer, 7, secret);
      association.authKeys.activate(7);
      association.authKeys.deactivate(1);
      await peer.command("auth-activate", { key: 7 });
    };
    const done = { out: 0, in: 0 };
    await Promise.all([
      sendBulk(association, bulk, (bytes) => {
        done.out = bytes;
      }),
      peerReceivesBulk(peer, bulk, LIMIT),
      peer.source({ ...bulk }, LIMIT),
      receiveBulk(association, bulk, (bytes) => {
        done.in = bytes;
      }),
      // Both sides have sent with the first key by then.
      until(() => Math.min(done.out, done.in) >= bulk.bytes / 4).then(change),
    ]);
    // Whatever was under way then: the new key comes into use at the latest now.
    await peer.setMode("echo");
    await echoOnce(association, "with the new key");
    await until(() => told.length === 2 + 1);
    same("what we were told", told.toSorted(), ["free-key 1", "new-key 1", "new-key 7"]);
    association.authKeys.delete(1);
    await peer.next("auth", { change: "NEW_KEY", key: 7 });
    await peer.command("auth-deactivate", { key: 1 });
    await peer.next("auth", { change: "FREE_KEY", key: 1 });
    await peer.command("auth-delete", { key: 1 });
    await echoOnce(association, "without the old one");
    allWith(stage, { keys: [1, 7], direction: "in" });
    allWith(stage, { keys: [1, 7], direction: "out" });
    await nothingWasDiscarded(stage);
    return "";
  },
};

/** RFC 6458 §5.3.8: messages with keys of their own, though the peer asks for none. */
export const authMessageKeyScenario: Scenario = {
  name: "auth-message-key",
  title: "AUTH: messages with their own keys",
  limit: LIMIT,
  async run(context) {
    const stage = await openStage(context, settings({ keys, ours: { requiredChunks: [DATA] }, its: [] }));
    const { association, peer, ours } = stage;
    const order = [1, 7, 7, 513, 1, 513, 7];
    const length = 3_000;
    // By PPID, so that the packets show which key a message went with.
    for (const [index, key] of order.entries()) {
      await association.send(patternBytes(length, index), { ppid: index, stream: 2, authKeyId: key });
      // Its library takes no key with a message: it has the one that is active then.
      await peer.command("auth-activate", { key });
      await peer.send({ length, offset: index, ppid: index, stream: 2 });
    }
    for (const [index] of order.entries()) {
      const { ppid } = await peer.next("message");
      same("the PPID there", ppid, index);
      const message = await nextMessage(association);
      same("the PPID here", message.ppid, index);
      same("its bytes", patternBytes(length, index).equals(message.data), true);
    }
    for (const direction of ["in", "out"] as const) {
      countAuthenticated(ours.transport.packets(), direction, DATA, (auth, chunk) => {
        const ppid = new DataView(chunk.buffer, chunk.byteOffset, chunk.length).getUint32(12);
        same(`the key of message ${ppid} ${direction}`, auth.getUint16(4), order[ppid]);
      });
    }
    await nothingWasDiscarded(stage);
    return "";
  },
};

/** Times of a second in all, ms: for what has to end by its timers. */
const soon: StageOptions = {
  ours: { rtoInitial: 50, rtoMin: 50, rtoMax: 100, associationMaxRetrans: 4, maxInitRetransmits: 4 },
  peer: {
    sysctl: {
      rto_initial_default: 50,
      rto_min_default: 50,
      rto_max_default: 100,
      init_rto_max_default: 100,
      assoc_rtx_max_default: 4,
      path_rtx_max_default: 4,
      init_rtx_max_default: 4,
    },
  },
};

const wrongKeys: ReadonlyMap<number, Uint8Array> = new Map([[1, Buffer.from("not that one")]]);

/** RFC 4895 §6.3: what a wrong key has signed is discarded, so that each side's timers end it; ABORT, too. */
export const authWrongKeyScenario: Scenario = {
  name: "auth-wrong-key",
  title: "AUTH: the peer has another key",
  limit: LIMIT,
  async run(context) {
    const requiredChunks = [DATA, ABORT];
    const setting = { keys, peerKeys: wrongKeys, ours: { requiredChunks }, its: requiredChunks };
    const { association, peer } = await openStage(context, settings(setting, soon));
    let arrived = 0;
    association.on("message", () => arrived++);
    const end = ended(association);
    await association.send("not for you");
    await peer.send({ length: 1_000 });
    same("how it ended here", (await end).reason, "timed-out");
    await peer.next("assoc", { state: "COMM_LOST" });
    same("messages here", arrived, 0);
    same("messages there", peer.events.filter(({ event }) => event === "message").length, 0);
    check(association.statistics.unauthenticatedReceived > 0, () => "we have discarded nothing");
    return "";
  },
};

/** The same with a COOKIE ECHO that must be authenticated: there is no association. */
export const authWrongCookieScenario: Scenario = {
  name: "auth-wrong-cookie",
  title: "AUTH: no association by another key",
  limit: LIMIT,
  async run(context) {
    const requiredChunks = [COOKIE_ECHO];
    const options = settings(
      { keys, peerKeys: wrongKeys, ours: { requiredChunks }, its: requiredChunks },
      soon,
    );
    const stage = await setStage(context, options, true);
    const { peer, ours, toPeer, toUs } = stage;
    await options.prepare?.(peer);
    if (context.opener === "we connect") {
      const outcome = await ours.endpoint?.connect(toPeer).then(
        () => "connected",
        (error: { readonly code?: string }) => error.code,
      );
      same("connecting", outcome, "ERR_SCTP_NO_ANSWER");
      same("associations there", peer.events.filter(({ event }) => event === "assoc").length, 0);
    } else {
      await peer.connect(toUs);
      await peer.next("assoc", { state: "CANT_STR_ASSOC" });
      same("associations here", ours.endpoint?.associations.length, 0);
    }
    return "";
  },
};

/** RFC 4895 §6.1: a peer that says nothing of it is talked to without, and we are told. */
export const authAloneScenario: Scenario = {
  name: "auth-alone",
  title: "AUTH: offered to a peer without it",
  limit: LIMIT,
  async run(context) {
    const { association } = await openStage(context, {
      peer: { mode: "echo" },
      ours: { authentication: { keys } },
    });
    same("authenticates", association.extensions.authentication, false);
    await echoOnce(association, "in the clear");
    return "";
  },
};
