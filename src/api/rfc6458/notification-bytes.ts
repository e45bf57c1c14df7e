import { addressBytes, addressFamily, addressFromBytes, mapped, parseAddress } from "../../base/address.ts";
import { AF_INET, AF_INET6 } from "./constants.ts";
import { SocketError } from "./errors.ts";
import type { SctpNotification } from "./notifications.ts";
import type { FullSockAddr } from "./sockaddr.ts";
import type { NotificationType } from "./structures.ts";

/**
 * Notifications as bytes, for those who read them with a buffer (RFC 6458 §6.1): the C structures as a little-endian
 * 64-bit Linux lays them out, with its numbers. Each begins with type (2 bytes), flags (2), length (4).
 */

type Kind =
  | "u16"
  | "u32"
  // In network byte order.
  | "be16"
  | "be32"
  | "sockaddr"
  | "sndinfo"
  | "sndrcvinfo"
  | "pad16"
  | readonly (readonly [string, number])[];

interface Layout {
  readonly code: number;
  /** The member that holds the flags. */
  readonly flags: string;
  readonly fields: readonly (readonly [name: string, kind: Kind])[];
  /** What follows the structure to its end: bytes, or a list of 16-bit numbers. */
  readonly tail?: readonly [name: string, kind: "bytes" | "u16s"];
}

const HEADER = 8;
const SOCKADDR_STORAGE = 128;
const LINUX_AF_INET = 2;
const LINUX_AF_INET6 = 10;

const layouts: Readonly<Record<NotificationType, Layout>> = {
  SCTP_ASSOC_CHANGE: {
    code: 0x8001,
    flags: "sac_flags",
    fields: [
      [
        "sac_state",
        [
          ["SCTP_COMM_UP", 0],
          ["SCTP_COMM_LOST", 1],
          ["SCTP_RESTART", 2],
          ["SCTP_SHUTDOWN_COMP", 3],
          ["SCTP_CANT_STR_ASSOC", 4],
        ],
      ],
      ["sac_error", "u16"],
      ["sac_outbound_streams", "u16"],
      ["sac_inbound_streams", "u16"],
      ["sac_assoc_id", "u32"],
    ],
    tail: ["sac_info", "bytes"],
  },
  SCTP_PEER_ADDR_CHANGE: {
    code: 0x8002,
    flags: "spc_flags",
    fields: [
      ["spc_aaddr", "sockaddr"],
      [
        "spc_state",
        [
          ["SCTP_ADDR_AVAILABLE", 0],
          ["SCTP_ADDR_UNREACHABLE", 1],
          ["SCTP_ADDR_REMOVED", 2],
          ["SCTP_ADDR_ADDED", 3],
          ["SCTP_ADDR_MADE_PRIM", 4],
          ["SCTP_ADDR_CONFIRMED", 5],
          ["SCTP_ADDR_POTENTIALLY_FAILED", 6],
        ],
      ],
      // The state is a 32-bit number here, and small.
      ["", "pad16"],
      ["spc_error", "u32"],
      ["spc_assoc_id", "u32"],
    ],
  },
  SCTP_SEND_FAILED: {
    code: 0x8003,
    flags: "ssf_flags",
    fields: [
      ["ssf_error", "u32"],
      ["ssf_info", "sndrcvinfo"],
      ["ssf_assoc_id", "u32"],
    ],
    tail: ["ssf_data", "bytes"],
  },
  SCTP_REMOTE_ERROR: {
    code: 0x8004,
    flags: "sre_flags",
    fields: [
      // RFC 6458 §6.1.3: "in network byte order".
      ["sre_error", "be16"],
      ["", "pad16"],
      ["sre_assoc_id", "u32"],
    ],
    tail: ["sre_data", "bytes"],
  },
  SCTP_SHUTDOWN_EVENT: { code: 0x8005, flags: "sse_flags", fields: [["sse_assoc_id", "u32"]] },
  SCTP_PARTIAL_DELIVERY_EVENT: {
    code: 0x8006,
    flags: "pdapi_flags",
    fields: [
      ["pdapi_indication", [["SCTP_PARTIAL_DELIVERY_ABORTED", 0]]],
      ["", "pad16"],
      ["pdapi_assoc_id", "u32"],
      ["pdapi_stream", "u32"],
      ["pdapi_seq", "u32"],
    ],
  },
  SCTP_ADAPTATION_INDICATION: {
    code: 0x8007,
    flags: "sai_flags",
    fields: [
      ["sai_adaptation_ind", "u32"],
      ["sai_assoc_id", "u32"],
    ],
  },
  SCTP_AUTHENTICATION_EVENT: {
    code: 0x8008,
    flags: "auth_flags",
    fields: [
      ["auth_keynumber", "u16"],
      ["", "pad16"],
      [
        "auth_indication",
        [
          ["SCTP_AUTH_NEW_KEY", 0],
          ["SCTP_AUTH_FREE_KEY", 1],
          ["SCTP_AUTH_NO_AUTH", 2],
        ],
      ],
      ["", "pad16"],
      ["auth_assoc_id", "u32"],
    ],
  },
  SCTP_SENDER_DRY_EVENT: {
    code: 0x8009,
    flags: "sender_dry_flags",
    fields: [["sender_dry_assoc_id", "u32"]],
  },
  SCTP_STREAM_RESET_EVENT: {
    code: 0x800a,
    flags: "strreset_flags",
    fields: [["strreset_assoc_id", "u32"]],
    tail: ["strreset_stream_list", "u16s"],
  },
  SCTP_ASSOC_RESET_EVENT: {
    code: 0x800b,
    flags: "assocreset_flags",
    fields: [
      ["assocreset_assoc_id", "u32"],
      ["assocreset_local_tsn", "u32"],
      ["assocreset_remote_tsn", "u32"],
    ],
  },
  SCTP_STREAM_CHANGE_EVENT: {
    code: 0x800c,
    flags: "strchange_flags",
    fields: [
      ["strchange_assoc_id", "u32"],
      ["strchange_instrms", "u16"],
      ["strchange_outstrms", "u16"],
    ],
  },
  SCTP_SEND_FAILED_EVENT: {
    code: 0x800d,
    flags: "ssfe_flags",
    fields: [
      ["ssfe_error", "u32"],
      ["ssfe_info", "sndinfo"],
      ["ssfe_assoc_id", "u32"],
    ],
    tail: ["ssfe_data", "bytes"],
  },
  // Linux has none; the number is the next free one.
  SCTP_NOTIFICATIONS_STOPPED_EVENT: { code: 0x800e, flags: "sn_flags", fields: [] },
};

// RFC 6458 §5.3.2: "no byte order modification" of PPIDs: they are as on the wire.
const sndInfoFields = [
  ["snd_sid", "u16"],
  ["snd_flags", "u16"],
  ["snd_ppid", "be32"],
  ["snd_context", "u32"],
  ["snd_assoc_id", "u32"],
] as const;

const sndRcvInfoFields = [
  ["sinfo_stream", "u16"],
  ["sinfo_ssn", "u16"],
  ["sinfo_flags", "u16"],
  ["", "pad16"],
  ["sinfo_ppid", "be32"],
  ["sinfo_context", "u32"],
  ["sinfo_timetolive", "u32"],
  ["sinfo_tsn", "u32"],
  ["sinfo_cumtsn", "u32"],
  ["sinfo_assoc_id", "u32"],
] as const;

const widths = {
  u16: 2,
  be16: 2,
  pad16: 2,
  u32: 4,
  be32: 4,
  sockaddr: SOCKADDR_STORAGE,
  sndinfo: 16,
  sndrcvinfo: 32,
} as const;

type Members = Record<string, unknown>;

/** The bytes of a notification, as recvmsg() hands them out. */
export function encodeNotification(notification: SctpNotification): Uint8Array {
  const { code, flags, fields, tail } = layouts[notification.sn_type];
  const members = notification as unknown as Members;
  const rest = tail === undefined ? [] : (members[tail[0]] as ArrayLike<number>);
  const tailLength = tail?.[1] === "u16s" ? 2 * rest.length : rest.length;
  const bytes = new Uint8Array(HEADER + lengthOf(fields) + tailLength);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, code, true);
  view.setUint16(2, members[flags] as number, true);
  view.setUint32(4, bytes.length, true);
  const end = writeFields(view, HEADER, fields, members);
  if (tail?.[1] === "u16s")
    for (let i = 0; i < rest.length; i++) view.setUint16(end + 2 * i, rest[i] ?? 0, true);
  else bytes.set(rest, end);
  return bytes;
}

/** Reads a notification back from all of its bytes. Throws EINVAL when they are not whole or not a notification. */
export function decodeNotification(bytes: Uint8Array): SctpNotification {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const code = bytes.length < HEADER ? undefined : view.getUint16(0, true);
  const found = Object.entries(layouts).find(([, layout]) => code === layout.code);
  if (found === undefined || view.getUint32(4, true) !== bytes.length) throw notWhole(bytes);
  const [type, { flags, fields, tail }] = found;
  const end = HEADER + lengthOf(fields);
  const rest = bytes.length - end;
  if (rest < 0 || rest % tailUnit(tail) !== 0) throw notWhole(bytes);
  const members: Members = {
    sn_type: type,
    [flags]: view.getUint16(2, true),
    ...readFields(view, HEADER, fields),
  };
  if (tail?.[1] === "bytes") members[tail[0]] = new Uint8Array(bytes.subarray(end));
  if (tail?.[1] === "u16s") {
    members[tail[0]] = Array.from({ length: rest / 2 }, (_, i) => view.getUint16(end + 2 * i, true));
  }
  return members as unknown as SctpNotification;
}

/** What the length of the tail is a multiple of; infinite where there is none, so that 0 alone is. */
function tailUnit(tail: Layout["tail"]): number {
  if (tail === undefined) return Number.POSITIVE_INFINITY;
  return tail[1] === "bytes" ? 1 : widths.u16;
}

function notWhole({ length }: Uint8Array): SocketError {
  return invalid(
    `these ${length} bytes are not one whole notification: read on until MSG_EOR, and put the parts together`,
  );
}

function invalid(text: string): SocketError {
  return new SocketError("EINVAL", "decodeNotification", text);
}

function widthOf(kind: Kind): number {
  return typeof kind === "string" ? widths[kind] : widths.u16;
}

function lengthOf(fields: Layout["fields"]): number {
  return fields.reduce((sum, [, kind]) => sum + widthOf(kind), 0);
}

function writeFields(view: DataView, start: number, fields: Layout["fields"], members: Members): number {
  let at = start;
  for (const [name, kind] of fields) {
    const value = members[name];
    if (kind === "u16") view.setUint16(at, value as number, true);
    else if (kind === "u32") view.setUint32(at, value as number, true);
    else if (kind === "be16") view.setUint16(at, value as number);
    else if (kind === "be32") view.setUint32(at, value as number);
    else if (kind === "sockaddr") writeSockAddr(view, at, value as FullSockAddr);
    else if (kind === "sndinfo") writeFields(view, at, sndInfoFields, value as Members);
    else if (kind === "sndrcvinfo") writeFields(view, at, sndRcvInfoFields, value as Members);
    else if (kind !== "pad16") view.setUint16(at, kind.find(([text]) => text === value)?.[1] ?? 0, true);
    at += widthOf(kind);
  }
  return at;
}

function readFields(view: DataView, start: number, fields: Layout["fields"]): Members {
  const members: Members = {};
  let at = start;
  for (const [name, kind] of fields) {
    if (kind !== "pad16") members[name] = readField(view, at, kind);
    else if (view.getUint16(at, true) !== 0)
      throw invalid("there is something where a notification has zeros");
    at += widthOf(kind);
  }
  return members;
}

function readField(view: DataView, at: number, kind: Exclude<Kind, "pad16">): unknown {
  switch (kind) {
    case "u16":
      return view.getUint16(at, true);
    case "u32":
      return view.getUint32(at, true);
    case "be16":
      return view.getUint16(at);
    case "be32":
      return view.getUint32(at);
    case "sockaddr":
      return readStorage(view, at);
    case "sndinfo":
      return readFields(view, at, sndInfoFields);
    case "sndrcvinfo":
      return readFields(view, at, sndRcvInfoFields);
    default:
      return nameOf(kind, view.getUint16(at, true));
  }
}

function nameOf(names: readonly (readonly [string, number])[], code: number): string {
  const found = names.find(([, number]) => number === code);
  if (found !== undefined) return found[0];
  throw invalid(`${code} is none of ${names.map(([name]) => name).join(", ")}`);
}

/** struct sockaddr_in or sockaddr_in6: family (host order), port (network order), then the address. */
function writeSockAddr(view: DataView, at: number, { family, address, port }: FullSockAddr): void {
  const parsed = parseAddress(address);
  if (parsed === undefined) return;
  const isV4 = family === AF_INET;
  view.setUint16(at, isV4 ? LINUX_AF_INET : LINUX_AF_INET6, true);
  view.setUint16(at + 2, port);
  const isMapped = !isV4 && addressFamily(parsed) === 4;
  const raw = addressBytes(parsed);
  const offset = at + (isV4 ? 4 : 8) + (isMapped ? 12 : 0);
  if (isMapped) view.setUint16(offset - 2, 0xffff);
  raw.forEach((byte, i) => {
    view.setUint8(offset + i, byte);
  });
}

function readStorage(view: DataView, at: number): FullSockAddr {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const port = view.getUint16(at + 2);
  const family = view.getUint16(at, true);
  if (family === LINUX_AF_INET) return { family: AF_INET, address: addressFromBytes(bytes, at + 4, 4), port };
  if (family !== LINUX_AF_INET6) throw invalid(`the family of the address is ${family}`);
  const address = addressFromBytes(bytes, at + 8, 6);
  return { family: AF_INET6, address: mapped(address), port };
}
