import { COMMON_HEADER } from "./bytes.ts";
import { chunkLayouts, genericChunk } from "./chunks.ts";
import type { Family, Layout } from "./layout.ts";
import { causeLayouts, genericCause, genericParameter, parameterLayouts } from "./parts.ts";

const layouts: Readonly<Record<Family, readonly Layout[]>> = {
  chunk: chunkLayouts,
  parameter: parameterLayouts,
  cause: causeLayouts,
};

/** What stands for one that has no name. */
export const generic: Readonly<Record<Family, Layout>> = {
  chunk: genericChunk,
  parameter: genericParameter,
  cause: genericCause,
};

/** Other names that scripts use. */
const aliases: Readonly<Record<string, string>> = {
  RE_CONFIG: "RECONFIG",
  PKT_DROP: "PKTDROP",
  PACKET_DROPPED: "PKTDROP",
  ADAPTATION_CODE_POINT: "ADAPTATION_INDICATION",
  HEARTBEAT_INFO: "HEARTBEAT_INFORMATION",
  COOKIE: "STATE_COOKIE",
  ECN_SUPPORTED: "ECN_CAPABLE",
  SET_PRIMARY_IP_ADDRESS: "SET_PRIMARY_ADDRESS",
  ZERO_CHECKSUM: "ZERO_CHECKSUM_ACCEPTABLE",
  OUTGOING_SSN_RESET_REQUEST: "OUTGOING_SSN_RESET",
  INCOMING_SSN_RESET_REQUEST: "INCOMING_SSN_RESET",
  SSN_TSN_RESET_REQUEST: "SSN_TSN_RESET",
  STALE_COOKIE: "STALE_COOKIE_ERROR",
};

export function layoutByName(family: Family, name: string): Layout | undefined {
  const wanted = aliases[name] ?? name;
  if (generic[family].name === wanted) return generic[family];
  return layouts[family].find((layout) => layout.name === wanted);
}

export function layoutByType(family: Family, type: number): Layout | undefined {
  return layouts[family].find((layout) => layout.type === type);
}

/** The name of the first chunk of a packet. */
export function firstChunk(packet: Uint8Array): string | undefined {
  const type = packet[COMMON_HEADER];
  return type === undefined ? undefined : layoutByType("chunk", type)?.name;
}

export function isGeneric(layout: Layout): boolean {
  return layout.type < 0;
}
