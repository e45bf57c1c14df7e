import { type IpAddress, parseAddress } from "usctp/core";
import { type RawPacket, type RawTrace, readBlocks } from "./blocks.ts";

/** A UDP datagram of a capture. */
export interface TracedDatagram {
  /** ns since 1970, UTC. */
  readonly time: bigint;
  /** Seen from who captured, where the capture says. */
  readonly direction: "in" | "out" | undefined;
  readonly comments: readonly string[];
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  readonly destinationPort: number;
  /** The payload: an SCTP packet, where it is one. */
  readonly bytes: Uint8Array;
}

export interface Trace extends Omit<RawTrace, "packets"> {
  readonly datagrams: readonly TracedDatagram[];
  /** Packets of other kinds: no UDP, fragments of IP, cut ones. */
  readonly passedOver: number;
}

/** Where the IP header begins, by link type; undefined where it cannot be told. */
const LINK_HEADERS: Readonly<Record<number, number>> = {
  // NULL (BSD loopback), Ethernet, RAW, LINUX_SLL, IPV4, IPV6, LINUX_SLL2.
  0: 4,
  1: 14,
  101: 0,
  113: 16,
  228: 0,
  229: 0,
  276: 20,
};

const UDP = 17;

/** The UDP datagrams of a capture file, pcapng or pcap. Throws `TraceError` where it is none. */
export function readTrace(bytes: Uint8Array): Trace {
  const { packets, ...rest } = readBlocks(bytes);
  const datagrams = packets.flatMap((packet) => datagramOf(packet) ?? []);
  return { ...rest, datagrams, passedOver: packets.length - datagrams.length };
}

function datagramOf({ linkType, bytes, ...packet }: RawPacket): TracedDatagram | undefined {
  const at = LINK_HEADERS[linkType];
  if (at === undefined || bytes.length <= at) return undefined;
  const ip = bytes.subarray(at);
  const ends = ((ip[0] as number) >> 4 === 6 ? ipv6 : ipv4)(ip);
  if (ends === undefined) return undefined;
  const { source, destination, udp } = ends;
  const length = u16(udp, 4);
  if (udp.length < 8 || length < 8 || length > udp.length) return undefined;
  return {
    time: packet.time,
    direction: packet.direction,
    comments: packet.comments,
    source,
    sourcePort: u16(udp, 0),
    destination,
    destinationPort: u16(udp, 2),
    bytes: udp.subarray(8, length),
  };
}

interface Ends {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** From the UDP header on. */
  readonly udp: Uint8Array;
}

function ipv4(ip: Uint8Array): Ends | undefined {
  const header = ((ip[0] as number) & 0x0f) * 4;
  const isFragment = (u16(ip, 6) & 0x3fff) !== 0;
  if ((ip[0] as number) >> 4 !== 4 || header < 20 || ip.length < header || isFragment || ip[9] !== UDP) {
    return undefined;
  }
  const address = (at: number) => parseAddress(ip.subarray(at, at + 4).join(".")) as IpAddress;
  return { source: address(12), destination: address(16), udp: ip.subarray(header) };
}

/** Without extension headers: a datagram that has some is a fragment, mostly. */
function ipv6(ip: Uint8Array): Ends | undefined {
  if (ip.length < 40 || ip[6] !== UDP) return undefined;
  const address = (at: number) => {
    const words = Array.from({ length: 8 }, (_, index) => u16(ip, at + 2 * index).toString(16));
    return parseAddress(words.join(":")) as IpAddress;
  };
  return { source: address(8), destination: address(24), udp: ip.subarray(40) };
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
