import { keep } from "../../src/association/receive/inbound-chunk.ts";
import { Reassembly } from "../../src/association/receive/reassembly.ts";
import { parseAddress } from "../../src/base/address.ts";
import { crc32c } from "../../src/base/crc32c.ts";
import { asSsn, asTsn, tsnAdd } from "../../src/base/serial.ts";
import type { DataChunk } from "../../src/packet/chunks/data.ts";
import type { SackChunk } from "../../src/packet/chunks/sack.ts";
import { decodePacket } from "../../src/packet/packet.ts";
import { PacketWriter } from "../../src/packet/writer.ts";
import type { Association } from "../../src/stack/endpoint.ts";
import { TimerQueue } from "../../src/stack/timer-queue.ts";
import { OutstandingChunks } from "./outstanding.ts";

/** A small thing that is done over and over. */
export interface Task {
  readonly name: string;
  /** Does it `times`, and gives the ms of all of them where not all that it does counts. */
  run(times: number): number | undefined;
}

/** Bytes of a packet on an Ethernet; of the user data in it; fragments of a message of 64 KiB. */
const PACKET = 1_452;
const DATA = 1_424;
const FRAGMENTS = 46;
const TIMERS = 10_000;
const STEPS = 20;

/** Each made when it is its turn: 10,000 outstanding chunks take a while to come about. */
export const TASKS: readonly (() => Task)[] = [
  () => {
    const bytes = new Uint8Array(PACKET).fill(0x61);
    return simple("CRC32c of 1,452 bytes", () => crc32c(bytes));
  },
  () => simple("encode a packet with DATA, with its CRC32c", encoder(dataChunk(0, true, true))),
  () => simple("encode a SACK with 4 gap blocks, with its CRC32c", encoder(sackChunk())),
  () => simple("decode a packet with DATA", decoder(dataChunk(0, true, true))),
  () => simple("decode a SACK with 4 gap blocks", decoder(sackChunk())),
  () => outstanding(100),
  () => outstanding(10_000),
  () => reassembly("reassemble 64 KiB, fragments in order", (index) => index),
  () => reassembly("reassemble 64 KiB, fragments from the last", (index) => FRAGMENTS - 1 - index),
  timers,
];

function simple(name: string, once: () => unknown): Task {
  return {
    name,
    run: (times) => {
      for (let i = 0; i < times; i++) once();
      return undefined;
    },
  };
}

function dataChunk(index: number, beginning: boolean, ending: boolean): DataChunk {
  return {
    type: "DATA",
    unordered: false,
    beginning,
    ending,
    immediate: false,
    tsn: tsnAdd(asTsn(1_000), index),
    stream: 1,
    ssn: asSsn(0),
    ppid: 0,
    data: new Uint8Array(DATA),
  };
}

function sackChunk(): SackChunk {
  const gaps = [2, 5, 8, 11].map((start) => ({ start, end: start + 1 }));
  return { type: "SACK", cumulativeTsn: asTsn(1_000), receiverWindow: 1_048_576, gaps, duplicates: [] };
}

function encoder(chunk: DataChunk | SackChunk): () => number {
  const into = new Uint8Array(PACKET);
  const writer = new PacketWriter();
  const header = { sourcePort: 1, destinationPort: 2, tag: 3 };
  return () => {
    writer.reset(into, PACKET, header);
    writer.add(chunk);
    return writer.finish();
  };
}

function decoder(chunk: DataChunk | SackChunk): () => unknown {
  const into = new Uint8Array(PACKET);
  const writer = new PacketWriter();
  writer.reset(into, PACKET, { sourcePort: 1, destinationPort: 2, tag: 3 });
  writer.add(chunk);
  const bytes = into.subarray(0, writer.finish());
  return () => decodePacket(bytes);
}

/** What sending costs as more is outstanding: SACKs, the queue, and packets. */
function outstanding(chunks: number): Task {
  const flow = new OutstandingChunks(chunks);
  return {
    name: `a message of 16 bytes sent and acknowledged, ${chunks.toLocaleString("en")} outstanding`,
    run: (times) => {
      let [ms, messages] = [0, 0];
      for (let i = 0; i < STEPS; i++) {
        const step = flow.step();
        ms += step.ms;
        messages += step.messages;
      }
      return (times * ms) / messages;
    },
  };
}

function reassembly(name: string, order: (index: number) => number): Task {
  const source = parseAddress("10.0.0.1");
  if (source === undefined) throw new Error("there is no such address");
  const chunks = Array.from({ length: FRAGMENTS }, (_, index) => {
    const at = order(index);
    return keep(dataChunk(at, at === 0, at === FRAGMENTS - 1), { source, datagramLength: PACKET });
  });
  return simple(name, () => {
    const whole = new Reassembly();
    for (const chunk of chunks) whole.add(chunk);
    return whole;
  });
}

/** The earliest of many timers runs out and is set anew, as heartbeats do. */
function timers(): Task {
  const queue = new TimerQueue();
  // All that the queue touches of an association.
  const associations = Array.from({ length: TIMERS }, () => ({
    scheduled: Number.POSITIVE_INFINITY,
    timerSlot: -1,
  })) as unknown as Association[];
  let now = 0;
  for (const [index, association] of associations.entries()) {
    queue.update(association, (index * 7_919) % TIMERS);
  }
  return simple("a timer runs out and is set again, of 10,000", () => {
    now = queue.earliest;
    const due = queue.takeDue(now);
    if (due !== undefined) queue.update(due, now + TIMERS);
  });
}
