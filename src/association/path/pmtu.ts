import { addressFamily, type IpAddress } from "../../base/address.ts";
import { HEADER_LENGTH } from "../../packet/packet.ts";

const UDP_HEADER = 8;
const IP_HEADER = { 4: 20, 6: 40 } as const;

/**
 * RFC 9260 §3, §6.10: a packet does not exceed the PMTU. Bytes of an SCTP packet on a path: its MTU less the IP and UDP headers (RFC 6951 §5.6: "MUST decrease the Path MTU
 * of that path by the size of the UDP header"), cut down to a multiple of 4 so that padding always fits.
 */
export function packetSize(mtu: number, destination: IpAddress): number {
  return (mtu - IP_HEADER[addressFamily(destination)] - UDP_HEADER) & ~3;
}

/** PMDCS: the largest DATA chunk, header counted, that fits a packet of that size (RFC 9260 §6.1). */
export function maxDataChunkSize(packet: number): number {
  return packet - HEADER_LENGTH;
}
