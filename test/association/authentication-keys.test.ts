import { describe, expect } from "vitest";
import { ChunkType } from "../../src/packet/registry.ts";
import { AUTH, authentication, rawChunks, SHA1, secretOf } from "../support/authentication.ts";
import { ladderTest, type Pair, pattern, type Side, scriptedTest } from "../support/ladder-test.ts";
import { associate, signed } from "../support/signing-peer.ts";

/** RFC 4895 §6.2 and RFC 6458 §5.3.8, §8.1.18, §8.3: which key signs what, and what becomes of keys. */

const keys = new Map([
  [7, secretOf("seven")],
  [8, secretOf("eight")],
]);
/** Nothing is required: what is signed was asked for. */
const free = { config: { authentication: authentication({ keys }) } };
const required = { config: { authentication: authentication({ keys, requiredChunks: [ChunkType.DATA] }) } };

/** Of each packet of a side that has user data: what stands in it, and the key of its AUTH chunk. */
function keysOf(side: Side): string[] {
  return side.packets.flatMap(({ bytes }) => {
    const chunks = rawChunks(bytes);
    const isData = (type: number): boolean => type === ChunkType.DATA || type === ChunkType.I_DATA;
    if (!chunks.some(({ type }) => isData(type))) return [];
    const names = chunks.map(({ type, bytes: [, , , , high, low] }) => {
      if (type === AUTH) return `AUTH ${(high ?? 0) * 256 + (low ?? 0)}`;
      return isData(type) ? "DATA" : String(type);
    });
    return [names.join(" ")];
  });
}

/** Several messages, handed over before any of them can leave. */
function sendAll({ a, z, until }: Pair, ...keyIds: readonly (number | undefined)[]): void {
  for (const authKeyId of keyIds) a.send(10, authKeyId === undefined ? {} : { authKeyId });
  until("all have come", () => z.deliveries.length === keyIds.length);
}

describe("§6.2: a message that names a key", () => {
  ladderTest("is authenticated with it, though the peer does not ask for that", free, (pair) => {
    pair.connect();
    sendAll(pair, 8);
    expect(keysOf(pair.a)).toEqual(["AUTH 8 DATA"]);
  });

  ladderTest("does not stand behind one that is not authenticated: AUTH is a control chunk", free, (pair) => {
    pair.connect();
    sendAll(pair, undefined, undefined, 8, 8, undefined);
    expect(keysOf(pair.a)).toEqual(["DATA DATA", "AUTH 8 DATA DATA DATA"]);
  });

  ladderTest("shares no packet with one that names another", free, (pair) => {
    pair.connect();
    sendAll(pair, 7, 8, 8, 7);
    expect(keysOf(pair.a)).toEqual(["AUTH 7 DATA", "AUTH 8 DATA DATA", "AUTH 7 DATA"]);
  });

  ladderTest("shares none with one of the active key, where all are authenticated", required, (pair) => {
    pair.connect();
    sendAll(pair, undefined, 8, undefined);
    expect(keysOf(pair.a)).toEqual(["AUTH 7 DATA", "AUTH 8 DATA", "AUTH 7 DATA"]);
  });

  ladderTest("has it in all its fragments, and in those that are sent again", free, (pair) => {
    const { a, z } = pair;
    pair.connect();
    pair.lose("A", "DATA", { nth: 2, count: 2 });
    a.send(pattern(6_000), { authKeyId: 8 });
    pair.network.run(15);
    a.association.activateAuthKey(8);
    a.association.deactivateAuthKey(7);
    a.association.activateAuthKey(8);
    pair.until("it has come", () => z.deliveries.length === 1);
    expect(z.deliveries[0]?.data).toEqual(pattern(6_000));
    const sent = keysOf(a);
    expect(sent.length).toBeGreaterThanOrEqual(7);
    expect(new Set(sent)).toEqual(new Set(["AUTH 8 DATA"]));
  });

  ladderTest("makes no later packet larger than the path takes", free, (pair) => {
    const { a, z, network } = pair;
    pair.connect();
    z.send(10);
    network.run(500);
    pair.lose("A", "DATA");
    const { fragmentationPoint } = a.association;
    a.send(pattern(fragmentationPoint));
    a.send(10, { authKeyId: 8 });
    // A SACK is owed when the lost chunk, which fills its packet, is sent again.
    network.run(950);
    z.send(10);
    pair.until("both have come", () => z.deliveries.length === 2);
    const [path] = a.association.paths;
    expect(Math.max(...a.packets.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(path!.mtu - 28);
  });

  ladderTest("keeps it when another one becomes active before it is sent again", required, (pair) => {
    const { a, z } = pair;
    pair.connect();
    pair.lose("A", "DATA");
    a.send(10);
    pair.network.run(5);
    a.association.activateAuthKey(8);
    a.send(10);
    pair.until("both have come", () => z.deliveries.length === 2);
    expect(keysOf(a)).toEqual(["AUTH 7 DATA", "AUTH 8 DATA", "AUTH 7 DATA"]);
  });

  ladderTest("has it in all parts of its record", free, (pair) => {
    const { a, z } = pair;
    pair.connect();
    a.send(10, { authKeyId: 8, more: true });
    pair.network.run(50);
    a.send(10, { more: true });
    pair.network.run(50);
    a.send(10, { authKeyId: 7 });
    pair.until("it has come", () => z.deliveries.length === 1);
    expect(keysOf(a)).toEqual(["AUTH 8 DATA", "AUTH 8 DATA", "AUTH 8 DATA"]);
  });

  ladderTest("fills its packets, and none is too large", free, (pair) => {
    pair.connect();
    pair.a.send(pattern(10_000), { authKeyId: 8 });
    pair.until("it has come", () => pair.z.deliveries.length === 1);
    expect(Math.max(...pair.a.packets.map(({ bytes }) => bytes.length))).toBe(1_472);
  });

  ladderTest("is refused when there is no such key, or it is deactivated", free, (pair) => {
    const { a, z } = pair;
    pair.connect();
    expect(() => a.send(10, { authKeyId: 9 })).toThrow("The shared key 9 is not there; there are 7, 8.");
    a.association.deactivateAuthKey(8);
    expect(() => a.send(10, { authKeyId: 8 })).toThrow("The shared key 8 is deactivated; there are 7.");
    pair.network.run(500);
    expect(z.deliveries).toEqual([]);
    expect(keysOf(a)).toEqual([]);
  });

  ladderTest(
    "is refused where the peer does not authenticate",
    { configA: free.config, configZ: {} },
    (pair) => {
      pair.connect();
      expect(() => pair.a.send(10, { authKeyId: 7 })).toThrow("the peer does not authenticate");
      sendAll(pair, undefined);
      expect(keysOf(pair.a)).toEqual(["DATA"]);
    },
  );
});

describe("§6.2 with I-DATA (RFC 8260)", () => {
  const interleaved = (requiredChunks: readonly number[]) => ({
    config: { interleaving: true, authentication: authentication({ keys, requiredChunks }) },
  });

  ladderTest(
    "messages that must be authenticated have their keys, each its packet",
    interleaved([ChunkType.I_DATA]),
    (pair) => {
      const { a, z } = pair;
      pair.connect();
      pair.lose("A", "I-DATA");
      a.send(10);
      a.association.activateAuthKey(8);
      a.send(10);
      a.association.deactivateAuthKey(7);
      pair.until("both have come", () => z.deliveries.length === 2);
      expect(keysOf(a)).toEqual(["AUTH 7 DATA", "AUTH 8 DATA", "AUTH 7 DATA"]);
      pair.until("it is free", () => a.events("authentication").length === 1);
    },
  );

  ladderTest("one that names a key does not stand behind one that is not", interleaved([]), (pair) => {
    pair.connect();
    sendAll(pair, undefined, 8, undefined);
    expect(keysOf(pair.a)).toEqual(["DATA", "AUTH 8 DATA DATA"]);
  });

  ladderTest("what is required of DATA is not required of I-DATA", interleaved([ChunkType.DATA]), (pair) => {
    pair.connect();
    pair.a.send(pattern(5_000));
    pair.until("it has come", () => pair.z.deliveries.length === 1);
    expect(new Set(keysOf(pair.a))).toEqual(new Set(["DATA"]));
    expect(Math.max(...pair.a.packets.map(({ bytes }) => bytes.length))).toBe(1_472);
  });
});

describe("RFC 6458 §8.3.4, §8.3.5: a key that is deactivated", () => {
  ladderTest("signs nothing new, and is free when what it signs is acknowledged", required, (pair) => {
    const { a, z } = pair;
    pair.connect();
    a.send(10);
    a.association.activateAuthKey(8);
    a.association.deactivateAuthKey(7);
    expect(() => a.association.deleteAuthKey(7)).toThrow("are not acknowledged yet");
    expect(a.events("authentication")).toEqual([]);
    pair.until("it is free", () => a.events("authentication").length === 1);
    expect(a.events("authentication")).toMatchObject([{ change: "free-key", keyId: 7 }]);
    a.association.deleteAuthKey(7);
    a.send(10);
    pair.until("both have come", () => z.deliveries.length === 2);
    expect(keysOf(a)).toEqual(["AUTH 7 DATA", "AUTH 8 DATA"]);
  });

  ladderTest("is free when the last message with it has expired unsent", free, (pair) => {
    const { a } = pair;
    pair.connect();
    pair.silence("Z");
    // Fills the congestion window, so that what follows waits.
    for (let count = 0; count < 4; count += 1) a.send(1_400);
    a.send(10, { authKeyId: 8, lifetime: 200 });
    a.association.deactivateAuthKey(8);
    pair.network.run(100);
    expect(a.events("authentication")).toEqual([]);
    pair.until("it has expired", () => a.events("failed").length === 1, 20_000);
    expect(a.events("authentication")).toMatchObject([{ change: "free-key", keyId: 8 }]);
    a.association.deleteAuthKey(8);
  });

  ladderTest("is not told of as free when it was set anew before that", required, (pair) => {
    const { a } = pair;
    pair.connect();
    a.send(10);
    a.association.activateAuthKey(8);
    a.association.deactivateAuthKey(7);
    a.association.setAuthKey(7, secretOf("seven"));
    pair.network.run(500);
    expect(a.events("authentication")).toEqual([]);
  });

  ladderTest("is told of once, however often it is deactivated", free, (pair) => {
    const { a, network } = pair;
    pair.connect();
    a.association.deactivateAuthKey(8);
    a.association.deactivateAuthKey(8);
    a.host.driver.wake();
    network.run(500);
    a.association.deactivateAuthKey(8);
    a.host.driver.wake();
    network.run(500);
    expect(a.events("authentication")).toMatchObject([{ change: "free-key", keyId: 8 }]);
  });

  ladderTest("is not told of when it was deleted, or set anew, before its user heard of it", free, (pair) => {
    const { a, network } = pair;
    pair.connect();
    a.association.deactivateAuthKey(8);
    a.association.deleteAuthKey(8);
    a.association.setAuthKey(8, secretOf("new"));
    a.host.driver.wake();
    network.run(500);
    expect(a.events("authentication")).toEqual([]);
    a.association.deactivateAuthKey(8);
    a.association.setAuthKey(8, secretOf("newer"));
    a.host.driver.wake();
    network.run(500);
    expect(a.events("authentication")).toEqual([]);
    // Two events are on their way, and one is true.
    a.association.deactivateAuthKey(8);
    a.association.deleteAuthKey(8);
    a.association.setAuthKey(8, secretOf("newest"));
    a.association.deactivateAuthKey(8);
    a.host.driver.wake();
    network.run(500);
    expect(a.events("authentication")).toMatchObject([{ change: "free-key", keyId: 8 }]);
  });

  ladderTest("is not told of after the end", required, (pair) => {
    const { a } = pair;
    pair.connect();
    a.send(10);
    a.association.activateAuthKey(8);
    a.association.deactivateAuthKey(7);
    a.abort();
    pair.network.run(500);
    expect(a.events("authentication")).toEqual([]);
  });

  scriptedTest(
    "is taken of the peer all the same: by configuration, too",
    {
      config: {
        authentication: authentication({
          keys,
          activeKey: 8,
          deactivatedKeys: [7],
          requiredChunks: [ChunkType.DATA],
          hmacs: [SHA1],
        }),
      },
    },
    (script) => {
      const { a, peer } = script;
      const key = associate(script);
      peer.sendBytes(signed(script, { key, keyId: 7 }, [peer.data()]));
      script.network.run(300);
      expect(a.deliveries).toHaveLength(1);
      expect(() => a.send(10, { authKeyId: 7 })).toThrow("deactivated");
      a.association.deleteAuthKey(7);
      peer.clear();
      peer.sendBytes(signed(script, { key, keyId: 7 }, [peer.data()]));
      peer.expectNothing(500);
      expect(a.deliveries).toHaveLength(1);
    },
  );

  ladderTest(
    "is in use while a record that has it has no end, also where all of it has arrived",
    free,
    (pair) => {
      const { a, z, network, until } = pair;
      pair.connect();
      a.send(10, { authKeyId: 8, more: true });
      network.run(500);
      expect(a.association.outstandingChunks).toBe(0);
      a.association.deactivateAuthKey(8);
      network.run(500);
      expect(a.events("authentication")).toEqual([]);
      expect(() => a.association.deleteAuthKey(8)).toThrow("not acknowledged yet");
      a.send(10, { more: false });
      until("it has come", () => z.deliveries.length === 1);
      network.run(500);
      expect(a.events("authentication")).toMatchObject([{ change: "free-key", keyId: 8 }]);
      a.association.deleteAuthKey(8);
    },
  );

  ladderTest("cannot be the active one, and must be there", free, (pair) => {
    const { a } = pair;
    pair.connect();
    expect(() => a.association.deactivateAuthKey(7)).toThrow("activate another one first");
    expect(() => a.association.deleteAuthKey(7)).toThrow("deactivate it first");
    expect(() => a.association.deleteAuthKey(8)).toThrow("deactivate it first");
    expect(() => a.association.deactivateAuthKey(9)).toThrow("is not there");
    expect(() => a.association.deleteAuthKey(9)).toThrow("is not there");
    expect(() => a.association.activateAuthKey(9)).toThrow("is not there");
  });
});

describe("RFC 6458 §8.3.3: a key that is set", () => {
  ladderTest("replaces the one of its identifier, on both sides", required, (pair) => {
    const { a, z } = pair;
    pair.connect();
    a.association.setAuthKey(7, secretOf("other"));
    a.send(10);
    pair.network.run(200);
    expect(z.deliveries).toEqual([]);
    z.association.setAuthKey(7, secretOf("other"));
    pair.until("it has come", () => z.deliveries.length === 1);
  });

  ladderTest("is one of 64 at most", free, (pair) => {
    pair.connect();
    const { association } = pair.a;
    for (let id = 100; id < 162; id += 1) association.setAuthKey(id, secretOf("x"));
    expect(() => association.setAuthKey(200, secretOf("x"))).toThrow("at most 64 shared keys");
    association.setAuthKey(161, secretOf("y"));
  });
});

describe("RFC 6458 §6.1.8: a new key", () => {
  ladderTest("is told of when the peer signs with it, once", required, (pair) => {
    pair.connect();
    sendAll(pair, 7, 7, 8, 8);
    expect(pair.z.events("authentication")).toMatchObject([
      { change: "new-key", keyId: 7 },
      { change: "new-key", keyId: 8 },
    ]);
  });
});
