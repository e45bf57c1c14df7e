import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { captureNames, findScripts, judgeFile } from "@usctp/packetdrill";
import { Network } from "@usctp/sim";
import { NetworkTrace } from "@usctp/trace";
import { type Association, connect, createServer, type ProtocolOptions } from "usctp";
import { afterAll, describe, expect, test } from "vitest";
import { scenarios as simulated } from "../../packages/sim/scenarios/index.ts";
import { openers, runCell } from "../interop/matrix.ts";
import { npmSctp } from "../interop/npm-sctp/stack.ts";
import { ObservedTransport } from "../interop/observed-transport.ts";
import { pion } from "../interop/pion/stack.ts";
import { scenarios as interop } from "../interop/scenarios/index.ts";
import { type Stack, whyNot } from "../interop/stack.ts";
import { usrsctp } from "../interop/usrsctp/stack.ts";
import { werift } from "../interop/werift/stack.ts";
import { requirePeer } from "../support/peers.ts";
import { hasTshark, type Reading, readWithTshark, tsharkInstallHint } from "../support/tshark.ts";

/** A second reader for what we write on the wire: it is to find nothing wrong with it. */

const whereTshark = requirePeer("tshark", hasTshark(), tsharkInstallHint);

const folder = mkdtempSync(join(tmpdir(), "usctp-tshark-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PORT = 5_000;

/** Numbers of chunk types, RFC 9260 §3.2. */
const DATA = 0;
const INIT = 1;
const ABORT = 6;
const SHUTDOWN_COMPLETE = 14;

async function readFaultless(path: string): Promise<Reading> {
  const reading = await readWithTshark(path);
  expect(reading.faults).toEqual([]);
  expect(reading.datagrams.length).toBeGreaterThan(0);
  return reading;
}

/** How many packets have a chunk of that type. */
function count({ chunkTypes }: Reading, type: number): number {
  return chunkTypes.filter((types) => types.includes(type)).length;
}

/** Returns messages as they come, and what both sides captured when they have closed. */
async function converse(
  name: string,
  addresses: readonly string[],
  options: ProtocolOptions,
  conversation: (here: Association, there: Association) => Promise<void>,
): Promise<readonly [Reading, Reading]> {
  const ours = join(folder, `${name}-here.pcapng`);
  const theirs = join(folder, `${name}-there.pcapng`);
  const server = createServer({ ...options, capture: theirs });
  await server.listen({ port: PORT, addresses, udpPort: 0 });
  const arrival = server[Symbol.asyncIterator]().next();
  const target = { port: PORT, addresses, udpPort: server.udpPort };
  const here = await connect({ ...target, ...options, capture: ours });
  const { value: there } = await arrival;
  if (there === undefined) throw new Error("nobody arrived");
  await conversation(here, there);
  await here.close();
  await server.close({ associations: "abort" });
  return [await readFaultless(ours), await readFaultless(theirs)];
}

whereTshark("tshark reads without complaint what the message API captures", () => {
  const sizes = [1, 2, 3, 100, 1_424, 1_425, 65_535, 300_000];

  test.each([
    ["IPv4", ["127.0.0.1"], {}],
    ["IPv6", ["::1"], {}],
    ["both, in the largest datagrams", ["127.0.0.1", "::1"], { pathMtu: 65_535 }],
  ])("of messages over %s", async (name, addresses, options) => {
    const readings = await converse(name, addresses, options, async (here, there) => {
      for (const [stream, size] of sizes.entries()) {
        await here.send(Buffer.alloc(size, size), { stream, ppid: size, unordered: size % 2 === 1 });
      }
      let received = 0;
      for await (const message of there) {
        if (!message.end) continue;
        await there.send(message.data, { stream: message.stream });
        if (++received === sizes.length) break;
      }
      await there.flush();
    });
    for (const reading of readings) {
      expect(count(reading, INIT)).toBe(1);
      expect(count(reading, DATA)).toBeGreaterThan(sizes.length);
      expect(count(reading, SHUTDOWN_COMPLETE)).toBe(1);
    }
  });

  test("of an abort with a reason", async () => {
    const [ours, theirs] = await converse("abort", ["127.0.0.1"], {}, async (here, there) => {
      const ended = new Promise((resolve) => there.once("close", resolve));
      await here.send("hello", { until: "acknowledged" });
      here.abort("that is enough");
      await ended;
    });
    for (const reading of [ours, theirs]) {
      expect(reading.chunkTypes.at(-1)).toEqual([ABORT]);
      expect(reading.datagrams.at(-1)?.comments[0]).toContain('USER-ABORT("that is enough")');
    }
  });

  test("of a restart", async () => {
    const path = join(folder, "restart.pcapng");
    const server = createServer({ capture: path });
    await server.listen({ port: PORT, addresses: "127.0.0.1", udpPort: 0 });
    const arrival = server[Symbol.asyncIterator]().next();
    const connectAs = async (transport: ObservedTransport): Promise<Association> =>
      connect({ port: PORT, addresses: "127.0.0.1", udpPort: server.udpPort, localPort: 5_001, transport });
    const first = await ObservedTransport.open({ addresses: ["127.0.0.1"] });
    const killed = await connectAs(first);
    const { value: there } = await arrival;
    const restarted = new Promise<void>((resolve) => there?.once("restart", resolve));
    first.unplug();
    killed.abort();
    await first.closed;
    const again = await connectAs(
      await ObservedTransport.open({ addresses: ["127.0.0.1"], port: first.port }),
    );
    await restarted;
    await again.send("back again", { until: "acknowledged" });
    await again.close();
    await server.close();
    expect(count(await readFaultless(path), INIT)).toBe(2);
  });
});

whereTshark("tshark reads without complaint what is captured of a simulated network", () => {
  test.each(simulated)("$name", { timeout: 60_000 }, async (scenario) => {
    const network = new Network({ seed: 1 });
    const trace = new NetworkTrace(network);
    scenario.play(network);
    const path = join(folder, `${scenario.name}.pcapng`);
    trace.save(path);
    await readFaultless(path);
  });
});

const root = fileURLToPath(new URL("../..", import.meta.url));
const ourScripts = join(root, "packages/packetdrill/test/scripts");
const sharedScripts = join(root, "../shared/packetdrill");

whereTshark("tshark reads without complaint what we send in conformance scripts", () => {
  const suites = [ourScripts, ...(existsSync(sharedScripts) ? [sharedScripts] : [])];
  const names = captureNames(findScripts(suites).scripts);

  test.each([...names].map(([script, name]) => [name, script]))("%s", async (name, script) => {
    const captures = join(folder, "conformance", name);
    await judgeFile(script, { capture: join(captures, "run") });
    const files = readdirSync(captures);
    expect(files.length).toBeGreaterThan(0);
    // What arrives in a script may be wrong on purpose.
    for (const file of files) {
      const { faults } = await readWithTshark(join(captures, file), { of: "out" });
      expect(faults).toEqual([]);
    }
  });
});

/** Of each stack those scenarios that it can play, and that show packets which the others do not. */
const exchanged: readonly (readonly [Stack, readonly string[]])[] = [
  [
    usrsctp,
    [
      ...["collision", "lossy", "abort-by-us", "abort-by-it", "restart-of-it", "restart-of-us"],
      ...["we-learn-port", "ipv6"],
    ],
  ],
  [pion, ["echo", "close-by-us", "abort-by-it"]],
  [npmSctp, ["ordered", "close-by-us", "abort-by-it"]],
  [werift, ["echo", "close-by-us", "abort-by-it"]],
];

for (const [stack, names] of exchanged) {
  const whereBoth = hasTshark()
    ? requirePeer(stack.name, stack.prepare().available, stack.hint)
    : describe.skip;

  whereBoth(`tshark reads without complaint what we exchange with ${stack.name}`, () => {
    const scenarios = interop.filter(({ name }) => names.includes(name));

    test("the scenarios are there, and can be played", () => {
      expect(scenarios.map(({ name }) => name).sort()).toEqual([...names].sort());
      for (const opener of openers) {
        expect(names.filter((name) => whyNot(stack, name, opener) !== undefined)).toEqual([]);
      }
    });

    describe.each(openers)("%s", (opener) => {
      test.each(scenarios)("$title", { timeout: 120_000 }, async (scenario) => {
        const captures = mkdtempSync(join(folder, "interop-"));
        const { failures, outcome } = await runCell(scenario, { stack, opener }, { captures });
        if (outcome !== "passed") expect(failures).toEqual([]);
        const files = readdirSync(captures);
        expect(files.length).toBeGreaterThan(0);
        for (const file of files) await readFaultless(join(captures, file));
      });
    });
  });
}

whereTshark("tshark would find", () => {
  /** What is done to the first packet, which begins at that place of the file. */
  const damage: [string, (bytes: Buffer, packet: number) => void, RegExp][] = [
    [
      "a wrong SCTP checksum",
      (bytes, at) => bytes.writeUInt8(bytes.readUInt8(at + 36) ^ 1, at + 36),
      /SCTP checksum is 0/,
    ],
    [
      "a wrong UDP checksum",
      (bytes, at) => bytes.writeUInt8(bytes.readUInt8(at + 26) ^ 1, at + 26),
      /UDP checksum is 0/,
    ],
    [
      "a wrong IP checksum",
      (bytes, at) => bytes.writeUInt8(bytes.readUInt8(at + 10) ^ 1, at + 10),
      /IP checksum is 0/,
    ],
    [
      "a chunk that is too long",
      (bytes, at) => bytes.writeUInt16BE(0x7fff, at + 42),
      /malformed|error|warning/,
    ],
  ];

  test.each(damage)("%s", async (name, harm, fault) => {
    const network = new Network({ seed: 1 });
    const trace = new NetworkTrace(network);
    simulated.find((scenario) => scenario.name === "handshake")?.play(network);
    const path = join(folder, "damaged.pcapng");
    trace.save(path);
    expect((await readWithTshark(path)).faults).toEqual([]);
    const bytes = readFileSync(path);
    // Its addresses end its IPv4 header.
    const packet = bytes.indexOf(Buffer.of(10, 0, 0, 1, 10, 0, 0, 2)) - 12;
    harm(bytes, packet);
    writeFileSync(path, bytes);
    const { faults } = await readWithTshark(path);
    expect(faults.join("\n"), name).toMatch(fault);
  });
});
