/** A capture file that is none, or that makes no sense; the message says where. */
export class TraceError extends Error {
  override readonly name: string = "TraceError";
}

/** A packet as a capture file has it, whatever it is of. */
export interface RawPacket {
  /** ns since 1970, UTC. */
  readonly time: bigint;
  /** What the bytes begin with: LINKTYPE_RAW is 101. */
  readonly linkType: number;
  readonly bytes: Uint8Array;
  /** Bytes that the packet had; more than `bytes` where the capture cut it. */
  readonly length: number;
  readonly direction: "in" | "out" | undefined;
  readonly comments: readonly string[];
}

export interface RawTrace {
  readonly packets: readonly RawPacket[];
  /** What wrote it, where it says so. */
  readonly application: string | undefined;
  /** Packets that it has missed, where it says so. */
  readonly dropped: bigint;
  /** Its end is missing: it is still being written, or its process was killed. */
  readonly isTruncated: boolean;
}

interface Interface {
  readonly linkType: number;
  /** Units of its timestamps in a second, and what to add to them, in seconds. */
  readonly unitsPerSecond: bigint;
  readonly offset: bigint;
}

interface Option {
  readonly code: number;
  readonly value: DataView;
}

const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Of classic pcap files, with times in µs and in ns. */
const PCAP_MICROSECONDS = 0xa1b2c3d4;
const PCAP_NANOSECONDS = 0xa1b23c4d;

const BILLION = 1_000_000_000n;

/** Reads a capture file, pcapng or classic pcap, of either byte order. Throws {@link TraceError}. */
export function readBlocks(bytes: Uint8Array): RawTrace {
  if (bytes.length < 8) throw new TraceError("it is too short to be a capture file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0) === SECTION_HEADER) return new PcapngReader(view).read();
  for (const isLittle of [true, false]) {
    const magic = view.getUint32(0, isLittle);
    if (magic === PCAP_MICROSECONDS) return readPcap(view, isLittle, 1_000n);
    if (magic === PCAP_NANOSECONDS) return readPcap(view, isLittle, 1n);
  }
  throw new TraceError("it is neither a pcapng nor a pcap file");
}

/** draft-ietf-opsawg-pcap: a header of 24 bytes, then packets of 16 and their length. */
function readPcap(view: DataView, isLittle: boolean, unit: bigint): RawTrace {
  const packets: RawPacket[] = [];
  if (view.byteLength < 24) throw new TraceError("the header of the pcap file is cut");
  const linkType = view.getUint32(20, isLittle) & 0xffff;
  let at = 24;
  while (at + 16 <= view.byteLength) {
    const kept = view.getUint32(at + 8, isLittle);
    if (at + 16 + kept > view.byteLength) break;
    const time =
      BigInt(view.getUint32(at, isLittle)) * BILLION + BigInt(view.getUint32(at + 4, isLittle)) * unit;
    const length = view.getUint32(at + 12, isLittle);
    const bytes = bytesOf(view, at + 16, kept);
    packets.push({ time, linkType, bytes, length, direction: undefined, comments: [] });
    at += 16 + kept;
  }
  return { packets, application: undefined, dropped: 0n, isTruncated: at < view.byteLength };
}

/** draft-ietf-opsawg-pcapng: blocks of a type and a length, which stands at both ends. */
class PcapngReader {
  readonly #view: DataView;
  readonly #packets: RawPacket[] = [];
  #isLittle = true;
  /** Of the section that is being read. */
  #interfaces: Interface[] = [];
  #application: string | undefined;
  #dropped = 0n;

  constructor(view: DataView) {
    this.#view = view;
  }

  read(): RawTrace {
    let at = 0;
    while (at + 12 <= this.#view.byteLength) {
      const length = this.#lengthAt(at);
      if (at + length > this.#view.byteLength) break;
      if (this.#u32(at + length - 4) !== length) throw fault(at, "its two lengths differ");
      this.#readBlock(at, this.#u32(at), at + 8, at + length - 4);
      at += length;
    }
    return {
      packets: this.#packets,
      application: this.#application,
      dropped: this.#dropped,
      isTruncated: at < this.#view.byteLength,
    };
  }

  #lengthAt(at: number): number {
    if (this.#view.getUint32(at) === SECTION_HEADER) {
      this.#isLittle = this.#view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
      if (this.#u32(at + 8) !== BYTE_ORDER_MAGIC) throw fault(at, "no byte order is known");
    }
    const length = this.#u32(at + 4);
    if (length < 12 || length % 4 !== 0) throw fault(at, `a length of ${length} bytes`);
    return length;
  }

  #readBlock(at: number, type: number, start: number, end: number): void {
    switch (type) {
      case SECTION_HEADER:
        this.#require(at, end - start, 16);
        this.#interfaces = [];
        this.#application = this.#textOf(this.#options(start + 16, end), 4) ?? this.#application;
        return;
      case 1:
        this.#require(at, end - start, 8);
        this.#readInterface(start, end);
        return;
      case 5:
        this.#require(at, end - start, 12);
        for (const { code, value } of this.#options(start + 12, end)) {
          if (code === 5 && value.byteLength === 8) this.#dropped += value.getBigUint64(0, this.#isLittle);
        }
        return;
      case 6:
        this.#require(at, end - start, 20);
        this.#readPacket(at, start, end);
        return;
      default:
      // The format lets readers pass over what they do not know.
    }
  }

  #readInterface(start: number, end: number): void {
    const options = this.#options(start + 8, end);
    const sized = (wanted: number, size: number): DataView | undefined =>
      options.find(({ code, value }) => code === wanted && value.byteLength === size)?.value;
    const resolution = sized(9, 1)?.getUint8(0) ?? 6;
    const isBinary = (resolution & 0x80) !== 0;
    const unitsPerSecond = isBinary ? 2n ** BigInt(resolution & 0x7f) : 10n ** BigInt(resolution);
    const offset = sized(14, 8)?.getBigInt64(0, this.#isLittle) ?? 0n;
    this.#interfaces.push({ linkType: this.#u16(start), unitsPerSecond, offset });
  }

  #readPacket(at: number, start: number, end: number): void {
    const from = this.#interfaces[this.#u32(start)];
    if (from === undefined) throw fault(at, `interface ${this.#u32(start)} was not described`);
    const kept = this.#u32(start + 12);
    this.#require(at, end - start - 20, kept);
    const units = (BigInt(this.#u32(start + 4)) << 32n) | BigInt(this.#u32(start + 8));
    const options = this.#options(start + 20 + padded(kept), end);
    const flags = options.find(({ code, value }) => code === 2 && value.byteLength === 4);
    const way = flags === undefined ? 0 : flags.value.getUint32(0, this.#isLittle) & 3;
    this.#packets.push({
      time: (units * BILLION) / from.unitsPerSecond + from.offset * BILLION,
      linkType: from.linkType,
      bytes: bytesOf(this.#view, start + 20, kept),
      length: this.#u32(start + 16),
      direction: way === 1 ? "in" : way === 2 ? "out" : undefined,
      comments: options.filter(({ code }) => code === 1).map(({ value }) => textIn(value)),
    });
  }

  #options(start: number, end: number): Option[] {
    const found: Option[] = [];
    let at = start;
    while (at + 4 <= end) {
      const code = this.#u16(at);
      const length = this.#u16(at + 2);
      if (code === 0 || at + 4 + length > end) break;
      found.push({ code, value: new DataView(this.#view.buffer, this.#view.byteOffset + at + 4, length) });
      at += 4 + padded(length);
    }
    return found;
  }

  #textOf(options: readonly Option[], wanted: number): string | undefined {
    const option = options.find(({ code }) => code === wanted);
    return option === undefined ? undefined : textIn(option.value);
  }

  #require(at: number, there: number, needed: number): void {
    if (there < needed) throw fault(at, `it has ${there} bytes where ${needed} are needed`);
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, this.#isLittle);
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, this.#isLittle);
  }
}

function fault(at: number, what: string): TraceError {
  return new TraceError(`the block at byte ${at} makes no sense: ${what}`);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function textIn(view: DataView): string {
  return new TextDecoder().decode(bytesOf(view, 0, view.byteLength));
}

function bytesOf(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}
