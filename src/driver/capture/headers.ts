import { addressBytes, type IpAddress } from "../../base/address.ts";
import { writeU16, writeU32 } from "../../base/bytes.ts";

/** The ends of a UDP datagram. */
export interface DatagramEnds {
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  readonly destinationPort: number;
}

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const UDP_HEADER = 8;

const UDP = 17;

/** What Linux and the BSDs send with; what really came is not told to us. */
const HOP_LIMIT = 64;

/**
 * The IP and UDP headers of a datagram. Addresses, ports, lengths and checksums are as they were on the way; what the
 * system does not tell (hop limit, traffic class, identification, fragments) has the usual value.
 */
export function ipAndUdpHeaders(ends: DatagramEnds, payload: Uint8Array): Uint8Array {
  const source = addressBytes(ends.source);
  const destination = addressBytes(ends.destination);
  const isIpv6 = source.length === 16;
  const ipLength = isIpv6 ? IPV6_HEADER : IPV4_HEADER;
  const bytes = new Uint8Array(ipLength + UDP_HEADER);
  const udpLength = UDP_HEADER + payload.length;
  bytes.set(source, isIpv6 ? 8 : 12);
  bytes.set(destination, isIpv6 ? 24 : 16);
  writeU16(bytes, ipLength, ends.sourcePort);
  writeU16(bytes, ipLength + 2, ends.destinationPort);
  writeU16(bytes, ipLength + 4, udpLength);
  // The pseudo-header (RFC 768, RFC 8200 §8.1): addresses, protocol, length; then the UDP header, its checksum 0.
  const addresses = sumOfWords(bytes, isIpv6 ? 8 : 12, ipLength);
  const sum = addresses + UDP + udpLength + sumOfWords(bytes, ipLength, bytes.length) + sumOfWords(payload);
  // 0 would say that there is no checksum.
  writeU16(bytes, ipLength + 6, folded(sum) || 0xffff);
  if (isIpv6) writeIpv6(bytes, udpLength);
  else writeIpv4(bytes, IPV4_HEADER + udpLength);
  return bytes;
}

function writeIpv4(bytes: Uint8Array, totalLength: number): void {
  bytes[0] = 0x45;
  writeU16(bytes, 2, totalLength);
  bytes[8] = HOP_LIMIT;
  bytes[9] = UDP;
  writeU16(bytes, 10, folded(sumOfWords(bytes, 0, IPV4_HEADER)));
}

function writeIpv6(bytes: Uint8Array, payloadLength: number): void {
  writeU32(bytes, 0, 0x60000000);
  writeU16(bytes, 4, payloadLength);
  bytes[6] = UDP;
  bytes[7] = HOP_LIMIT;
}

/** Of 65,535 bytes it is below 2^31, so that nothing is lost before it is folded. */
function sumOfWords(bytes: Uint8Array, start: number = 0, end: number = bytes.length): number {
  let sum = 0;
  let at = start;
  for (; at + 1 < end; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  // An odd byte counts as if a 0 followed.
  return at < end ? sum + ((bytes[at] as number) << 8) : sum;
}

/** The checksum of RFC 1071: the complement of the sum, carries added in. */
function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + (rest >>> 16);
  return ~rest & 0xffff;
}
