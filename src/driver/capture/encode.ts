import { describePacket } from "../../packet/describe.ts";
import { type DatagramEnds, ipAndUdpHeaders } from "./headers.ts";
import { packetBlock, sectionBlocks } from "./pcapng.ts";

/** One SCTP packet in UDP, as it goes into a capture. */
export interface CapturedDatagram extends DatagramEnds {
  /** The payload: one SCTP packet. */
  readonly bytes: Uint8Array;
  /** ns since 1970, UTC. */
  readonly time: bigint;
  /** Seen from who captures; undefined where neither is. */
  readonly direction: "in" | "out" | undefined;
  /** Besides what the packet is. */
  readonly comments?: readonly string[] | undefined;
}

/** The first bytes of a capture in the pcapng format. `interfaceName`: what the packets went through. */
export function encodeCaptureStart(interfaceName: string = "usctp"): Uint8Array {
  return sectionBlocks({ application: "usctp", interfaceName });
}

/** A datagram with its IP and UDP headers, and a line about the packet as its comment. */
export function encodeDatagram(datagram: CapturedDatagram): Uint8Array {
  const { bytes, time, direction, comments = [] } = datagram;
  return packetBlock({
    time,
    direction,
    parts: [ipAndUdpHeaders(datagram, bytes), bytes],
    comments: [describePacket(bytes), ...comments],
  });
}
