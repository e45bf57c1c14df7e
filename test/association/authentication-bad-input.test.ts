import { describe, expect } from "vitest";
import type { AssociationConfig } from "../../src/association/config.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { authentication, rawChunks, SHA1, secretOf } from "../support/authentication.ts";
import { ladderTest, scriptedTest } from "../support/ladder-test.ts";
import {
  associate,
  HMAC_ALGO,
  keyBetween,
  openHandshake,
  RANDOM,
  resealed,
  type Signature,
  signed,
} from "../support/signing-peer.ts";

/** RFC 4895 §6.1, §6.3: AUTH chunks and parameters that are not as they must be. The peer signs with node:crypto. */

const config: Partial<AssociationConfig> = {
  authentication: authentication({ requiredChunks: [ChunkType.DATA], hmacs: [SHA1] }),
};
describe("§6.3: an AUTH chunk", () => {
  scriptedTest("that is right lets DATA pass", { config }, (script) => {
    const key = associate(script);
    script.peer.sendBytes(signed(script, { key }, [script.peer.data()]));
    script.network.run(300);
    expect(script.a.deliveries).toHaveLength(1);
  });

  const wrong: readonly [string, Partial<Signature>][] = [
    ["with a wrong first byte of its HMAC", { spoil: 0 }],
    ["with a wrong last byte of its HMAC", { spoil: 19 }],
    ["of an unknown key", { keyId: 9 }],
    ["of the null key, which is not there", { keyId: 0 }],
    ["with an HMAC that is cut", { length: 16 }],
    ["without an HMAC", { length: 0 }],
    ["with an HMAC that is too long", { length: 24 }],
    ["with the HMAC of another key", { key: secretOf("x") }],
  ];
  for (const [what, parts] of wrong) {
    scriptedTest(`${what} lets nothing pass, silently`, { config }, (script) => {
      const key = associate(script);
      const data = script.peer.data();
      script.peer.sendBytes(signed(script, { key, ...parts }, [data]));
      script.peer.expectNothing(500);
      expect(script.a.deliveries).toEqual([]);
      // Nothing has moved: the same DATA is taken when it comes as it must.
      script.peer.sendBytes(signed(script, { key }, [data]));
      script.network.run(300);
      expect(script.a.deliveries).toHaveLength(1);
    });
  }

  for (const length of [4, 6, 7]) {
    scriptedTest(`of ${length} bytes lets nothing pass, silently`, { config }, (script) => {
      const key = associate(script);
      const data = script.peer.data();
      const packet = signed(script, { key }, [data]);
      // What was its HMAC is then other chunks, of types 0 on.
      packet[15] = length;
      script.peer.sendBytes(resealed(packet));
      script.peer.expectNothing(500);
      expect(script.a.deliveries).toEqual([]);
      script.peer.sendBytes(signed(script, { key }, [data]));
      script.network.run(300);
      expect(script.a.deliveries).toHaveLength(1);
    });
  }

  scriptedTest("that runs past the end of its packet lets nothing pass", { config }, (script) => {
    const key = associate(script);
    const packet = signed(script, { key }, [script.peer.data()]);
    packet[14] = 0xff;
    script.peer.sendBytes(resealed(packet));
    script.peer.expectNothing(500);
    expect(script.a.deliveries).toEqual([]);
  });

  scriptedTest("that is alone, and right, does nothing", { config }, (script) => {
    const key = associate(script);
    script.peer.sendBytes(signed(script, { key }, []));
    script.peer.expectNothing(500);
    script.peer.send(script.peer.data());
    script.peer.expectNothing(500);
    expect(script.a.deliveries).toEqual([]);
  });

  scriptedTest("is right with any flags, which are ignored", { config }, (script) => {
    const key = associate(script);
    script.peer.sendBytes(signed(script, { key, flags: 0xff }, [script.peer.data()]));
    script.network.run(300);
    expect(script.a.deliveries).toHaveLength(1);
  });

  scriptedTest("covers the padding of what is behind it", { config }, (script) => {
    const key = associate(script);
    const data = script.peer.data({ data: Uint8Array.of(1) });
    const packet = signed(script, { key }, [data]);
    packet[packet.length - 1] = 1;
    script.peer.sendBytes(resealed(packet));
    script.peer.expectNothing(500);
    script.peer.sendBytes(signed(script, { key }, [data]));
    script.network.run(300);
    expect(script.a.deliveries).toHaveLength(1);
  });

  scriptedTest(
    "of a key other than 0 lets nothing pass where there is no shared key",
    {
      config: {
        authentication: authentication({ keys: new Map(), activeKey: 0, requiredChunks: [ChunkType.DATA] }),
      },
    },
    (script) => {
      const key = associate(script, undefined, new Uint8Array(0));
      const data = script.peer.data();
      script.peer.sendBytes(signed(script, { key, keyId: 1 }, [data]));
      script.peer.expectNothing(500);
      expect(script.a.deliveries).toEqual([]);
      script.peer.sendBytes(signed(script, { key, keyId: 0 }, [data]));
      script.network.run(300);
      expect(script.a.deliveries).toHaveLength(1);
    },
  );

  scriptedTest(
    "of an HMAC that was not offered ends the packet, not what was before it",
    { config },
    (script) => {
      const key = associate(script);
      const heartbeat: Chunk = { type: "HEARTBEAT", info: Uint8Array.of(1, 2, 3, 4) };
      script.peer.sendBytes(signed(script, { key, hmacId: 2 }, [script.peer.data(), heartbeat], [heartbeat]));
      const names = script.peer.collect(500).map(({ type }) => type);
      expect(names).toEqual(["HEARTBEAT-ACK", "ERROR"]);
      expect(script.a.deliveries).toEqual([]);
    },
  );

  scriptedTest(
    "of an HMAC that was not offered is answered with a cause of six bytes and its padding",
    { config },
    (script) => {
      const key = associate(script);
      script.peer.sendBytes(signed(script, { key, hmacId: 0x1234 }, []));
      script.network.run(100);
      const [packet] = script.peer.socket.received;
      const [error] = rawChunks(packet?.bytes ?? new Uint8Array(12));
      // §4.1: the cause 0x0105, of 6 bytes, and two zero bytes of padding.
      expect(error?.bytes).toEqual(Uint8Array.of(9, 0, 0, 10, 1, 5, 0, 6, 0x12, 0x34));
      expect(packet?.bytes.slice(-2)).toEqual(Uint8Array.of(0, 0));
    },
  );

  scriptedTest("of an HMAC that was not offered is told of", { config }, (script) => {
    const key = associate(script);
    script.peer.sendBytes(signed(script, { key, hmacId: 3, length: 32 }, [script.peer.data()]));
    expect(script.peer.expect("ERROR").causes).toEqual([{ type: "UNSUPPORTED-HMAC", hmacId: 3 }]);
    script.network.run(300);
    expect(script.a.deliveries).toEqual([]);
  });

  scriptedTest("behind the DATA does not authenticate it", { config }, (script) => {
    const key = associate(script);
    script.peer.sendBytes(signed(script, { key }, [], [script.peer.data()]));
    script.peer.expectNothing(500);
    expect(script.a.deliveries).toEqual([]);
  });

  scriptedTest("that comes twice is passed over, and the rest is authenticated", { config }, (script) => {
    const key = associate(script);
    const second: Chunk = { type: "AUTH", keyId: 9, hmacId: 9, hmac: new Uint8Array(20) };
    script.peer.sendBytes(signed(script, { key }, [second, script.peer.data()]));
    script.network.run(300);
    expect(script.a.deliveries).toHaveLength(1);
  });

  scriptedTest("is not needed before chunks that are not required", { config }, (script) => {
    associate(script);
    script.peer.send({ type: "HEARTBEAT", info: Uint8Array.of(1, 2, 3, 4) });
    script.peer.await("HEARTBEAT-ACK", 1_000);
  });

  scriptedTest("is unrecognized where it is off: what follows is left", {}, (script) => {
    script.peer.associate();
    const auth: Chunk = { type: "AUTH", keyId: 0, hmacId: 1, hmac: new Uint8Array(20) };
    script.peer.send(auth, { type: "HEARTBEAT", info: Uint8Array.of(1, 2, 3, 4) });
    script.peer.expectNothing(500);
  });
});

describe("§6.1: the Random Number", () => {
  for (const length of [0, 31, 33]) {
    const short: Parameter = { type: "RANDOM", random: new Uint8Array(length) };
    scriptedTest(`of ${length} bytes in an INIT is answered with an ABORT`, { config }, ({ peer }) => {
      peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ parameters: [short, HMAC_ALGO] }) });
      const { causes } = peer.expect("ABORT");
      expect(causes.map(({ type }) => type)).toEqual(["PROTOCOL-VIOLATION"]);
    });

    scriptedTest(`of ${length} bytes in an INIT ACK ends it`, { config }, ({ a, peer }) => {
      a.connect([peer.socket.address]);
      peer.answerInit({ parameters: [short, HMAC_ALGO] });
      expect(peer.await("ABORT").causes.map(({ type }) => type)).toEqual(["PROTOCOL-VIOLATION"]);
      expect(a.end).toBe("protocol-violation");
    });
  }
});

ladderTest(
  "RFC 5061 §4.1.1: ASCONF is authenticated, with the null key where there is no other",
  { config: { addressReconfiguration: true } },
  (pair) => {
    pair.connect();
    pair.a.association.setPeerPrimary(pair.a.host.addresses[0] as never);
    pair.a.host.driver.wake();
    pair.network.run(500);
    expect(pair.rungs()).toEqual(["A → AUTH ASCONF", "Z → AUTH ASCONF-ACK"]);
  },
);

scriptedTest("§6.3: a peer that began anew signs with the key of its new handshake", { config }, (script) => {
  const before = associate(script);
  script.peer.restart();
  const after = associate(script);
  expect(script.a.events("restarted")).toHaveLength(1);
  expect(after).not.toEqual(before);
  const data = script.peer.data();
  script.peer.sendBytes(signed(script, { key: before }, [data]));
  script.network.run(300);
  expect(script.a.deliveries).toEqual([]);
  script.peer.sendBytes(signed(script, { key: after }, [data]));
  script.network.run(300);
  expect(script.a.deliveries).toHaveLength(1);
});

scriptedTest("§6.3: out of the blue, what stands behind an AUTH chunk is answered", { config }, (script) => {
  const { peer } = script;
  const auth: Chunk = { type: "AUTH", keyId: 7, hmacId: SHA1, hmac: new Uint8Array(20) };
  peer.sendWith({ tag: 0x77777777 }, auth, peer.data());
  expect(peer.expect("ABORT")).toMatchObject({ tBit: true });
  peer.sendWith({ tag: 0x77777777 }, auth, { type: "ABORT", tBit: false, causes: [] });
  peer.expectNothing(500);
});

describe("§6.3: a COOKIE ECHO behind an AUTH chunk", () => {
  const needed = {
    config: {
      authentication: authentication({
        requiredChunks: [ChunkType.COOKIE_ECHO, ChunkType.DATA],
        hmacs: [SHA1],
      }),
    },
  };

  scriptedTest("that is right, and all behind it, is taken", needed, (script) => {
    const { cookie, key } = openHandshake(script.peer);
    const data = script.peer.data();
    script.peer.sendBytes(signed(script, { key }, [{ type: "COOKIE-ECHO", cookie }, data]));
    script.peer.await("COOKIE-ACK");
    expect(script.a.deliveries).toHaveLength(1);
  });

  const wrong: readonly [string, Partial<Signature>][] = [
    ["with a wrong HMAC", { spoil: 3 }],
    ["of an unknown key", { keyId: 9 }],
    ["with an HMAC that is cut", { length: 16 }],
    ["with an HMAC that is too long", { length: 24 }],
    ["without an HMAC", { length: 0 }],
  ];
  for (const [what, parts] of wrong) {
    scriptedTest(`${what} makes no association, silently`, needed, (script) => {
      const { cookie, key } = openHandshake(script.peer);
      script.peer.sendBytes(signed(script, { key, ...parts }, [{ type: "COOKIE-ECHO", cookie }]));
      script.peer.expectNothing(500);
      expect(script.a.host.associations).toEqual([]);
      script.peer.sendBytes(signed(script, { key }, [{ type: "COOKIE-ECHO", cookie }]));
      script.peer.await("COOKIE-ACK");
    });
  }

  scriptedTest("of an HMAC that was not offered makes no association, and is told of", needed, (script) => {
    const { cookie, key } = openHandshake(script.peer);
    const signature = { key, hmacId: 3, length: 32 };
    script.peer.sendBytes(signed(script, signature, [{ type: "COOKIE-ECHO", cookie }]));
    expect(script.peer.expect("ERROR").causes).toEqual([{ type: "UNSUPPORTED-HMAC", hmacId: 3 }]);
    expect(script.a.host.associations).toEqual([]);
  });

  scriptedTest("of a peer that did not say that it authenticates makes no association", needed, (script) => {
    const { cookie, key } = openHandshake(script.peer, []);
    script.peer.sendBytes(signed(script, { key }, [{ type: "COOKIE-ECHO", cookie }]));
    script.peer.expectNothing(500);
    script.peer.send({ type: "COOKIE-ECHO", cookie });
    script.peer.expectNothing(500);
    expect(script.a.host.associations).toEqual([]);
  });

  scriptedTest("that is cut makes no association", needed, (script) => {
    const { cookie, key } = openHandshake(script.peer);
    const packet = signed(script, { key }, [{ type: "COOKIE-ECHO", cookie }]);
    for (const length of [packet.length - 4, 12 + 28 + 4, 12 + 28 + 2, 12 + 28]) {
      script.peer.sendBytes(resealed(packet.slice(0, length)));
      script.peer.collect(300);
    }
    expect(script.a.host.associations).toEqual([]);
  });

  scriptedTest("comes behind two AUTH chunks: it is out of place", needed, (script) => {
    const { cookie, key } = openHandshake(script.peer);
    const second: Chunk = { type: "AUTH", keyId: 7, hmacId: SHA1, hmac: new Uint8Array(20) };
    script.peer.sendBytes(signed(script, { key }, [second, { type: "COOKIE-ECHO", cookie }]));
    script.peer.collect(500);
    expect(script.a.host.associations).toEqual([]);
  });
});

describe("§3: parameters of the peer", () => {
  const chunksOf = (...chunkTypes: number[]): Parameter => ({ type: "CHUNKS", chunkTypes });
  const raw = (typeCode: number, ...value: number[]): Parameter => {
    const bytes = Uint8Array.of(typeCode >> 8, typeCode & 0xff, 0, 4 + value.length, ...value);
    return { type: "UNKNOWN", typeCode, bytes };
  };

  scriptedTest(
    "§3.2: INIT, INIT ACK, SHUTDOWN COMPLETE and AUTH in CHUNKS are ignored",
    { config },
    (script) => {
      const listed = chunksOf(
        ChunkType.INIT,
        ChunkType.INIT_ACK,
        ChunkType.SHUTDOWN_COMPLETE,
        ChunkType.AUTH,
        ChunkType.SACK,
        ChunkType.SACK,
      );
      const key = associate(script, [RANDOM, listed, HMAC_ALGO]);
      expect(script.a.association.peerAuthChunks).toEqual([ChunkType.SACK]);
      script.peer.sendBytes(signed(script, { key }, [script.peer.data()]));
      expect(script.peer.next().chunks.map(({ type }) => type)).toEqual(["AUTH", "SACK"]);
      script.peer.send({ type: "SHUTDOWN", cumulativeTsn: script.peer.sack(0).cumulativeTsn });
      script.peer.await("SHUTDOWN-ACK");
      script.peer.send({ type: "SHUTDOWN-ACK" });
      script.peer.expect("SHUTDOWN-COMPLETE");
    },
  );

  scriptedTest(
    "§3.2: a CHUNKS of 256 types is taken, and one of more is answered with an ABORT",
    { config },
    (script) => {
      const { peer } = script;
      const types = Array.from({ length: 257 }, (_, index) => index & 0xff);
      const said = [RANDOM, chunksOf(...types), HMAC_ALGO];
      peer.sendWith({ tag: 0 }, { type: "INIT", ...peer.initBody({ parameters: said }) });
      expect(peer.expect("ABORT").causes.map(({ type }) => type)).toEqual(["PROTOCOL-VIOLATION"]);
      associate(script, [RANDOM, chunksOf(...types.slice(1)), HMAC_ALGO]);
      expect(script.a.association.authenticates).toBe(true);
    },
  );

  scriptedTest("§3.2: a CHUNKS of more in an INIT ACK ends it", { config }, ({ a, peer }) => {
    a.connect([peer.socket.address]);
    peer.answerInit({ parameters: [RANDOM, chunksOf(...new Array<number>(257).fill(0)), HMAC_ALGO] });
    expect(peer.await("ABORT").causes.map(({ type }) => type)).toEqual(["PROTOCOL-VIOLATION"]);
    expect(a.end).toBe("protocol-violation");
  });

  const unusable: readonly [string, readonly Parameter[]][] = [
    ["without RANDOM", [HMAC_ALGO]],
    ["without HMAC-ALGO", [RANDOM]],
    ["with an HMAC-ALGO of nothing", [RANDOM, { type: "HMAC-ALGO", identifiers: [] }]],
    ["with unknown HMACs alone", [RANDOM, { type: "HMAC-ALGO", identifiers: [0, 2, 4] }]],
    ["with half an HMAC identifier", [RANDOM, raw(0x8004, 0, 1, 0)]],
    ["with more HMACs than anybody has", [RANDOM, { type: "HMAC-ALGO", identifiers: new Array(65).fill(1) }]],
    ["with CHUNKS alone", [chunksOf(ChunkType.SACK)]],
  ];
  for (const [what, parameters] of unusable) {
    scriptedTest(`${what}, it does not authenticate`, { config }, (script) => {
      script.peer.associate({ parameters });
      expect(script.a.association.authenticates).toBe(false);
      expect(script.a.association.peerAuthChunks).toEqual([]);
      expect(script.a.events("authentication").map(({ change }) => change)).toEqual(["unsupported"]);
      script.a.send(10);
      script.peer.expect("DATA");
      // What is required is required of it, too.
      script.peer.send(script.peer.data());
      script.network.run(500);
      expect(script.a.deliveries).toEqual([]);
    });
  }

  scriptedTest("§6.1: of one that is there twice the first counts", { config }, (script) => {
    const later: readonly Parameter[] = [
      { type: "RANDOM", random: new Uint8Array(32).fill(6) },
      chunksOf(ChunkType.HEARTBEAT),
      { type: "HMAC-ALGO", identifiers: [3] },
    ];
    const said = [RANDOM, chunksOf(ChunkType.SACK), HMAC_ALGO];
    const init = script.peer.packet(
      { tag: 0 },
      { type: "INIT", ...script.peer.initBody({ parameters: said }) },
    );
    const { cookie, initAck } = script.peer.init({ parameters: [...said, ...later] });
    script.peer.send({ type: "COOKIE-ECHO", cookie });
    script.peer.await("COOKIE-ACK");
    expect(script.a.association.peerAuthChunks).toEqual([ChunkType.SACK]);
    const key = keyBetween(init, script.peer.packet({}, initAck));
    script.peer.sendBytes(signed(script, { key }, [script.peer.data()]));
    script.network.run(300);
    expect(script.a.deliveries).toHaveLength(1);
  });

  scriptedTest("§3.1 to §3.3: padding is ignored, whatever is in it", { config }, (script) => {
    const { peer } = script;
    const said = [HMAC_ALGO, RANDOM, chunksOf(ChunkType.SACK)];
    const init = peer.packet({ tag: 0 }, { type: "INIT", ...peer.initBody({ parameters: said }) });
    // The key vector has no padding, so that it may be anything.
    const dirty = init.slice();
    const view = new DataView(dirty.buffer);
    for (let at = 32; at < dirty.length; ) {
      const length = view.getUint16(at + 2);
      for (at += length; at % 4 !== 0; at += 1) dirty[at] = 0xee;
    }
    expect(dirty).not.toEqual(init);
    peer.sendBytes(resealed(dirty));
    const initAck = peer.await("INIT-ACK");
    peer.peerTag = initAck.initiateTag;
    const cookie = initAck.parameters.find((one) => one.type === "STATE-COOKIE");
    if (cookie?.type !== "STATE-COOKIE") throw new Error("no cookie");
    peer.send({ type: "COOKIE-ECHO", cookie: cookie.cookie });
    peer.await("COOKIE-ACK");
    expect(script.a.association.peerAuthChunks).toEqual([ChunkType.SACK]);
    const key = keyBetween(init, peer.packet({}, initAck));
    peer.sendBytes(signed(script, { key }, [peer.data()]));
    script.network.run(300);
    expect(script.a.deliveries).toHaveLength(1);
  });
});
