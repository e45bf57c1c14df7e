import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { readTrace, type TracedDatagram } from "@usctp/trace";
import { afterAll, expect, test, vi } from "vitest";
import { connect, createEndpoint, createServer } from "../../src/api/message/index.ts";
import { AF_INET, IPPROTO_SCTP, SOCK_STREAM, socket } from "../../src/api/rfc6458/index.ts";
import { describePacket } from "../../src/packet/describe.ts";
import { closing, ended, nextText, openSockets, PORT, pair } from "./loopback.ts";
import { udpSocket } from "./own-transport.ts";

const folder = mkdtempSync(join(tmpdir(), "usctp-capture-"));
afterAll(() => rmSync(folder, { recursive: true }));

function readFile(name: string): readonly TracedDatagram[] {
  const trace = readTrace(readFileSync(join(folder, name)));
  expect(trace).toMatchObject({ isTruncated: false, passedOver: 0, dropped: 0n });
  return trace.datagrams;
}

/** Each packet as its direction and its chunks. */
function story(datagrams: readonly TracedDatagram[]): string[] {
  return datagrams.map(({ direction, bytes }) => {
    const chunks = describePacket(bytes).match(/[A-Z-]+(?=\[)/g) ?? [];
    return `${direction} ${chunks.join(" ")}`;
  });
}

test("both ends of an association capture the same packets, from the INIT to the SHUTDOWN COMPLETE", async () => {
  const here = join(folder, "here.pcapng");
  const there = join(folder, "there.pcapng");
  const before = BigInt(Date.now() - 10) * 1_000_000n;
  const { server, here: client, there: peer } = await pair({ capture: there }, { capture: here });
  await client.send("hello", { until: "acknowledged" });
  expect(await nextText(peer)).toBe("hello");
  await client.close();
  await server.close();
  const ours = readFile("here.pcapng");
  const theirs = readFile("there.pcapng");
  const chunks = story(ours);
  expect(chunks[0]).toBe("out INIT");
  expect(chunks[1]).toBe("in INIT-ACK");
  expect(chunks.at(-1)).toBe("out SHUTDOWN-COMPLETE");
  const flipped = (text: string): string =>
    text.startsWith("in ") ? text.replace("in ", "out ") : text.replace("out ", "in ");
  expect(story(theirs).sort()).toEqual(chunks.map(flipped).sort());
  const after = BigInt(Date.now() + 10) * 1_000_000n;
  for (const { time, source, destination } of [...ours, ...theirs]) {
    expect(time > before && time < after).toBe(true);
    expect([source, destination]).toEqual(["127.0.0.1", "127.0.0.1"]);
  }
  const [first] = ours;
  expect(first?.comments).toEqual([describePacket(first?.bytes ?? new Uint8Array())]);
  expect(first?.destinationPort).toBe(theirs[0]?.destinationPort);
});

test("endpoints that share a UDP port capture their own packets, to the ABORT", async () => {
  const open = (port: number, udpPort: number, capture?: string) =>
    createEndpoint({ port, udpPort, addresses: "127.0.0.1", ...(capture === undefined ? {} : { capture }) });
  const quiet = closing(await open(5_001, 0, join(folder, "quiet.pcapng")));
  const busy = closing(await open(5_002, quiet.udpPort, join(folder, "busy.pcapng")));
  const target = { addresses: "127.0.0.1", udpPort: busy.udpPort };
  const association = await connect({ port: 5_002, ...target });
  const [arrived] = busy.associations;
  association.abort("enough");
  if (arrived !== undefined && arrived.closed === undefined) await ended(arrived);
  await busy.close();
  const again = await connect({ port: 5_001, ...target });
  await again.close();
  await quiet.close();
  const chunks = story(readFile("busy.pcapng"));
  expect(chunks.slice(0, 2)).toEqual(["in INIT", "out INIT-ACK"]);
  expect(chunks.at(-1)).toBe("in ABORT");
  expect(story(readFile("quiet.pcapng")).filter((text) => text.endsWith(" INIT"))).toEqual(["in INIT"]);
});

test("an ABORT that ends an endpoint on a shared UDP port is captured", async () => {
  const first = closing(await createEndpoint({ port: 5_001, udpPort: 0, addresses: "127.0.0.1" }));
  const second = closing(
    await createEndpoint({
      port: 5_002,
      udpPort: first.udpPort,
      addresses: "127.0.0.1",
      capture: join(folder, "abort.pcapng"),
    }),
  );
  await connect({ port: 5_002, addresses: "127.0.0.1", udpPort: first.udpPort });
  await second.close({ associations: "abort" });
  expect(story(readFile("abort.pcapng")).at(-1)).toBe("out ABORT");
});

test("a server captures to a stream, which may be given to listen()", async () => {
  const stream = new PassThrough();
  const written = stream.toArray();
  const server = await closing(createServer()).listen({
    port: PORT,
    addresses: "127.0.0.1",
    udpPort: 0,
    capture: stream,
  });
  await expect(
    connect({ port: 4_999, addresses: "127.0.0.1", udpPort: server.udpPort }),
  ).rejects.toMatchObject({ code: "ERR_SCTP_REFUSED" });
  const association = await connect({ port: PORT, addresses: "127.0.0.1", udpPort: server.udpPort });
  await association.close();
  await server.close();
  const { datagrams } = readTrace(Buffer.concat(await written));
  // What is for another SCTP port is not this endpoint's.
  expect(story(datagrams).filter((text) => text === "in INIT")).toHaveLength(1);
});

test("close() of an association that is over waits until its capture is complete", async () => {
  const { here, there, server } = await pair({}, { capture: join(folder, "over.pcapng") });
  there.abort("enough");
  await ended(here);
  await here.close();
  expect(story(readFile("over.pcapng")).at(-1)).toBe("in ABORT");
  await server.close();
});

test.each([
  ["listen()", () => createServer({ capture: "/none/x.pcapng" }).listen({ port: 0, udpPort: 0 })],
  ["createEndpoint()", () => createEndpoint({ port: 0, udpPort: 0, capture: "/none/x.pcapng" })],
  ["connect()", () => connect({ port: 1, addresses: "127.0.0.1", capture: "/none/x.pcapng" })],
])("%s refuses a file that cannot be written, and leaves nothing open", async (_name, call) => {
  const before = openSockets();
  await expect(call()).rejects.toMatchObject({
    code: "ERR_SCTP_INVALID_OPTION",
    message: expect.stringContaining("/none/x.pcapng"),
    cause: expect.objectContaining({ code: "ENOENT" }),
  });
  expect(openSockets()).toBe(before);
});

test("an SCTP port that is taken ends the stream that was to capture it; a UDP port that is taken does not touch it", async () => {
  const other = closing(await createEndpoint({ port: 5_001, udpPort: 0, addresses: "127.0.0.1" }));
  const [first, second] = [new PassThrough(), new PassThrough()];
  const again = createEndpoint({
    port: 5_001,
    udpPort: other.udpPort,
    addresses: "127.0.0.1",
    capture: first,
  });
  await expect(again).rejects.toMatchObject({ code: "ERR_SCTP_PORT_IN_USE" });
  expect(first.writableEnded).toBe(true);
  const socket = await udpSocket();
  const { port: udpPort } = socket.address();
  const elsewhere = createEndpoint({ port: 5_001, udpPort, addresses: "127.0.0.1", capture: second });
  await expect(elsewhere).rejects.toMatchObject({ code: "ERR_SCTP_PORT_IN_USE" });
  expect([second.writableEnded, second.readableLength]).toEqual([false, 0]);
  socket.close();
});

test("what is no path and no stream is refused at once", () => {
  for (const capture of ["", 1, {}, null]) {
    expect(() => createServer({ capture: capture as string })).toThrow(
      expect.objectContaining({
        code: "ERR_SCTP_INVALID_OPTION",
        message: expect.stringContaining(
          '"capture" takes the path of a file, which is not empty, or a Writable stream',
        ),
      }),
    );
  }
});

test("a stream that fails ends the capture, not the association", async () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  try {
    let writes = 0;
    const stream = new Writable({
      write: (_chunk, _encoding, done) => done(++writes > 4 ? new Error("the disk is full") : null),
    });
    const { here, there, server } = await pair({}, { capture: stream });
    for (const text of ["a", "b", "c"]) {
      await here.send(text);
      expect(await nextText(there)).toBe(text);
    }
    await here.close();
    await server.close();
    expect(warn.mock.calls.map(([message]) => message)).toEqual(["the capture ends here: the disk is full"]);
  } finally {
    warn.mockRestore();
  }
});

test("a file, by whatever path, and a stream belong to one capture at a time", async () => {
  const path = join(folder, "shared.pcapng");
  const listen = (port: number, capture: string | Writable) =>
    createServer({ capture }).listen({ port, addresses: "127.0.0.1", udpPort: 0 });
  const taken = { code: "ERR_SCTP_INVALID_OPTION", message: expect.stringContaining("another capture") };
  // Before the file is there, too.
  const [first, second] = await Promise.allSettled([listen(PORT, path), listen(5_010, path)]);
  expect(first.status).toBe("fulfilled");
  expect(second).toMatchObject({ status: "rejected", reason: taken });
  const server = first.status === "fulfilled" ? closing(first.value) : undefined;
  const link = join(folder, "link.pcapng");
  symlinkSync(path, link);
  for (const name of [path, join(folder, ".", "nowhere", "..", "shared.pcapng"), link]) {
    await expect(listen(5_010, name)).rejects.toMatchObject(taken);
    await expect(
      connect({ port: PORT, addresses: "127.0.0.1", udpPort: server?.udpPort as number, capture: name }),
    ).rejects.toMatchObject(taken);
  }
  const here = await connect({ port: PORT, addresses: "127.0.0.1", udpPort: server?.udpPort as number });
  await here.close();
  await server?.close();
  // Nothing was overwritten.
  expect(story(readFile("shared.pcapng"))[0]).toBe("in INIT");
  // And it is free again.
  await (await listen(5_010, path)).close();
  const stream = new PassThrough();
  stream.resume();
  const other = closing(await listen(5_011, stream));
  await expect(listen(5_012, stream)).rejects.toMatchObject(taken);
  await other.close();
});

test("what takes whatever comes may be named twice", async () => {
  const open = (port: number) =>
    createEndpoint({ port, udpPort: 0, addresses: "127.0.0.1", capture: "/dev/null" });
  await Promise.all([closing(await open(5_013)).close(), closing(await open(5_014)).close()]);
});

test.each([
  ["", "''"],
  [{}, "{}"],
  [5, "5"],
])("capture: %j says what it takes", (capture, shown) => {
  const what = "the path of a file, which is not empty, or a Writable stream";
  expect(() => createServer({ capture } as never)).toThrow(`takes ${what}, and got ${shown}`);
  expect(() => socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, { capture } as never)).toThrow(
    `is ${what}, and not ${shown}`,
  );
});
