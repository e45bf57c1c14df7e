import { Ladder, Network } from "@usctp/sim";
import fc from "fast-check";
import type { IpAddress } from "usctp/core";
import { parseAddress } from "usctp/core";
import { encodeCaptureStart, encodeDatagram } from "usctp/driver";
import { describe, expect, test } from "vitest";
import { footnotes, ladderLines, NetworkTrace, readTrace, TraceError } from "./index.ts";

const address = (text: string): IpAddress => parseAddress(text) as IpAddress;

function encoded(time: bigint, payload: Uint8Array = new Uint8Array(12)): Uint8Array {
  return encodeDatagram({
    bytes: payload,
    time,
    direction: undefined,
    source: address("192.0.2.1"),
    sourcePort: 9_899,
    destination: address("192.0.2.2"),
    destinationPort: 9_900,
  });
}

function bytes(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** A pcap file with one packet, as tcpdump writes it: of that byte order, magic number and link type. */
function pcap(isLittle: boolean, magic: number, linkType: number, packet: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(40));
  header.setUint32(0, magic, isLittle);
  header.setUint32(16, 65_535, isLittle);
  header.setUint32(20, linkType, isLittle);
  header.setUint32(24, 100, isLittle);
  header.setUint32(28, 5, isLittle);
  header.setUint32(32, packet.length, isLittle);
  header.setUint32(36, packet.length, isLittle);
  return bytes(new Uint8Array(header.buffer), packet);
}

/** The IP packet in one of our blocks. */
function ipPacket(): Uint8Array {
  const block = encoded(0n);
  return block.subarray(28, 28 + new DataView(block.buffer).getUint32(20, true));
}

describe("a capture is read", () => {
  test.each([
    [true, 0xa1b2c3d4, 100_000_005_000n],
    [false, 0xa1b2c3d4, 100_000_005_000n],
    [true, 0xa1b23c4d, 100_000_000_005n],
  ])("when it is a pcap file (little-endian: %s, %i)", (isLittle, magic, time) => {
    const ethernet = bytes(new Uint8Array(14), ipPacket());
    const { datagrams } = readTrace(pcap(isLittle, magic, 1, ethernet));
    expect(datagrams).toMatchObject([{ time, source: "192.0.2.1", destinationPort: 9_900 }]);
  });

  test("to where it is cut", () => {
    const whole = bytes(encodeCaptureStart(), encoded(1n), encoded(2n));
    const trace = readTrace(whole.subarray(0, -1));
    expect([trace.datagrams.length, trace.isTruncated]).toEqual([1, true]);
    expect(footnotes(trace)).toEqual(["the end of the capture is missing"]);
  });

  test("over packets of other kinds", () => {
    const other = pcap(true, 0xa1b2c3d4, 101, new Uint8Array(60));
    const trace = readTrace(other);
    expect([trace.datagrams.length, trace.passedOver]).toEqual([0, 1]);
  });

  test("with times of other units, and sections one after the other", () => {
    const start = encodeCaptureStart();
    // if_tsresol: 10^-6 s in place of 10^-9.
    const micro = start.map((byte, at) => (byte === 9 && start[at - 2] === 1 ? 6 : byte));
    const trace = readTrace(bytes(start, encoded(7n), micro, encoded(7n)));
    expect(trace.datagrams.map(({ time }) => time)).toEqual([7n, 7_000n]);
  });

  test("or refused with a TraceError, whatever its bytes", () => {
    const good = bytes(encodeCaptureStart(), encoded(1n));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }), (changes) => {
        const bad = good.slice();
        for (const [at, value] of changes) bad[at] = value;
        try {
          const trace = readTrace(bad);
          [...ladderLines(trace)].join("\n");
        } catch (error) {
          expect(error).toBeInstanceOf(TraceError);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(() => readTrace(new Uint8Array(3))).toThrow(TraceError);
    expect(() => readTrace(new Uint8Array(100))).toThrow(TraceError);
  });
});

describe("a simulated network", () => {
  function play(network: Network) {
    const a = network.host("A", { addresses: ["10.0.0.1"] });
    const z = network.host("Z", { addresses: ["10.0.0.2"] });
    network.link("10.0.0.1", "10.0.0.2", { delay: 5 });
    z.endpoint({ port: 5_000 });
    const opens = () => {
      a.endpoint({ port: 5_001 }).connect(a.now, {
        port: 5_000,
        addresses: z.addresses,
        udpPort: z.udpPort,
      });
      a.driver.wake();
      network.run(1_000);
    };
    return { a, z, opens };
  }

  test("is captured at the times of its clock", () => {
    const network = new Network({ seed: 1 });
    const { opens } = play(network);
    const ladder = new Ladder(network);
    const trace = new NetworkTrace(network);
    opens();
    const { datagrams } = readTrace(trace.toBytes());
    expect(datagrams.map(({ time, bytes }) => ({ time: Number(time) / 1e6, bytes }))).toEqual(
      ladder.passages.map(({ time, bytes }) => ({ time, bytes })),
    );
  });

  test("is captured at a host: what it sends, and what reaches it when it does", () => {
    const network = new Network({ seed: 1 });
    const { z, opens } = play(network);
    const trace = new NetworkTrace(network, { at: z });
    opens();
    const story = readTrace(trace.toBytes()).datagrams.map(
      ({ time, direction, comments }) =>
        `${Number(time) / 1e6} ${direction} ${comments[0]?.match(/[A-Z-]+(?=\[)/)?.[0]}`,
    );
    expect(story).toEqual(["5 in INIT", "5 out INIT-ACK", "15 in COOKIE-ECHO", "15 out COOKIE-ACK"]);
  });

  test("is printed as a ladder that says what was lost", () => {
    const network = new Network({ seed: 1 });
    const { opens } = play(network);
    network.filter(({ bytes }) => bytes[12] !== 10);
    const trace = new NetworkTrace(network);
    opens();
    const lines = [...ladderLines(readTrace(trace.toBytes()))];
    expect(lines.map((line) => line.replace(/tag=\w+|\[.*\]/g, "").trim())).toEqual([
      "0.000  10.0.0.1:9899 ──→ 10.0.0.2:9899  5001>5000  INIT",
      "5.000  10.0.0.1:9899 ←── 10.0.0.2:9899  5000>5001  INIT-ACK",
      "10.000  10.0.0.1:9899 ──→ 10.0.0.2:9899  5001>5000  COOKIE-ECHO  (does not arrive: filtered)",
    ]);
    const other = [...ladderLines(readTrace(trace.toBytes()), { udpPort: 1 })];
    expect(other).toEqual([]);
  });
});
