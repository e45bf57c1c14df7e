import { padded } from "../../base/bytes.ts";

/**
 * The blocks of a capture file that other tools read (draft-ietf-opsawg-pcapng). Little-endian throughout; a reader
 * goes by the byte-order magic of the section.
 */

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Packets begin with their IP header, of either version. */
const LINKTYPE_RAW = 101;

/** The interface of a packet: a section of ours has one. */
const INTERFACE_ID = 0;

const OPTION_COMMENT = 1;
const SECTION_APPLICATION = 4;
const INTERFACE_NAME = 2;
const INTERFACE_RESOLUTION = 9;
const PACKET_FLAGS = 2;
const STATISTICS_RECEIVED = 4;
const STATISTICS_DROPPED = 5;

/** Of an option's value, which has a length of 16 bits. */
const LONGEST_OPTION = 65_535;

/** Block type, block length before and behind. */
const FRAME = 12;

export interface CaptureSection {
  /** What wrote the capture. */
  readonly application: string;
  /** What the packets went through. */
  readonly interfaceName: string;
}

/** An IP packet as it goes into a capture. */
export interface CapturedPacket {
  /** ns since 1970, UTC. */
  readonly time: bigint;
  /** One after the other they are the packet, from its IP header on. */
  readonly parts: readonly Uint8Array[];
  /** Seen from who captures; undefined where neither is. */
  readonly direction: "in" | "out" | undefined;
  /** For people; each is a comment of its own. */
  readonly comments: readonly string[];
}

export interface CaptureCounts {
  /** ns since 1970, UTC. */
  readonly time: bigint;
  /** Packets that were to be captured. */
  readonly seen: number;
  /** Of those, packets that are not in the capture. */
  readonly dropped: number;
}

/** What a capture begins with: the section, and its one interface. */
export function sectionBlocks({ application, interfaceName }: CaptureSection): Uint8Array {
  const section = [
    u32(BYTE_ORDER_MAGIC),
    // Version 1.0; the length of the section is not known yet.
    u16(1, 0),
    u64(0xffff_ffff_ffff_ffffn),
    option(SECTION_APPLICATION, text(application)),
    endOfOptions,
  ];
  const description = [
    // Reserved; no limit to what is kept of a packet.
    u16(LINKTYPE_RAW, 0),
    u32(0),
    option(INTERFACE_NAME, text(interfaceName)),
    // Times in units of 10^-9 s.
    option(INTERFACE_RESOLUTION, Uint8Array.of(9)),
    endOfOptions,
  ];
  return joined([...block(SECTION_HEADER, section), ...block(INTERFACE_DESCRIPTION, description)]);
}

export function packetBlock({ time, parts, direction, comments }: CapturedPacket): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const options = comments.map((comment) => option(OPTION_COMMENT, text(comment)));
  if (direction !== undefined) options.push(option(PACKET_FLAGS, u32(direction === "in" ? 1 : 2)));
  if (options.length > 0) options.push(endOfOptions);
  const head = [u32(INTERFACE_ID), timestamp(time), u32(length, length)];
  const padding = new Uint8Array(padded(length) - length);
  return joined(block(ENHANCED_PACKET, [...head, ...parts, padding, ...options]));
}

/** What a capture ends with. */
export function statisticsBlock({ time, seen, dropped }: CaptureCounts): Uint8Array {
  const options = [
    ...(dropped > 0 ? [option(OPTION_COMMENT, text(`${dropped} packets are left out`))] : []),
    option(STATISTICS_RECEIVED, u64(BigInt(seen))),
    option(STATISTICS_DROPPED, u64(BigInt(dropped))),
    endOfOptions,
  ];
  return joined(block(INTERFACE_STATISTICS, [u32(INTERFACE_ID), timestamp(time), ...options]));
}

function block(type: number, body: readonly Uint8Array[]): Uint8Array[] {
  const length = body.reduce((sum, part) => sum + part.length, FRAME);
  return [u32(type, length), ...body, u32(length)];
}

function option(code: number, value: Uint8Array): Uint8Array {
  const into = new Uint8Array(4 + padded(value.length));
  into.set(u16(code, value.length));
  into.set(value, 4);
  return into;
}

const endOfOptions: Uint8Array = new Uint8Array(4);

/** UTF-8, at most as long as an option can be. */
function text(value: string): Uint8Array {
  const into = new Uint8Array(Math.min(LONGEST_OPTION, 3 * value.length));
  // Ends before a character that does not fit whole.
  return into.subarray(0, new TextEncoder().encodeInto(value, into).written);
}

/** The two halves of a time, the upper one first whatever the byte order. */
function timestamp(time: bigint): Uint8Array {
  return u32(Number(BigInt.asUintN(32, time >> 32n)), Number(BigInt.asUintN(32, time)));
}

function u16(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  for (const [index, value] of values.entries()) view.setUint16(2 * index, value, true);
  return new Uint8Array(view.buffer);
}

function u32(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [index, value] of values.entries()) view.setUint32(4 * index, value, true);
  return new Uint8Array(view.buffer);
}

function u64(value: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value, true);
  return new Uint8Array(view.buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const into = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    into.set(part, at);
    at += part.length;
  }
  return into;
}
