import { describe, expect, test } from "vitest";
import type { AuthenticationConfig } from "../../src/association/auth/authentication-config.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { feed, INIT, listen, makeStack, poll } from "../stack/support.ts";
import {
  AUTH,
  associationKeyOf,
  authentication,
  checkAuth,
  keyVectorOf,
  rawChunks,
  SHA1,
  SHA256,
  secretOf,
} from "../support/authentication.ts";
import { ladderTest, type Pair, pattern, type Side } from "../support/ladder-test.ts";

/** RFC 4895 between two of our stacks: what is signed, in which order, and with which key. */

const DATA = [ChunkType.DATA];

/** The key vectors of the handshake, as they were on the wire. */
function vectors({ a, z }: Pair): readonly [Uint8Array, Uint8Array] {
  const initOf = (side: Side): Uint8Array => {
    const chunks = side.packets.flatMap(({ bytes }) => rawChunks(bytes));
    const init = chunks.find(({ type }) => type === ChunkType.INIT || type === ChunkType.INIT_ACK);
    return keyVectorOf(init?.bytes ?? new Uint8Array(0));
  };
  return [initOf(a), initOf(z)];
}

/** What every AUTH chunk of a side says; a test fails when an HMAC is not what node:crypto makes of it. */
function authsOf(
  pair: Pair,
  side: Side,
  { keys }: AuthenticationConfig,
): { keyId: number; hmacId: number }[] {
  const [ofA, ofZ] = vectors(pair);
  return side.packets.flatMap(({ bytes }) =>
    rawChunks(bytes)
      .filter(({ type }) => type === AUTH)
      .map(({ offset }) => {
        const secret = (keyId: number): Uint8Array => keys.get(keyId) ?? new Uint8Array(0);
        const { keyId, hmacId, valid } = checkAuth(bytes, offset, (id) =>
          associationKeyOf(secret(id), ofA, ofZ),
        );
        expect(valid).toBe(true);
        return { keyId, hmacId };
      }),
  );
}

describe("§6.2: chunks that the peer requires stand behind an AUTH chunk", () => {
  const config = authentication({ requiredChunks: DATA });

  ladderTest("DATA, both ways", { config: { authentication: config } }, (pair) => {
    const { a, z } = pair;
    pair.connect();
    a.send(Uint8Array.of(1, 2, 3));
    pair.until("it has come", () => z.deliveries.length === 1);
    z.send(pattern(5_000));
    pair.until("it has come", () => a.deliveries.length === 1);
    expect(z.deliveries[0]?.data).toEqual(Uint8Array.of(1, 2, 3));
    expect(a.deliveries[0]?.data).toEqual(pattern(5_000));
    const rungs = pair.rungs();
    expect(rungs[0]).toBe("A → AUTH DATA");
    expect(rungs.filter((rung) => /(?<!AUTH(?: DATA)*) DATA/.test(rung))).toEqual([]);
    expect(authsOf(pair, a, config)).toEqual([{ keyId: 7, hmacId: SHA256 }]);
    expect(authsOf(pair, z, config).length).toBeGreaterThanOrEqual(4);
    // Packets are full, and none is larger than the path takes.
    expect(Math.max(...z.packets.map(({ bytes }) => bytes.length))).toBe(1_472);
  });

  ladderTest(
    "with the type 15, no flags, its length, key and HMAC",
    { config: { authentication: config } },
    (pair) => {
      pair.connect();
      pair.a.send(10);
      pair.until("it has come", () => pair.z.deliveries.length === 1);
      const packet = pair.a.packets.at(-1)?.bytes ?? new Uint8Array(0);
      const [auth] = rawChunks(packet);
      expect(auth?.bytes.slice(0, 8)).toEqual(Uint8Array.of(15, 0, 0, 40, 0, 7, 0, 3));
      expect(auth?.bytes.length).toBe(40);
    },
  );

  ladderTest(
    "one AUTH chunk for all that is behind it",
    { config: { authentication: authentication({ requiredChunks: [ChunkType.SACK, ...DATA] }) } },
    (pair) => {
      const { a, z } = pair;
      pair.connect();
      // The first DATA is acknowledged at once, the second waits for company.
      for (let count = 0; count < 2; count += 1) {
        a.send(10);
        pair.network.run(25);
      }
      z.send(10);
      z.send(10);
      pair.until("they have come", () => a.deliveries.length === 2);
      expect(pair.rungs()).toContain("Z → AUTH SACK DATA DATA");
    },
  );

  ladderTest(
    "on one side only",
    { configA: { authentication: authentication() }, configZ: { authentication: config } },
    (pair) => {
      const { a, z } = pair;
      pair.connect();
      a.send(10);
      z.send(10);
      pair.until("both have come", () => a.deliveries.length === 1 && z.deliveries.length === 1);
      expect(pair.rungs()).toEqual(["A → AUTH DATA", "Z → DATA", "Z → SACK", "A → SACK"]);
    },
  );
});

describe("§6.3: what is not authenticated as it must be is silently discarded", () => {
  const config = authentication({ requiredChunks: DATA });

  ladderTest(
    "another key under the same identifier delivers nothing",
    {
      configA: { authentication: config },
      configZ: { authentication: { ...config, keys: new Map([[7, secretOf("eight")]]) } },
    },
    (pair) => {
      const { a, z, network } = pair;
      pair.connect();
      a.send(10);
      network.run(10_000);
      expect(z.deliveries).toEqual([]);
      expect(new Set(pair.rungs())).toEqual(new Set(["A → AUTH DATA"]));
      expect(z.association.statistics.unauthenticatedReceived).toBeGreaterThan(2);
    },
  );

  ladderTest(
    "a peer that does not authenticate delivers nothing, and is told of",
    { configA: {}, configZ: { authentication: config } },
    (pair) => {
      const { a, z, network } = pair;
      pair.connect();
      expect(z.events("authentication").map(({ change }) => change)).toEqual(["unsupported"]);
      a.send(10);
      network.run(5_000);
      expect(z.deliveries).toEqual([]);
      z.send(10);
      pair.until("what Z sends comes", () => a.deliveries.length === 1);
    },
  );
});

describe("§6.3: COOKIE ECHO", () => {
  const config = authentication({ requiredChunks: [ChunkType.COOKIE_ECHO] });

  ladderTest(
    "is authenticated by the parameters in the cookie",
    { config: { authentication: config } },
    (pair) => {
      pair.a.connect();
      pair.until("both are established", () => pair.a.established && pair.z.established);
      expect(pair.rungs()).toEqual(["A → INIT", "Z → INIT-ACK", "A → AUTH COOKIE-ECHO", "Z → COOKIE-ACK"]);
      expect(authsOf(pair, pair.a, config)).toEqual([{ keyId: 7, hmacId: SHA256 }]);
    },
  );

  ladderTest(
    "of who does not know the key makes no association",
    {
      configA: {
        authentication: { ...config, keys: new Map([[7, secretOf("eight")]]) },
        maxInitRetransmits: 2,
      },
      configZ: { authentication: config },
    },
    (pair) => {
      pair.a.connect();
      pair.until("A gives up", () => pair.a.end !== undefined);
      expect(pair.a.end).toBe("no-answer");
      expect(pair.z.host.associations).toEqual([]);
    },
  );
});

describe("§6.2: control chunks that the peer requires", () => {
  const config = authentication({
    requiredChunks: [
      ChunkType.ABORT,
      ChunkType.SACK,
      ChunkType.HEARTBEAT,
      ChunkType.SHUTDOWN,
      ChunkType.SHUTDOWN_ACK,
    ],
    hmacs: [SHA1],
  });

  ladderTest(
    "SACK, SHUTDOWN, SHUTDOWN ACK; never SHUTDOWN COMPLETE",
    { config: { authentication: config } },
    (pair) => {
      pair.connect();
      pair.a.send(10);
      pair.until("it is acknowledged", () => pair.a.association.bufferedBytes === 0);
      pair.a.shutdown();
      pair.until("it has ended", () => pair.z.end !== undefined);
      expect(pair.rungs()).toEqual([
        "A → DATA",
        "Z → AUTH SACK",
        "A → AUTH SHUTDOWN",
        "Z → AUTH SHUTDOWN-ACK",
        "A → SHUTDOWN-COMPLETE",
      ]);
      expect(authsOf(pair, pair.a, config)).toEqual([{ keyId: 7, hmacId: SHA1 }]);
      expect(authsOf(pair, pair.z, config)).toHaveLength(2);
    },
  );

  ladderTest("ABORT", { config: { authentication: config } }, (pair) => {
    pair.connect();
    pair.a.abort();
    pair.until("it has ended", () => pair.z.end !== undefined);
    expect(pair.rungs()).toEqual(["A → AUTH ABORT"]);
    expect(pair.z.end).toBe("peer-aborted");
  });
});

ladderTest(
  "§3: RANDOM, CHUNKS and HMAC-ALGO are told once, a fresh Random Number each time",
  {
    config: {
      authentication: authentication({ requiredChunks: [0, 0x0a] }),
      reconfiguration: false,
      partialReliability: false,
    },
  },
  (pair) => {
    pair.lose("A", "INIT");
    pair.connect();
    const told = [...pair.a.sent("INIT"), ...pair.z.sent("INIT-ACK")].map(({ parameters }) =>
      parameters.filter(({ type }) => type !== "STATE-COOKIE" && type !== "SUPPORTED-EXTENSIONS"),
    );
    expect(told).toHaveLength(3);
    for (const parameters of told) {
      expect(parameters).toMatchObject([
        { type: "RANDOM" },
        { type: "CHUNKS", chunkTypes: [0, 0x0a] },
        { type: "HMAC-ALGO", identifiers: [SHA256, SHA1] },
      ]);
    }
    const [first, again, theirs] = told.map(([one]) => (one?.type === "RANDOM" ? one.random : undefined));
    expect([first?.length, theirs?.length]).toEqual([32, 32]);
    // RFC 9260 §5.1 A: the INIT that is sent again is the same.
    expect(again).toEqual(first);
    expect(theirs).not.toEqual(first);
  },
);

test("§6.3: a State Cookie has nothing of the shared keys", () => {
  const secret = secretOf("a secret that is easy to find");
  const stack = makeStack();
  const keyed = authentication({ keys: new Map([[7, secret]]) });
  listen(stack, "10.0.0.1", { config: { authentication: keyed } });
  const said: readonly Parameter[] = [
    { type: "RANDOM", random: new Uint8Array(32) },
    { type: "HMAC-ALGO", identifiers: [SHA1] },
  ];
  feed(stack, 0, { tag: 0 }, { type: "INIT", ...INIT, parameters: said });
  const bytes = Buffer.from(poll(stack, 0)?.bytes ?? []);
  expect(bytes.length).toBeGreaterThan(100);
  expect(bytes.includes(Buffer.from(secret.subarray(0, 8)))).toBe(false);
});

ladderTest(
  "what is off is not told of",
  { config: { reconfiguration: false, partialReliability: false } },
  (pair) => {
    pair.a.connect();
    pair.until("both are established", () => pair.a.established && pair.z.established);
    expect(pair.a.sent("INIT")[0]?.parameters).toEqual([]);
    expect(pair.z.sent("INIT-ACK")[0]?.parameters.map(({ type }) => type)).toEqual(["STATE-COOKIE"]);
  },
);
