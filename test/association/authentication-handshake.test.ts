import { describe, expect, test } from "vitest";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { feed, INIT, ip, listen, makeStack, PEER_PORT, PORT, pollAll, UDP_PORT } from "../stack/support.ts";
import { AUTH, authentication, checkAuth, rawChunks, SHA1, secretOf } from "../support/authentication.ts";
import { ladderTest, type Pair, type Side, scriptedTest } from "../support/ladder-test.ts";
import {
  associate,
  HMAC_ALGO,
  keyBetween,
  openHandshake,
  RANDOM,
  type SignedHandshake,
  signed,
} from "../support/signing-peer.ts";

/** RFC 4895 §6.1, §6.3 where RFC 9260 §5.2 rules: INITs that collide, peers that begin anew, cookies that are late. */

const DATA = [ChunkType.DATA];
const config = { authentication: authentication({ requiredChunks: DATA }) };
const NEEDED = [ChunkType.COOKIE_ECHO, ChunkType.DATA];

/** Whether AUTH chunks of a side are right by the INIT of either side: after a collision both go by their own. */
function expectSigned(pair: Pair, side: Side): void {
  const initOf = ({ packets }: Side): Uint8Array => {
    const found = packets.find(({ bytes }) => rawChunks(bytes)[0]?.type === ChunkType.INIT);
    if (found === undefined) throw new Error("no INIT");
    return found.bytes;
  };
  const key = keyBetween(initOf(pair.a), initOf(pair.z));
  const found = side.packets.flatMap(({ bytes }) =>
    rawChunks(bytes)
      .filter(({ type }) => type === AUTH)
      .map(({ offset }) => checkAuth(bytes, offset, () => key)),
  );
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter(({ valid }) => !valid)).toEqual([]);
}

function expectBothWays({ a, z, until }: Pair): void {
  a.send(10);
  z.send(10);
  until("both have come", () => a.deliveries.length === 1 && z.deliveries.length === 1);
}

describe("§6.1: INITs that collide", () => {
  for (const requiredChunks of [DATA, NEEDED]) {
    for (const delay of [0, 3, 9]) {
      const what = requiredChunks === NEEDED ? "COOKIE ECHO and DATA" : "DATA";
      ladderTest(
        `by ${delay} ms, ${what} required: one association, and both sign by the two Random Numbers`,
        { config: { authentication: authentication({ requiredChunks }) } },
        (pair) => {
          const { a, z, network } = pair;
          a.connect();
          network.run(delay);
          z.connect();
          pair.until("both are established", () => a.established && z.established);
          network.run(100);
          expect([a.host.associations.length, z.host.associations.length]).toEqual([1, 1]);
          expectBothWays(pair);
          expectSigned(pair, a);
          expectSigned(pair, z);
        },
      );
    }
  }

  ladderTest(
    "a side whose INIT is lost signs by the INIT of the other",
    { config: { authentication: authentication({ requiredChunks: NEEDED }) } },
    (pair) => {
      pair.lose("A", "INIT");
      pair.a.connect();
      pair.z.connect();
      pair.until("both are established", () => pair.a.established && pair.z.established);
      expectBothWays(pair);
      expectSigned(pair, pair.a);
      expectSigned(pair, pair.z);
    },
  );

  test("an INIT that comes before ours has left is told the Random Number that ours will have", () => {
    const stack = makeStack();
    const peer = { port: PEER_PORT, addresses: [ip("10.0.0.2")], udpPort: UDP_PORT };
    listen(stack, "10.0.0.1", { port: PORT, config }).connect(0, peer);
    feed(stack, 0, { tag: 0 }, { type: "INIT", ...INIT, parameters: [RANDOM, HMAC_ALGO] });
    const said = pollAll(stack, 0).flatMap(({ chunks }) =>
      chunks.flatMap((chunk) => (chunk.type === "INIT" || chunk.type === "INIT-ACK" ? [chunk] : [])),
    );
    expect(said.map(({ type }) => type).sort()).toEqual(["INIT", "INIT-ACK"]);
    const randoms = said.map(({ parameters }) => parameters.find(({ type }) => type === "RANDOM"));
    expect(randoms[0]).toBeDefined();
    expect(randoms[0]).toEqual(randoms[1]);
  });

  scriptedTest(
    "a key that is set while the INIT is under way authenticates the COOKIE ECHO of the peer",
    { config: { authentication: authentication({ requiredChunks: NEEDED, hmacs: [SHA1] }) } },
    (script) => {
      const { a, peer } = script;
      a.connect([peer.socket.address]).setAuthKey(9, secretOf("nine"));
      peer.await("INIT");
      const { cookie, key } = openHandshake(peer, undefined, secretOf("nine"));
      peer.sendBytes(signed(script, { key, keyId: 9 }, [{ type: "COOKIE-ECHO", cookie }, peer.data()]));
      peer.await("COOKIE-ACK");
      expect(a.deliveries).toHaveLength(1);
    },
  );

  // RFC 9260 §5.2.4 B, in COOKIE-ECHOED.
  scriptedTest(
    "a COOKIE ECHO that brings another tag is authenticated by the Random Number that goes with it",
    { config: { authentication: authentication({ requiredChunks: NEEDED, hmacs: [SHA1] }) } },
    (script) => {
      const { a, peer, network } = script;
      a.connect([peer.socket.address]);
      peer.await("INIT");
      const other: readonly Parameter[] = [{ type: "RANDOM", random: new Uint8Array(32).fill(6) }, HMAC_ALGO];
      peer.localTag = 0x22222222;
      const late = openHandshake(peer, other);
      peer.localTag = 0x11111111;
      const parameters = [
        { type: "STATE-COOKIE", cookie: Uint8Array.of(1, 2, 3, 4) },
        RANDOM,
        HMAC_ALGO,
      ] as const;
      peer.send({ type: "INIT-ACK", ...peer.initBody({ parameters }) });
      peer.await("COOKIE-ECHO");
      expect(a.association.state).toBe("cookie-echoed");
      peer.localTag = 0x22222222;
      const echo = { type: "COOKIE-ECHO", cookie: late.cookie } as const;
      peer.sendBytes(signed(script, late, [echo, peer.data()]));
      peer.await("COOKIE-ACK");
      network.run(300);
      expect(a.deliveries).toHaveLength(1);
    },
  );

  // RFC 9260 §5.2.4 B, in ESTABLISHED: "MUST update its peer's Verification Tag from the State Cookie".
  scriptedTest(
    "the Random Number of a cookie is taken with its tag, also by an association that is up",
    { config: { authentication: authentication({ requiredChunks: DATA, hmacs: [SHA1] }) } },
    (script) => {
      const { a, peer, network } = script;
      a.connect([peer.socket.address]);
      peer.await("INIT");
      const other: readonly Parameter[] = [{ type: "RANDOM", random: new Uint8Array(32).fill(6) }, HMAC_ALGO];
      peer.localTag = 0x22222222;
      const late = openHandshake(peer, other);
      peer.localTag = 0x11111111;
      const parameters = [
        { type: "STATE-COOKIE", cookie: Uint8Array.of(1, 2, 3, 4) },
        RANDOM,
        HMAC_ALGO,
      ] as const;
      peer.send({ type: "INIT-ACK", ...peer.initBody({ parameters }) });
      peer.await("COOKIE-ECHO");
      peer.send({ type: "COOKIE-ACK" });
      network.run(50);
      expect(a.association.state).toBe("established");
      peer.localTag = 0x22222222;
      peer.send({ type: "COOKIE-ECHO", cookie: late.cookie });
      peer.await("COOKIE-ACK");
      peer.sendBytes(signed(script, { key: late.key }, [peer.data()]));
      network.run(300);
      expect(a.deliveries).toHaveLength(1);
    },
  );
});

describe("§6.3: a peer that begins anew", () => {
  ladderTest("between two stacks: both sign by the new handshake", { config }, (pair) => {
    const { a, z, network, until } = pair;
    pair.connect();
    expectBothWays(pair);
    const heal = network.filter(({ source }) => !a.host.addresses.includes(source));
    a.abort();
    network.run(100);
    heal();
    a.connect();
    until("A is up again", () => a.association.state === "established");
    expect(z.events("restarted")).toHaveLength(1);
    a.send(10);
    z.send(10);
    until("both have come", () => a.deliveries.length === 2 && z.deliveries.length === 2);
  });

  const needed = {
    config: { authentication: authentication({ requiredChunks: NEEDED, hmacs: [SHA1] }) },
  };
  const echo = ({ cookie }: SignedHandshake) => ({ type: "COOKIE-ECHO", cookie }) as const;

  scriptedTest(
    "where COOKIE ECHO is required, without the old association key it does not",
    needed,
    (script) => {
      const { a, peer } = script;
      const first = openHandshake(peer);
      peer.sendBytes(signed(script, first, [echo(first)]));
      peer.await("COOKIE-ACK");
      const { peerTag } = peer;
      peer.restart();
      const second = openHandshake(peer);
      peer.sendBytes(signed(script, second, [echo(second)]));
      peer.send(echo(second));
      peer.expectNothing(500);
      expect(a.events("restarted")).toEqual([]);
      // The association is what it was.
      peer.localTag -= 1;
      peer.peerTag = peerTag;
      peer.sendBytes(signed(script, first, [peer.data()]));
      script.network.run(300);
      expect(a.deliveries).toHaveLength(1);
    },
  );

  scriptedTest("with the old association key it does, and goes on with the new one", needed, (script) => {
    const { a, peer, network } = script;
    const first = openHandshake(peer);
    peer.sendBytes(signed(script, first, [echo(first)]));
    peer.await("COOKIE-ACK");
    peer.restart();
    const second = openHandshake(peer);
    // "The COOKIE-ECHO chunk and all the chunks after it": by the association that there is.
    peer.sendBytes(signed(script, first, [echo(second), peer.data()]));
    peer.await("COOKIE-ACK");
    expect(a.events("restarted")).toHaveLength(1);
    expect(a.deliveries).toHaveLength(1);
    const data = peer.data();
    peer.sendBytes(signed(script, first, [data]));
    network.run(300);
    expect(a.deliveries).toHaveLength(1);
    peer.sendBytes(signed(script, second, [data]));
    network.run(300);
    expect(a.deliveries).toHaveLength(2);
  });

  scriptedTest("and authenticates no more cannot do what was to be authenticated", { config }, (script) => {
    const { a, peer, network } = script;
    associate(script, [RANDOM, { type: "HMAC-ALGO", identifiers: [SHA1] }]);
    peer.restart();
    peer.associate();
    expect(a.events("restarted")).toHaveLength(1);
    expect(a.association.authenticates).toBe(false);
    peer.send(peer.data());
    network.run(300);
    expect(a.deliveries).toEqual([]);
  });

  scriptedTest(
    "a COOKIE ECHO that comes again is answered again, with the key of its association",
    needed,
    (script) => {
      const { a, peer } = script;
      const first = openHandshake(peer);
      for (let time = 0; time < 2; time += 1) {
        peer.sendBytes(signed(script, first, [echo(first)]));
        peer.await("COOKIE-ACK", 500);
      }
      expect([a.events("established").length, a.events("restarted").length]).toEqual([1, 0]);
      peer.send(echo(first));
      peer.expectNothing(500);
    },
  );
});

describe("§6.2: answers to a cookie that makes no association are signed by it", () => {
  const required: Parameter = {
    type: "CHUNKS",
    chunkTypes: [ChunkType.ERROR, ChunkType.ABORT, ChunkType.SHUTDOWN_ACK],
  };
  const said = [RANDOM, required, HMAC_ALGO];
  const expectSignedBy = (bytes: Uint8Array | undefined, key: Uint8Array, ...types: number[]): void => {
    const packet = bytes ?? new Uint8Array(12);
    const chunks = rawChunks(packet);
    expect(chunks.map(({ type }) => type)).toEqual([AUTH, ...types]);
    expect(checkAuth(packet, chunks[0]?.offset ?? 0, () => key)).toMatchObject({ keyId: 7, valid: true });
  };

  scriptedTest("an ERROR for a stale cookie", { config: { ...config, validCookieLife: 100 } }, (script) => {
    const { peer, network } = script;
    const { cookie, key } = openHandshake(peer, said);
    network.run(500);
    peer.send({ type: "COOKIE-ECHO", cookie });
    network.run(100);
    expectSignedBy(peer.socket.received[0]?.bytes, key, ChunkType.ERROR);
  });

  scriptedTest("an ERROR for an HMAC that was not offered", { config }, (script) => {
    const { peer, network } = script;
    const { cookie, key } = openHandshake(peer, said);
    peer.sendBytes(signed(script, { key, hmacId: 2 }, [{ type: "COOKIE-ECHO", cookie }]));
    network.run(100);
    expectSignedBy(peer.socket.received[0]?.bytes, key, ChunkType.ERROR);
  });

  scriptedTest("an ABORT of who has no room", { config, stack: { maxAssociations: 0 } }, (script) => {
    const { peer, network } = script;
    const { cookie, key } = openHandshake(peer, said);
    peer.send({ type: "COOKIE-ECHO", cookie });
    network.run(100);
    expectSignedBy(peer.socket.received[0]?.bytes, key, ChunkType.ABORT);
  });

  scriptedTest("SHUTDOWN ACK and ERROR of an association that is ending", { config }, (script) => {
    const { a, peer, network } = script;
    associate(script, said);
    const { peerTag } = peer;
    const shutdown = { type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn } as const;
    peer.localTag += 1;
    const { cookie, key } = openHandshake(peer, said);
    peer.sendWith({ tag: peerTag }, shutdown);
    peer.await("SHUTDOWN-ACK");
    expect(a.association.state).toBe("shutdown-ack-sent");
    peer.send({ type: "COOKIE-ECHO", cookie });
    network.run(100);
    const answers = peer.socket.received.map(({ bytes }) => bytes);
    const ofNew = answers.find(
      (bytes) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(4) === peer.localTag,
    );
    expectSignedBy(ofNew, key, ChunkType.SHUTDOWN_ACK, ChunkType.ERROR);
  });
});
