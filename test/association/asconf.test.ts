import { describe, expect } from "vitest";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { hasValidChecksum, readChecksum } from "../../src/base/crc32c.ts";
import { asSerial } from "../../src/base/serial.ts";
import { decodePacket } from "../../src/packet/packet.ts";
import { ladderTest, type Pair, type Side } from "../support/ladder-test.ts";

/**
 * RFC 5061 between two of ours: addresses that are added, deleted and preferred while the association is up.
 */

const config = { addressReconfiguration: "unauthenticated" } as const;
const A1 = "10.0.0.1";
const A2 = "10.1.0.1";

const ip = (text: string): IpAddress => parseAddress(text) as IpAddress;

/** A has two addresses, of which the endpoint has one; every address reaches every other. */
const oneOfTwo = { config, paths: 2, boundA: 1 } as const;

function meshed({ network }: Pair, ...extra: readonly string[]): void {
  for (const from of [A1, A2, ...extra]) for (const to of ["10.0.0.2", "10.1.0.2"]) network.link(from, to);
}

const peersOf = (side: Side): string[] => side.association.paths.map(({ destination }) => destination);
const changes = (side: Side): string[] =>
  side
    .events("address-change")
    .map(({ change, address, refused }) => `${change} ${address}${refused === undefined ? "" : " refused"}`);
const pathChanges = (side: Side): string[] =>
  side.events("path").map(({ change, path }) => `${change} ${path.destination}`);

/** The packets of a side with a chunk of this type: source, destination, and their chunks. */
function packetsWith(side: Side, type: string): { source: string; destination: string }[] {
  return side.packets
    .filter(({ bytes }) => decodePacket(bytes)?.chunks.some((chunk) => chunk.type === type))
    .map(({ source, destination }) => ({ source, destination }));
}

describe("adding (RFC 5061 §4.2.1, §5.3)", () => {
  ladderTest("the peer is told, verifies the address, and may then use it", oneOfTwo, (pair) => {
    meshed(pair);
    pair.connect();
    pair.a.add(A2);
    pair.network.run(500);
    const rungs = pair.rungs();
    // A then tries the new source towards each address of Z.
    expect(rungs.slice(0, 4)).toEqual(["A → ASCONF", "Z → ASCONF-ACK", "Z → HEARTBEAT", "A → HEARTBEAT-ACK"]);
    expect(peersOf(pair.z)).toEqual([A1, A2]);
    expect(pair.z.association.paths[1]?.state).toBe("active");
    expect(pathChanges(pair.z).slice(-2)).toEqual([`added ${A2}`, `confirmed ${A2}`]);
    expect(changes(pair.a)).toEqual([`add ${A2}`]);
  });

  ladderTest(
    "§5.1 A2: the Sequence Number begins with the Initial TSN, and grows by one",
    oneOfTwo,
    (pair) => {
      meshed(pair);
      pair.connect();
      const initialTsn = pair.a.sent("INIT")[0]?.initialTsn ?? 0;
      for (let i = 0; i < 2; i++) {
        pair.a.add(A2);
        pair.network.run(500);
        pair.a.remove(A2);
        pair.network.run(500);
      }
      const serials = pair.a.sent("ASCONF").map(({ serial }) => serial);
      expect(serials).toEqual([0, 1, 2, 3].map((it) => asSerial(initialTsn + it)));
      expect(pair.z.sent("ASCONF-ACK").map(({ serial }) => serial)).toEqual(serials);
    },
  );

  ladderTest("§3: after 2^32 - 1 comes 0", { ...oneOfTwo, nearWrap: true }, (pair) => {
    meshed(pair);
    pair.connect();
    for (let i = 0; i < 140; i++) {
      pair.a.add(A2);
      pair.network.run(100);
      pair.a.remove(A2);
      pair.network.run(100);
    }
    expect(peersOf(pair.z)).toEqual([A1]);
    const serials = pair.a.sent("ASCONF").map(({ serial }) => serial);
    expect(serials.length).toBe(280);
    expect(serials).toContain(0xffff_ffff);
    expect(serials).toContain(0);
    expect(pair.a.end).toBeUndefined();
  });

  ladderTest("§5.3 F1: it is no source before the ASCONF-ACK, and one after it (F2)", oneOfTwo, (pair) => {
    meshed(pair);
    pair.connect();
    pair.lose("Z", "ASCONF-ACK");
    pair.a.add(A2);
    // Z heartbeats the new address at once, and is answered from the old one.
    pair.until("the address is confirmed", () => pair.z.association.paths[1]?.state === "active");
    expect(pair.a.packets.every(({ source }) => source === A1)).toBe(true);
    pair.until("the second ASCONF-ACK", () => changes(pair.a).length > 0);
    pair.z.association.requestHeartbeat(ip(A2));
    pair.z.host.driver.wake();
    pair.network.run(100);
    expect(packetsWith(pair.a, "HEARTBEAT-ACK").at(-1)?.source).toBe(A2);
  });

  ladderTest("nothing is told, nor used, where it is off on either side", { paths: 2, boundA: 1 }, (pair) => {
    meshed(pair);
    pair.connect();
    pair.a.add(A2);
    pair.network.run(500);
    expect(pair.rungs()).toEqual([]);
    expect(peersOf(pair.z)).toEqual([A1]);
  });

  for (const off of ["configA", "configZ"] as const) {
    const options = { ...oneOfTwo, [off]: { addressReconfiguration: false } };
    ladderTest(`the side with ${off} has it off: it is agreed on by both, or not`, options, (pair) => {
      meshed(pair);
      pair.connect();
      pair.a.add(A2);
      pair.network.run(500);
      expect(pair.rungs()).toEqual([]);
      expect(() => pair.a.association.setPeerPrimary(ip(A1))).toThrow("addressReconfiguration");
      expect(() => pair.a.association.setPeerPrimary(ip(A1))).toThrow(
        expect.objectContaining({ code: "ERR_SCTP_NOT_SUPPORTED" }),
      );
    });
  }
});

describe("deleting (RFC 5061 §4.2.2, §5.3)", () => {
  const two = { config, paths: 2 } as const;

  ladderTest("the peer forgets the address, and sends nothing there any more (F13)", two, (pair) => {
    meshed(pair);
    pair.connect();
    pair.network.run(2_000);
    pair.rungs();
    pair.a.remove(A2);
    pair.network.run(100);
    expect(pair.rungs()).toEqual(["A → ASCONF", "Z → ASCONF-ACK"]);
    expect(peersOf(pair.z)).toEqual([A1]);
    expect(pathChanges(pair.z).at(-1)).toBe(`removed ${A2}`);
    const before = pair.z.packets.length;
    pair.z.send(20_000);
    pair.network.run(120_000);
    expect(pair.z.packets.slice(before).every(({ destination }) => destination === A1)).toBe(true);
    expect(pair.a.deliveries.length).toBe(1);
  });

  ladderTest("F4, F6: the address is no source any more, and the ASCONF goes from another", two, (pair) => {
    meshed(pair);
    pair.connect();
    pair.network.run(2_000);
    const before = pair.a.packets.length;
    // The primary's own source goes.
    pair.a.remove(A1);
    pair.network.run(100);
    pair.a.send(1_000);
    pair.network.run(2_000);
    expect(pair.a.packets.slice(before).map(({ source }) => source)).not.toContain(A1);
    expect(changes(pair.a)).toEqual([`delete ${A1}`]);
    expect(peersOf(pair.z)).toEqual([A2]);
    expect(pair.z.deliveries.length).toBe(1);
  });

  ladderTest("what was on its way to the address is sent again, another way", two, (pair) => {
    meshed(pair);
    pair.connect();
    pair.network.run(2_000);
    const heal = pair.silence("Z");
    pair.z.send(3_000);
    pair.network.run(5);
    heal();
    pair.a.remove(A1);
    pair.until("it is delivered", () => pair.a.deliveries.length === 1, 1_000);
    expect(pair.z.association.paths.map(({ primary }) => primary)).toEqual([true]);
  });

  ladderTest("an address that came and went before it was told is not told", oneOfTwo, (pair) => {
    meshed(pair);
    pair.connect();
    pair.a.open().addAddresses(pair.a.host.now, [ip(A2)]);
    pair.a.remove(A2);
    pair.network.run(500);
    expect(pair.rungs()).toEqual([]);
  });
});

describe("changing the only address (RFC 5061 §5.3.2)", () => {
  ladderTest("from the new one, with the old one for the peer to find the association", oneOfTwo, (pair) => {
    meshed(pair);
    pair.connect();
    pair.a.open().addAddresses(pair.a.host.now, [ip(A2)]);
    pair.a.remove(A1);
    pair.network.run(1_000);
    const [asconf] = pair.a.sent("ASCONF");
    expect(asconf?.address).toEqual({ type: "IPV4-ADDRESS", address: A1 });
    expect(asconf?.parameters.map(({ type }) => type)).toEqual(["ADD-IP-ADDRESS", "DELETE-IP-ADDRESS"]);
    expect(packetsWith(pair.a, "ASCONF")).toEqual([{ source: A2, destination: "10.0.0.2" }]);
    // "MUST reply to the source address of the packet in this case".
    expect(packetsWith(pair.z, "ASCONF-ACK")[0]?.destination).toBe(A2);
    expect(peersOf(pair.z)).toEqual([A2]);
    pair.a.send(5_000);
    pair.z.send(5_000);
    pair.network.run(1_000);
    expect([pair.a.deliveries.length, pair.z.deliveries.length]).toEqual([1, 1]);
  });

  ladderTest("in the middle of a transfer, each way, nothing is lost", oneOfTwo, (pair) => {
    meshed(pair);
    pair.connect();
    for (let i = 0; i < 40; i++) {
      pair.a.send(5_000);
      pair.z.send(5_000);
    }
    pair.network.run(25);
    pair.a.open().addAddresses(pair.a.host.now, [ip(A2)]);
    pair.a.remove(A1);
    pair.until("all is there", () => pair.a.deliveries.length === 40 && pair.z.deliveries.length === 40);
    // §5.3 F1, F14: no data to the new address before it is confirmed.
    const added = pair.z
      .events("path")
      .find(({ change, path }) => change === "confirmed" && path.destination === A2);
    expect(added).toBeDefined();
    expect(peersOf(pair.z)).toEqual([A2]);
  });
});

describe("the peer's primary (RFC 5061 §5.4)", () => {
  const two = { config, paths: 2 } as const;

  ladderTest("the peer sends to the address that it is asked to", two, (pair) => {
    meshed(pair);
    pair.connect();
    pair.network.run(2_000);
    pair.a.association.setPeerPrimary(ip(A2));
    pair.a.host.driver.wake();
    pair.network.run(100);
    expect(changes(pair.a)).toEqual([`set-primary ${A2}`]);
    expect(pathChanges(pair.z).at(-1)).toBe(`primary ${A2}`);
    pair.z.send(100);
    pair.network.run(100);
    expect(packetsWith(pair.z, "DATA").map(({ destination }) => destination)).toEqual([A2]);
  });

  ladderTest("of an address just added the request stands behind the addition", oneOfTwo, (pair) => {
    meshed(pair);
    pair.connect();
    pair.a.open().addAddresses(pair.a.host.now, [ip(A2)]);
    pair.a.association.setPeerPrimary(ip(A2));
    pair.a.host.driver.wake();
    pair.network.run(500);
    const types = pair.a.sent("ASCONF").map(({ parameters }) => parameters.map(({ type }) => type));
    expect(types).toEqual([["ADD-IP-ADDRESS", "SET-PRIMARY-ADDRESS"]]);
    // §5.3 F1: when it is confirmed.
    expect(pathChanges(pair.z).slice(-3)).toEqual([`added ${A2}`, `confirmed ${A2}`, `primary ${A2}`]);
  });

  ladderTest("who asks for an address that is not ours is told so", two, (pair) => {
    pair.connect();
    expect(() => pair.a.association.setPeerPrimary(ip("10.0.0.9"))).toThrow("is not a local address");
    pair.a.shutdown();
    pair.until("it is over", () => pair.a.end !== undefined);
    expect(() => pair.a.association.setPeerPrimary(ip(A1))).toThrow("not open");
  });
});

describe("retransmission (RFC 5061 §5.1)", () => {
  ladderTest(
    "B4: a lost ASCONF goes again, the same, to another address of the peer",
    { ...oneOfTwo },
    (pair) => {
      meshed(pair);
      pair.connect();
      pair.network.run(2_000);
      pair.lose("A", "ASCONF");
      pair.a.add(A2);
      pair.until("it is there", () => changes(pair.a).length > 0);
      const [first, second] = pair.a.sent("ASCONF");
      expect({ ...second, time: 0 }).toEqual({ ...first, time: 0 });
      expect(packetsWith(pair.a, "ASCONF").map(({ destination }) => destination)).toEqual([
        "10.0.0.2",
        "10.1.0.2",
      ]);
      expect((second?.time ?? 0) - (first?.time ?? 0)).toBe(1_000);
    },
  );

  ladderTest("E2: a lost ASCONF-ACK goes again, and the address is added once", oneOfTwo, (pair) => {
    meshed(pair);
    pair.connect();
    pair.lose("Z", "ASCONF-ACK", { count: 2 });
    pair.a.add(A2);
    pair.until("it is there", () => changes(pair.a).length > 0);
    expect(pair.z.sent("ASCONF-ACK").length).toBe(3);
    expect(pathChanges(pair.z).filter((it) => it === `added ${A2}`).length).toBe(1);
  });

  ladderTest("A3: while one is outstanding no other goes", oneOfTwo, (pair) => {
    meshed(pair);
    pair.connect();
    const heal = pair.silence("Z");
    pair.a.add(A2);
    pair.network.run(500);
    pair.a.association.setPeerPrimary(ip(A1));
    pair.network.run(5_000);
    expect(new Set(pair.a.sent("ASCONF").map(({ serial }) => serial)).size).toBe(1);
    heal();
    pair.until("both are answered", () => changes(pair.a).length === 2);
    expect(changes(pair.a)).toEqual([`add ${A2}`, `set-primary ${A1}`]);
  });

  ladderTest(
    "B1, B2: each expiry counts, and the association dies of them",
    { ...oneOfTwo, configA: { associationMaxRetrans: 3, heartbeats: false }, configZ: { heartbeats: false } },
    (pair) => {
      meshed(pair);
      pair.connect();
      pair.network.run(2_000);
      pair.silence("A", "Z");
      pair.a.add(A2);
      pair.until("it is over", () => pair.a.end !== undefined);
      expect(pair.a.end).toBe("timed-out");
      expect(pair.a.sent("ASCONF").length).toBe(4);
      // §5.1 B3: the RTO of each destination doubles.
      const times = pair.a.sent("ASCONF").map(({ time }) => time);
      expect(times.map((time, index) => time - (times[index - 1] ?? time))).toEqual([0, 1_000, 1_000, 2_000]);
    },
  );
});

describe("behind a NAT (RFC 6951 §3.2, §5.7)", () => {
  const nat = { config, configA: { nat: true }, paths: 2, boundA: 1 } as const;

  ladderTest("an address is added by a wildcard, from itself", nat, (pair) => {
    meshed(pair);
    pair.connect();
    pair.a.add(A2);
    pair.network.run(500);
    const [asconf] = pair.a.sent("ASCONF");
    expect(asconf?.address.address).toBe("0.0.0.0");
    expect(asconf?.parameters).toMatchObject([{ type: "ADD-IP-ADDRESS", address: { address: "0.0.0.0" } }]);
    expect(packetsWith(pair.a, "ASCONF").map(({ source }) => source)).toEqual([A2]);
    expect(peersOf(pair.z)).toEqual([A1, A2]);
    expect(changes(pair.a)).toEqual([`add ${A2}`]);
  });

  ladderTest(
    "those that are bound from the beginning follow the handshake",
    { ...nat, boundA: 2 },
    (pair) => {
      meshed(pair);
      pair.connect();
      pair.network.run(500);
      expect(
        pair.a.sent("INIT").flatMap(({ parameters }) => parameters.map(({ type }) => type)),
      ).not.toContain("IPV4-ADDRESS");
      expect(peersOf(pair.z)).toEqual([A1, A2]);
    },
  );

  ladderTest("one is deleted by a wildcard from another", { ...nat, boundA: 2 }, (pair) => {
    meshed(pair);
    pair.connect();
    pair.network.run(2_000);
    pair.a.remove(A1);
    pair.network.run(500);
    const last = pair.a.sent("ASCONF").at(-1);
    expect(last?.parameters).toMatchObject([{ type: "DELETE-IP-ADDRESS", address: { address: "0.0.0.0" } }]);
    expect(packetsWith(pair.a, "ASCONF").at(-1)?.source).toBe(A2);
    expect(peersOf(pair.z)).toEqual([A2]);
    expect(changes(pair.a)).toEqual([`add ${A2}`, `delete ${A1}`]);
  });

  ladderTest(
    "with addresses that stand for ours nothing is told",
    { ...oneOfTwo, configA: { advertise: [ip(A1)] } },
    (pair) => {
      meshed(pair);
      pair.connect();
      pair.a.add(A2);
      pair.network.run(500);
      expect(pair.rungs()).toEqual([]);
    },
  );
});

describe("addresses that interfaces get and lose by themselves (RFC 6458 §8.1.23)", () => {
  for (const automaticReconfiguration of [true, false]) {
    const options = { ...oneOfTwo, configA: { automaticReconfiguration } };
    ladderTest(`are told where that is on: ${automaticReconfiguration}`, options, (pair) => {
      meshed(pair);
      pair.connect();
      pair.a.open().addAddresses(pair.a.host.now, [ip(A2)], true);
      pair.a.host.driver.wake();
      pair.network.run(500);
      expect(peersOf(pair.z)).toEqual(automaticReconfiguration ? [A1, A2] : [A1]);
      pair.a.open().removeAddresses(pair.a.host.now, [ip(A1)], true);
      pair.a.host.driver.wake();
      pair.network.run(500);
      expect(peersOf(pair.z)).toEqual(automaticReconfiguration ? [A2] : [A1]);
    });
  }
});

ladderTest(
  "RFC 9653 §5.2: a packet with an ASCONF has its checksum where others go without",
  { ...oneOfTwo, config: { ...config, zeroChecksum: true }, stack: { errorDetection: "dtls" } },
  (pair) => {
    meshed(pair);
    pair.connect();
    pair.a.add(A2);
    pair.network.run(500);
    pair.a.send(100);
    pair.network.run(100);
    const checksums = (type: string): boolean[] =>
      pair.a.packets
        .filter(({ bytes }) => decodePacket(bytes)?.chunks.some((chunk) => chunk.type === type))
        .map(({ bytes }) => readChecksum(bytes) !== 0 && hasValidChecksum(bytes));
    expect(checksums("ASCONF")).toEqual([true]);
    expect(checksums("DATA")).toEqual([false]);
  },
);

const FORTY = { config, paths: 40, boundA: 1, boundZ: 1, conditions: { oversize: "fragment" } } as const;

ladderTest("§5.1 B4: an ASCONF that no longer fits the path MTU is sent again as it was", FORTY, (pair) => {
  const { a, z, connect, lose, network } = pair;
  connect();
  lose("A", "ASCONF");
  a.add(...a.host.addresses.slice(1));
  network.run(100);
  a.association.configure(network.now, { pathMtu: 576 });
  network.run(5_000);
  const sizes = a.packets
    .filter(({ bytes }) => decodePacket(bytes)?.chunks.some(({ type }) => type === "ASCONF"))
    .map(({ bytes }) => bytes.length);
  expect(sizes[0]).toBeGreaterThan(576);
  expect(sizes[1]).toBe(sizes[0]);
  expect(Math.min(...a.packets.map(({ bytes }) => bytes.length))).toBeGreaterThan(12);
  expect(z.sent("ASCONF-ACK").length).toBeGreaterThan(0);
});
