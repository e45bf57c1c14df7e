import type { IpAddress } from "../../base/address.ts";

/** The packet whose chunks are being handled, and what they add up to. */
export interface PacketContext {
  readonly now: number;
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  /** Bytes of the datagram that its chunks are views of. */
  readonly datagramLength: number;
  /** It carries the peer's tag instead of ours, and the T bit must say so (RFC 9260 §8.5.1 B, C). */
  readonly reflected: boolean;
  /** An AUTH chunk has proved what follows it (RFC 4895 §5.1). */
  authenticated: boolean;
  /** Bytes of chunks that answer it. */
  answered: number;
  /** It had DATA; of that, something that calls for a SACK at once; the I bit (RFC 9260 §6.2). */
  hasData: boolean;
  /** It had a SACK. */
  hasSack: boolean;
  /** ASCONFs in it so far (RFC 5061 §5.2 E1). */
  asconfs: number;
  irregular: boolean;
  immediate: boolean;
}

/** A packet of which no chunk has been handled yet. */
export function packetContext(
  packet: Pick<PacketContext, "source" | "sourcePort" | "destination"> & { readonly bytes: Uint8Array },
  now: number,
): PacketContext {
  return {
    now,
    source: packet.source,
    sourcePort: packet.sourcePort,
    destination: packet.destination,
    datagramLength: packet.bytes.length,
    reflected: false,
    authenticated: false,
    answered: 0,
    hasData: false,
    hasSack: false,
    asconfs: 0,
    irregular: false,
    immediate: false,
  };
}
