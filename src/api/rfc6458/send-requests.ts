import * as names from "./constants.ts";
import { SocketError } from "./errors.ts";
import { assocId, type FieldReader, flags, optional, optionsOf, struct, u16, u32 } from "./fields.ts";
import { prPolicy } from "./options/sending.ts";
import type { SendRequest } from "./sending.ts";
import type { SockAddr } from "./sockaddr.ts";
import type {
  IoVec,
  MsgHdr,
  SctpAuthInfo,
  SctpInitMsg,
  SctpPrInfo,
  SctpSendvSpa,
  SctpSndInfo,
  SctpSndRcvInfo,
} from "./structures.ts";

/** How sendv() is told of a message (RFC 6458 §9.12). */
export type SendvOptions = {
  /** Addresses of the peer: to set an association up, or to find one and, with SCTP_ADDR_OVER, to send to. */
  readonly addrs?: SockAddr | readonly SockAddr[] | undefined;
  /** MSG_EOR, MSG_DONTWAIT. */
  readonly flags?: number | undefined;
} & (
  | { readonly infotype?: typeof names.SCTP_SENDV_NOINFO | undefined; readonly info?: undefined }
  | { readonly infotype: typeof names.SCTP_SENDV_SNDINFO; readonly info: Partial<SctpSndInfo> }
  | { readonly infotype: typeof names.SCTP_SENDV_PRINFO; readonly info: SctpPrInfo }
  | { readonly infotype: typeof names.SCTP_SENDV_AUTHINFO; readonly info: SctpAuthInfo }
  | { readonly infotype: typeof names.SCTP_SENDV_SPA; readonly info: SctpSendvSpa }
);

/** The arguments of sctp_sendmsg() (RFC 6458 §9.7). */
export interface SctpSendmsgOptions {
  readonly to?: SockAddr | undefined;
  readonly ppid?: number | undefined;
  readonly flags?: number | undefined;
  readonly stream_no?: number | undefined;
  /** ms; 0 for ever. */
  readonly timetolive?: number | undefined;
  readonly context?: number | undefined;
}

/** The arguments of sctp_sendx() (RFC 6458 §9.11). */
export interface SctpSendxOptions {
  readonly addrs?: SockAddr | readonly SockAddr[] | undefined;
  /** `sinfo_assoc_id` is filled in where an association was set up. */
  readonly sinfo?: Partial<SctpSndRcvInfo> | undefined;
  readonly flags?: number | undefined;
}

const SEND_FLAGS =
  names.SCTP_UNORDERED |
  names.SCTP_ADDR_OVER |
  names.SCTP_ABORT |
  names.SCTP_EOF |
  names.SCTP_SENDALL |
  names.SCTP_EOR |
  names.SCTP_SACK_IMMEDIATELY;
const MSG_FLAGS = names.MSG_EOR | names.MSG_DONTWAIT;

const readSndInfo = struct<Partial<SctpSndInfo>>({
  snd_sid: optional(u16),
  snd_flags: optional(flags(SEND_FLAGS)),
  snd_ppid: optional(u32),
  snd_context: optional(u32),
  snd_assoc_id: optional(assocId),
} as { [K in keyof SctpSndInfo]: FieldReader<number> });

const readSndRcvInfo = struct<Partial<SctpSndRcvInfo>>({
  sinfo_stream: optional(u16),
  sinfo_ssn: optional(u16),
  sinfo_flags: optional(flags(SEND_FLAGS)),
  sinfo_ppid: optional(u32),
  sinfo_context: optional(u32),
  sinfo_timetolive: optional(u32),
  sinfo_tsn: optional(u32),
  sinfo_cumtsn: optional(u32),
  sinfo_assoc_id: optional(assocId),
} as { [K in keyof SctpSndRcvInfo]: FieldReader<number> });

const readInit = struct<SctpInitMsg>({
  sinit_num_ostreams: u16,
  sinit_max_instreams: u16,
  sinit_max_attempts: u16,
  sinit_max_init_timeo: u16,
});
const readPr = struct<SctpPrInfo>({ pr_policy: prPolicy, pr_value: u32 });
const readAuth = struct<SctpAuthInfo>({ auth_keynumber: u16 });
const readSpa = struct<SctpSendvSpa>({
  sendv_flags: flags(
    names.SCTP_SEND_SNDINFO_VALID | names.SCTP_SEND_PRINFO_VALID | names.SCTP_SEND_AUTHINFO_VALID,
  ),
  sendv_sndinfo: optional(readSndInfo),
  sendv_prinfo: optional(readPr),
  sendv_authinfo: optional(readAuth),
} as Parameters<typeof struct<SctpSendvSpa>>[0]);

/** A message with nothing said of it. */
function plainRequest(syscall: string, data: IoVec | undefined, messageFlags: unknown): SendRequest {
  return {
    syscall,
    data: bytesOf(syscall, data),
    to: [],
    authKey: undefined,
    associationId: undefined,
    sid: undefined,
    sndFlags: undefined,
    ppid: undefined,
    context: undefined,
    timetolive: undefined,
    pr: undefined,
    init: undefined,
    flags: flags(MSG_FLAGS)(messageFlags, "flags", syscall),
  };
}

/** send() and sendto() (RFC 6458 §7.1). */
export function simpleRequest(
  syscall: string,
  data: IoVec,
  { to, flags: messageFlags }: { readonly to?: SockAddr | undefined; readonly flags?: number | undefined },
): SendRequest {
  return { ...plainRequest(syscall, data, messageFlags), to: to === undefined ? [] : [to] };
}

/** sendmsg() with its ancillary data (RFC 6458 §3.1.4, §5.3). */
export function msgRequest(message: MsgHdr, messageFlags: unknown): SendRequest {
  const syscall = "sendmsg";
  const {
    msg_name,
    msg_iov,
    msg_control = [],
  } = optionsOf(syscall, message, ["msg_name", "msg_iov", "msg_control"]);
  let request = plainRequest(syscall, msg_iov, messageFlags);
  if (msg_name !== undefined) request = { ...request, to: [msg_name] };
  checkControl(syscall, msg_control);
  for (const item of msg_control) request = withControl(request, item, msg_name?.port);
  return request;
}

/** RFC 6458 §5.2.1: one of SCTP_SNDRCV and SCTP_SNDINFO in each call. */
function checkControl(syscall: string, items: unknown): asserts items is NonNullable<MsgHdr["msg_control"]> {
  if (!Array.isArray(items))
    throw new SocketError("EINVAL", syscall, "msg_control is a list of { cmsg_type, cmsg_data }");
  if (!items.every((item) => typeof item === "object" && item !== null))
    throw new SocketError("EINVAL", syscall, "an item of msg_control is { cmsg_type, cmsg_data }");
  const infos = items.filter(
    ({ cmsg_type }) => cmsg_type === names.SCTP_SNDINFO || cmsg_type === names.SCTP_SNDRCV,
  );
  if (infos.length > 1)
    throw new SocketError("EINVAL", syscall, "msg_control has more than one SCTP_SNDINFO or SCTP_SNDRCV");
}

function withControl(
  request: SendRequest,
  item: NonNullable<MsgHdr["msg_control"]>[number],
  port: number | undefined,
): SendRequest {
  const { syscall } = request;
  const { cmsg_type, cmsg_data, cmsg_level = names.IPPROTO_SCTP } = item;
  if (cmsg_level !== names.IPPROTO_SCTP) {
    throw new SocketError(
      "EINVAL",
      syscall,
      `ancillary data of the level ${String(cmsg_level)} is not known`,
    );
  }
  switch (cmsg_type) {
    case names.SCTP_INIT:
      return { ...request, init: readInit(cmsg_data, cmsg_type, syscall) };
    case names.SCTP_SNDINFO:
      return withSndInfo(request, cmsg_data);
    case names.SCTP_SNDRCV:
      return withSndRcvInfo(request, cmsg_data);
    case names.SCTP_PRINFO:
      return { ...request, pr: readPr(cmsg_data, cmsg_type, syscall) };
    case names.SCTP_AUTHINFO:
      return { ...request, authKey: readAuth(cmsg_data, cmsg_type, syscall).auth_keynumber };
    case names.SCTP_DSTADDRV4:
      return { ...request, to: [...request.to, { family: names.AF_INET, address: cmsg_data, port }] };
    case names.SCTP_DSTADDRV6:
      return { ...request, to: [...request.to, { family: names.AF_INET6, address: cmsg_data, port }] };
    default:
      throw new SocketError("EINVAL", syscall, `ancillary data ${String(cmsg_type)} cannot be sent`);
  }
}

function withSndInfo(request: SendRequest, value: unknown): SendRequest {
  const { snd_sid, snd_flags, snd_ppid, snd_context, snd_assoc_id } = readSndInfo(
    value,
    names.SCTP_SNDINFO,
    request.syscall,
  );
  // What comes with SNDINFO stands for all of it: a member left out is 0, and not the default.
  return {
    ...request,
    sid: snd_sid ?? 0,
    sndFlags: snd_flags ?? 0,
    ppid: snd_ppid ?? 0,
    context: snd_context ?? 0,
    associationId: snd_assoc_id,
  };
}

function withSndRcvInfo(request: SendRequest, value: unknown): SendRequest {
  const info = readSndRcvInfo(value, names.SCTP_SNDRCV, request.syscall);
  return {
    ...request,
    sid: info.sinfo_stream ?? 0,
    sndFlags: info.sinfo_flags ?? 0,
    ppid: info.sinfo_ppid ?? 0,
    context: info.sinfo_context ?? 0,
    timetolive: info.sinfo_timetolive ?? 0,
    associationId: info.sinfo_assoc_id,
  };
}

/** sctp_sendv() (RFC 6458 §9.12). */
export function sendvRequest(data: IoVec | undefined, given: SendvOptions | undefined): SendRequest {
  const syscall = "sendv";
  const options = optionsOf(syscall, given, ["addrs", "infotype", "info", "flags"]);
  const { addrs, infotype = names.SCTP_SENDV_NOINFO, info } = options;
  const request = { ...plainRequest(syscall, data, options.flags), to: listOf(addrs) };
  switch (infotype) {
    case names.SCTP_SENDV_NOINFO:
      if (info === undefined) return request;
      throw new SocketError("EINVAL", syscall, "there is info, and infotype is SCTP_SENDV_NOINFO");
    case names.SCTP_SENDV_SNDINFO:
      return withSndInfo(request, info);
    case names.SCTP_SENDV_PRINFO:
      return { ...request, pr: readPr(info, infotype, syscall) };
    case names.SCTP_SENDV_AUTHINFO:
      return { ...request, authKey: readAuth(info, infotype, syscall).auth_keynumber };
    case names.SCTP_SENDV_SPA:
      return withSpa(request, info);
    default:
      throw new SocketError("EINVAL", syscall, `there is no infotype ${String(infotype)}`);
  }
}

function withSpa(request: SendRequest, value: unknown): SendRequest {
  const spa = readSpa(value, names.SCTP_SENDV_SPA, request.syscall);
  const has = (flag: number): boolean => (spa.sendv_flags & flag) !== 0;
  const read = <T>(reader: FieldReader<T>, part: unknown, name: string): T =>
    reader(part, name, request.syscall);
  const authKey = has(names.SCTP_SEND_AUTHINFO_VALID)
    ? read(readAuth, spa.sendv_authinfo, "sendv_authinfo").auth_keynumber
    : request.authKey;
  const asked = { ...request, authKey };
  const withInfo = has(names.SCTP_SEND_SNDINFO_VALID) ? withSndInfo(asked, spa.sendv_sndinfo) : asked;
  return has(names.SCTP_SEND_PRINFO_VALID)
    ? { ...withInfo, pr: read(readPr, spa.sendv_prinfo, "sendv_prinfo") }
    : withInfo;
}

/** sctp_sendmsg() (RFC 6458 §9.7). */
export function sendmsgRequest(data: IoVec, given: SctpSendmsgOptions | undefined): SendRequest {
  const known = ["to", "ppid", "flags", "stream_no", "timetolive", "context"];
  const options = optionsOf("sctp_sendmsg", given, known);
  const { to, ppid = 0, stream_no = 0, timetolive = 0, context = 0 } = options;
  const info = {
    sinfo_stream: stream_no,
    sinfo_flags: options.flags ?? 0,
    sinfo_ppid: ppid,
    sinfo_context: context,
    sinfo_timetolive: timetolive,
  };
  const request = plainRequest("sctp_sendmsg", data, 0);
  return withSndRcvInfo({ ...request, to: to === undefined ? [] : [to] }, info);
}

/** sctp_send() and sctp_sendx() (RFC 6458 §9.10, §9.11). */
export function sendxRequest(syscall: string, data: IoVec | undefined, given: SctpSendxOptions): SendRequest {
  const { addrs, sinfo, flags: messageFlags } = optionsOf(syscall, given, ["addrs", "sinfo", "flags"]);
  const request = { ...plainRequest(syscall, data, messageFlags), to: listOf(addrs) };
  return sinfo === undefined ? request : withSndRcvInfo(request, sinfo);
}

function listOf(addrs: unknown): readonly unknown[] {
  if (addrs === undefined || addrs === null) return [];
  return Array.isArray(addrs) ? addrs : [addrs];
}

/** One buffer of ours: the caller may use its own again, as after a system call. */
function bytesOf(syscall: string, data: IoVec | undefined): Uint8Array {
  if (data === undefined) return new Uint8Array(0);
  if (typeof data === "string") return new TextEncoder().encode(data);
  const pieces = data instanceof Uint8Array ? [data] : data;
  if (!Array.isArray(pieces) || !pieces.every((piece) => piece instanceof Uint8Array)) {
    throw new SocketError("EINVAL", syscall, "data is a string, a Uint8Array, or a list of Uint8Array");
  }
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
