import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { requirePeer } from "../support/peers.ts";
import { patternBytes, patternSha256 } from "./pattern.ts";
import { freeUdpPort, type Peer, type PeerMode, startPeer } from "./peer.ts";
import { openRelay, type Relay } from "./relay.ts";
import { usrsctp } from "./usrsctp/stack.ts";

/** Two usrsctp peers, `a` connected to `b`, perhaps through a relay: what our scenarios stand on must work by itself. */
interface Pair {
  readonly a: Peer;
  readonly b: Peer;
  readonly relay: Relay;
}

async function withPair(
  addresses: readonly string[],
  mode: PeerMode,
  run: (pair: Pair) => Promise<void>,
): Promise<void> {
  const udpPorts = [await freeUdpPort(), await freeUdpPort()] as const;
  const sysctl = { path_pf_threshold: 0 };
  await using a = await startPeer({ localAddresses: addresses, port: 5001, udpPort: udpPorts[0], sysctl });
  await using b = await startPeer({ localAddresses: addresses, port: 5002, udpPort: udpPorts[1], mode });
  await using relay = await openRelay({
    paths: addresses.map((address) => ({ near: { address }, far: { address, port: udpPorts[1] } })),
    seed: 3,
  });
  await a.connect({ addresses, port: 5002, udpPort: relay.nearPort });
  await a.up();
  await b.up();
  await run({ a, b, relay });
}

async function transfer({ a, b }: Pair, bytes: number, size: number): Promise<void> {
  const sunk = b.expectSink(bytes);
  await a.source({ bytes, size });
  await sunk;
  const { streams } = await b.sink();
  expect(streams).toEqual([
    { stream: 0, bytes, messages: Math.ceil(bytes / size), sha256: patternSha256(bytes) },
  ]);
}

describe("the pattern", () => {
  test("its hash is the hash of its bytes", () => {
    for (const length of [0, 1, 65_521, 200_000]) {
      expect(patternSha256(length)).toBe(createHash("sha256").update(patternBytes(length)).digest("hex"));
    }
  });
});

const whereUsrsctp = requirePeer("usrsctp", usrsctp.prepare().available, usrsctp.hint);

whereUsrsctp("two usrsctp peers over UDP", () => {
  test("echo messages of 1 byte to 1 MiB, ordered and not", () =>
    withPair(["127.0.0.1"], "echo", async ({ a }) => {
      for (const length of [1, 1_000, 65_536, 262_144, 1 << 20]) {
        for (const unordered of [false, true]) {
          await a.send({ length, stream: 3, ppid: 46, unordered });
          const match = { length, stream: 3, ppid: 46, unordered, sha256: patternSha256(length) };
          expect(await a.next("message")).toMatchObject(match);
        }
      }
    }));

  test("carry a bulk over IPv6 and shut down", () =>
    withPair(["::1"], "sink", async (pair) => {
      await transfer(pair, 4 << 20, 65_536);
      await pair.a.shutdown();
      await pair.b.next("shutdown");
      await pair.a.next("assoc", { state: "SHUTDOWN_COMP" });
      await pair.b.next("assoc", { state: "SHUTDOWN_COMP" });
    }));

  test("survive loss, reordering and duplication, and learn the UDP port that moved", () =>
    withPair(["127.0.0.1"], "sink", async (pair) => {
      pair.relay.impair({ loss: 0.05, reorder: 0.05, duplicate: 0.02 });
      await transfer(pair, 200_000, 1_200);
      expect((await pair.a.counters()).retransmitted).toBeGreaterThan(0);
      expect(pair.relay.counters("toFar", 0)).toMatchObject({ dropped: 0 });
      pair.relay.impair({});
      await pair.relay.rebind("far");
      await pair.a.source({ bytes: 1_000, size: 1_000 });
      expect((await pair.b.status()).paths).toMatchObject([{ udpPort: pair.relay.farPort }]);
    }));

  test("fail over to the second address when the first is cut", () =>
    withPair(["127.0.0.1", "127.0.0.2"], "sink", async (pair) => {
      await pair.b.next("path", { address: "127.0.0.2", state: "CONFIRMED" });
      pair.relay.cut({ path: 0 });
      await transfer(pair, 100_000, 10_000);
      expect(pair.relay.counters("toFar", 1).forwarded).toBeGreaterThan(60);
    }));

  test("abort with a reason", () =>
    withPair(["127.0.0.1"], "report", async ({ a, b }) => {
      await a.abort({ reason: "enough" });
      const { info } = await b.next("assoc", { state: "COMM_LOST" });
      expect(Buffer.from(info, "hex").subarray(8).toString()).toBe("enough");
    }));

  test("see a peer that was killed and comes back on its ports as a restart", () =>
    withPair(["127.0.0.1"], "report", async ({ a, b, relay }) => {
      await a.kill();
      await using again = await startPeer(a.options);
      await again.connect({ addresses: ["127.0.0.1"], port: 5002, udpPort: relay.nearPort });
      await again.up();
      await b.next("assoc", { state: "RESTART" });
      await again.send({ length: 10 });
      await b.next("message", { length: 10 });
    }));

  test("say which UDP port is taken", async () => {
    const options = { localAddresses: ["127.0.0.1"], port: 5001, udpPort: await freeUdpPort() };
    await using first = await startPeer(options);
    expect(first.pid).toBeGreaterThan(0);
    await expect(startPeer(options)).rejects.toThrow(/bind of the UDP port.*Address already in use/);
  });
});
