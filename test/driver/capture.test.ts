import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { readTrace } from "@usctp/trace";
import fc from "fast-check";
import { afterAll, describe, expect, test, vi } from "vitest";
import { addressBytes, type IpAddress } from "../../src/base/address.ts";
import { Capture } from "../../src/driver/capture/capture.ts";
import {
  type CapturedDatagram,
  encodeCaptureStart,
  encodeDatagram,
} from "../../src/driver/capture/encode.ts";
import { ipAndUdpHeaders } from "../../src/driver/capture/headers.ts";
import { ip } from "../datagram/support.ts";

const folder = mkdtempSync(join(tmpdir(), "usctp-capture-"));
afterAll(() => rmSync(folder, { recursive: true }));

function datagram(bytes: Uint8Array, more: Partial<CapturedDatagram> = {}): CapturedDatagram {
  return {
    bytes,
    time: 1_700_000_000_123_456_789n,
    direction: "out",
    source: ip("192.0.2.1"),
    sourcePort: 9_899,
    destination: ip("192.0.2.2"),
    destinationPort: 9_900,
    ...more,
  };
}

/** RFC 1071 over 16-bit words: what a receiver computes over header and data is 0 when the checksum is right. */
function checksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const [index, byte] of parts.flatMap((part) => [...part]).entries())
    sum += index % 2 === 0 ? byte << 8 : byte;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

describe("a capture has the headers of a datagram", () => {
  const families: [IpAddress, IpAddress, number][] = [
    [ip("192.0.2.1"), ip("192.0.2.2"), 20],
    [ip("2001:db8::1"), ip("fe80::2%eth0"), 40],
  ];

  test.each(families)(
    "from %s to %s, with lengths and checksums that are right",
    (source, destination, at) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 101 }), (payload) => {
          const headers = ipAndUdpHeaders(
            { source, sourcePort: 1, destination, destinationPort: 2 },
            payload,
          );
          expect(headers.length).toBe(at + 8);
          const udp = joined(headers.subarray(at), payload);
          const view = new DataView(udp.buffer);
          expect([view.getUint16(0), view.getUint16(2), view.getUint16(4)]).toEqual([1, 2, udp.length]);
          const pseudo = Uint8Array.of(0, 17, udp.length >> 8, udp.length & 0xff);
          expect(checksum(addressBytes(source), addressBytes(destination), pseudo, udp)).toBe(0);
          expect(view.getUint16(6)).not.toBe(0);
          if (at === 20) expect(checksum(headers.subarray(0, 20))).toBe(0);
        }),
      );
    },
  );

  test("of any datagram, to the longest", () => {
    const bytes = new Uint8Array(65_507).fill(0xff);
    const start = encodeCaptureStart();
    const [read] = readTrace(joined(start, encodeDatagram(datagram(bytes)))).datagrams;
    expect(read?.bytes.length).toBe(65_507);
  });
});

test("what is written is what is read", () => {
  const sctp = new Uint8Array(16).fill(1);
  const given = [
    datagram(sctp),
    datagram(sctp, {
      direction: "in",
      source: ip("::1"),
      destination: ip("2001:db8::2"),
      comments: ["lost"],
    }),
    datagram(new Uint8Array(3), { direction: undefined, time: 2n ** 63n - 1n }),
  ];
  const trace = readTrace(joined(encodeCaptureStart(), ...given.map(encodeDatagram)));
  expect(trace).toMatchObject({ application: "usctp", dropped: 0n, isTruncated: false, passedOver: 0 });
  const [first, second, third] = trace.datagrams;
  expect(first).toEqual({ ...given[0], comments: [expect.stringMatching(/^257>257 tag=01010101 /)] });
  expect(second).toEqual({ ...given[1], comments: [first?.comments[0], "lost"] });
  expect(third).toEqual({ ...given[2], comments: ["no SCTP packet: 3 bytes"] });
});

describe("the target of a capture", () => {
  const bytes = new Uint8Array(1_000);

  test("is a file, complete when the capture has ended", async () => {
    const path = join(folder, "file.pcapng");
    const capture = await Capture.open(path);
    for (let i = 0; i < 10; i++) capture.add(datagram(bytes));
    await capture.end();
    await capture.end();
    const { datagrams, isTruncated } = readTrace(readFileSync(path));
    expect([datagrams.length, isTruncated]).toEqual([10, false]);
  });

  test("is a stream, which is ended", async () => {
    const stream = new PassThrough();
    const capture = await Capture.open(stream);
    capture.add(datagram(bytes));
    const written = stream.toArray();
    await capture.end();
    expect(readTrace(Buffer.concat(await written)).datagrams.length).toBe(1);
  });

  test.each([
    ["a folder", folder, "EISDIR"],
    ["in no folder", join(folder, "none", "file.pcapng"), "ENOENT"],
  ])("is refused when it is %s", async (_what, path, code) => {
    await expect(Capture.open(path)).rejects.toMatchObject({
      code: "ERR_SCTP_INVALID_OPTION",
      message: expect.stringContaining(path),
      cause: expect.objectContaining({ code }),
    });
  });

  test("is refused when it is a stream that has ended", async () => {
    const stream = new PassThrough();
    stream.end();
    await expect(Capture.open(stream)).rejects.toMatchObject({ code: "ERR_SCTP_INVALID_OPTION" });
  });

  test("may be slow: what it does not take is left out, and counted", async () => {
    const taken: Uint8Array[] = [];
    let go = (): void => {};
    const slow = new Writable({
      write(chunk, _encoding, done) {
        taken.push(chunk);
        go = done;
      },
    });
    const capture = await Capture.open(slow);
    for (let i = 0; i < 20_000; i++) capture.add(datagram(bytes));
    expect(slow.writableLength).toBeLessThan(9 << 20);
    const takeAll = async (done: () => boolean): Promise<void> => {
      while (!done()) await new Promise((resolve) => setImmediate(() => resolve(go())));
    };
    await takeAll(() => slow.writableLength === 0);
    capture.add(datagram(bytes));
    const ended = capture.end();
    await takeAll(() => slow.writableFinished);
    await ended;
    const { datagrams, dropped } = readTrace(Buffer.concat(taken));
    expect(datagrams.length + Number(dropped)).toBe(20_001);
    expect(datagrams.at(-1)?.comments.at(-1)).toBe(
      `${dropped} packets before this one are left out: writing was too slow`,
    );
  });

  test("may fail: the capture is over, and says so once", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    try {
      let written = 0;
      const failing = new Writable({
        write(_chunk, _encoding, done) {
          done(++written > 2 ? new Error("no space left") : null);
        },
      });
      const capture = await Capture.open(failing);
      for (let i = 0; i < 10; i++) {
        capture.add(datagram(bytes));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await capture.end();
      expect(warn.mock.calls.map(([message]) => message)).toEqual(["the capture ends here: no space left"]);
      expect(written).toBe(3);
    } finally {
      warn.mockRestore();
    }
  });

  test("may be a stream of the process, which stays open and as it was", async () => {
    const { stderr } = process;
    const counts = () => ["error", "close", "finish"].map((event) => stderr.listenerCount(event));
    const before = counts();
    const write = vi.spyOn(stderr, "write").mockImplementation((_chunk, ...more: unknown[]) => {
      for (const each of more) if (typeof each === "function") each();
      return true;
    });
    try {
      const capture = await Capture.open(stderr);
      capture.add(datagram(bytes));
      await capture.end();
      const written = write.mock.calls.map(([chunk]) => Buffer.from(chunk));
      expect(readTrace(Buffer.concat(written)).datagrams.length).toBe(1);
    } finally {
      write.mockRestore();
    }
    expect([stderr.writable, ...counts()]).toEqual([true, ...before]);
  });

  test("may be read late: its end is not waited for, and nothing is lost", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const stream = new PassThrough();
      const capture = await Capture.open(stream);
      for (let i = 0; i < 1_000; i++) capture.add(datagram(bytes));
      const ended = capture.end();
      vi.advanceTimersByTime(2_000);
      await ended;
      const written = await stream.toArray();
      expect(readTrace(Buffer.concat(written)).datagrams.length).toBe(1_000);
    } finally {
      vi.useRealTimers();
    }
  });
});
