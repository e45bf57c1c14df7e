import type { IncomingMessage } from "../../stack/index.ts";
import * as names from "./constants.ts";
import { SocketError } from "./errors.ts";
import { flags, optionsOf } from "./fields.ts";
import type { SctpNotification } from "./notifications.ts";
import type { Item } from "./receive-queue.ts";
import type { FullSockAddr } from "./sockaddr.ts";
import type { SocketState } from "./socket-state.ts";
import type {
  ReceivedControl,
  ReceiveOptions,
  SctpExtRcvInfo,
  SctpNxtInfo,
  SctpRcvInfo,
  SctpSndRcvInfo,
} from "./structures.ts";

/** What was read: a message or notification, or a part of one. */
export interface Received {
  /** The bytes. Of a one-to-one socket whose association is over: none, as at the end of a file. */
  readonly data: Buffer;
  readonly from: FullSockAddr | undefined;
  /** MSG_EOR, MSG_NOTIFICATION. */
  readonly flags: number;
  /** With the first bytes of a notification. */
  readonly notification: SctpNotification | undefined;
  /** Undefined with notifications and at the end. */
  readonly rcvinfo: SctpRcvInfo | undefined;
  /** With SCTP_RECVNXTINFO or SCTP_USE_EXT_RCVINFO, where the next message is there and this one is read to its end. */
  readonly nxtinfo: SctpNxtInfo | undefined;
}

/** Reads, or throws EAGAIN when there is nothing. */
export function receive(socket: SocketState, syscall: string, given?: ReceiveOptions): Received {
  socket.checkOpen(syscall);
  const options = optionsOf(syscall, given, ["length", "flags"]);
  const asked = flags(names.MSG_PEEK | names.MSG_DONTWAIT)(options.flags, "flags", syscall);
  const length = lengthOf(syscall, options.length);
  if (socket.cannotRead) return END;
  const item = socket.queue.peek();
  if (item === undefined) return receiveNothing(socket, syscall);
  const isFirst = item.offset === 0;
  const data = bufferOf(item, Math.min(item.data.length, item.offset + length));
  const isPeek = (asked & names.MSG_PEEK) !== 0;
  const isLast = isPeek
    ? item.offset + data.length === item.data.length
    : socket.queue.consume(item, data.length);
  const { message, notification } = item;
  const isEnd = isLast && message?.more !== true;
  return {
    data,
    from: addressOf(socket, item),
    flags: (isEnd ? names.MSG_EOR : 0) | (message === undefined ? names.MSG_NOTIFICATION : 0),
    notification: isFirst ? notification : undefined,
    rcvinfo: message === undefined ? undefined : rcvInfo(message, item),
    nxtinfo: isEnd && !isPeek && wantsNext(socket) ? nxtInfo(socket.queue.peek()) : undefined,
  };
}

/** A view: messages that came in one chunk are one already. */
function bufferOf({ data, offset }: Item, end: number): Buffer {
  return Buffer.from(data.buffer, data.byteOffset + offset, end - offset);
}

function addressOf(socket: SocketState, { message, association }: Item): FullSockAddr | undefined {
  const address = message?.source ?? association.primaryAddress;
  return address === undefined ? undefined : socket.show(address, association.core.peerPort);
}

const END: Received = {
  data: Buffer.alloc(0),
  from: undefined,
  flags: 0,
  notification: undefined,
  rcvinfo: undefined,
  nxtinfo: undefined,
};

function receiveNothing(socket: SocketState, syscall: string): Received {
  if (socket.style === "one-to-one" && socket.single === undefined) {
    socket.throwError(syscall);
    if (socket.wasConnected) return END;
    throw new SocketError("ENOTCONN", syscall, "the socket is not connected");
  }
  throw new SocketError("EAGAIN", syscall, "there is nothing to read now");
}

function lengthOf(syscall: string, length: unknown): number {
  if (length === undefined) return Number.POSITIVE_INFINITY;
  if (Number.isInteger(length) && (length as number) > 0) return length as number;
  throw new SocketError(
    "EINVAL",
    syscall,
    `length is a whole number of bytes, at least 1, not ${String(length)}`,
  );
}

function wantsNext({ settings }: SocketState): boolean {
  return settings.receivesNxtInfo || (settings.receivesSndRcv && settings.extendedRcvInfo);
}

function rcvInfo(message: IncomingMessage, { association }: Item): SctpRcvInfo {
  return {
    rcv_sid: message.stream,
    rcv_ssn: message.ssn,
    rcv_flags: message.unordered ? names.SCTP_UNORDERED : 0,
    rcv_ppid: message.ppid,
    rcv_tsn: message.tsn,
    rcv_cumtsn: association.core.cumulativeTsn,
    rcv_context: association.settings.context,
    rcv_assoc_id: association.id,
  };
}

/** RFC 6458 §5.3.6. */
function nxtInfo(next: Item | undefined): SctpNxtInfo | undefined {
  if (next === undefined) return undefined;
  const { message, association, data } = next;
  return {
    nxt_sid: message?.stream ?? 0,
    nxt_flags:
      (message?.unordered === true ? names.SCTP_UNORDERED : 0) |
      (message?.more === true ? 0 : names.SCTP_COMPLETE) |
      (message === undefined ? names.SCTP_NOTIFICATION : 0),
    nxt_ppid: message?.ppid ?? 0,
    nxt_length: data.length,
    nxt_assoc_id: association.id,
  };
}

/** RFC 6458 §5.3.2. */
export function sndRcvInfo(info: SctpRcvInfo): SctpSndRcvInfo {
  return {
    sinfo_stream: info.rcv_sid,
    sinfo_ssn: info.rcv_ssn,
    sinfo_flags: info.rcv_flags,
    sinfo_ppid: info.rcv_ppid,
    sinfo_context: info.rcv_context,
    sinfo_timetolive: 0,
    sinfo_tsn: info.rcv_tsn,
    sinfo_cumtsn: info.rcv_cumtsn,
    sinfo_assoc_id: info.rcv_assoc_id,
  };
}

/** RFC 6458 §5.3.3. */
function extRcvInfo(info: SctpRcvInfo, next: SctpNxtInfo | undefined): SctpExtRcvInfo {
  const { sinfo_timetolive: _, ...common } = sndRcvInfo(info);
  const has = (flag: number): boolean => next !== undefined && (next.nxt_flags & flag) !== 0;
  return {
    ...common,
    sinfo_pr_value: 0,
    serinfo_next_flags:
      (next === undefined ? 0 : names.SCTP_NEXT_MSG_AVAIL) |
      (has(names.SCTP_COMPLETE) ? names.SCTP_NEXT_MSG_ISCOMPLETE : 0) |
      (has(names.SCTP_UNORDERED) ? names.SCTP_NEXT_MSG_IS_UNORDERED : 0) |
      (has(names.SCTP_NOTIFICATION) ? names.SCTP_NEXT_MSG_IS_NOTIFICATION : 0),
    serinfo_next_stream: next?.nxt_sid ?? 0,
    serinfo_next_aid: next?.nxt_assoc_id ?? 0,
    serinfo_next_length: next?.nxt_length ?? 0,
    serinfo_next_ppid: next?.nxt_ppid ?? 0,
  };
}

/** The ancillary data that the options ask for (RFC 6458 §5.3, §8.1.29, §8.1.30, §8.1.22, §6.2.1). */
export function controlOf({ settings }: SocketState, { rcvinfo, nxtinfo }: Received): ReceivedControl[] {
  const control: ReceivedControl[] = [];
  const cmsg_level = names.IPPROTO_SCTP;
  if (settings.receivesRcvInfo && rcvinfo !== undefined) {
    control.push({ cmsg_level, cmsg_type: names.SCTP_RCVINFO, cmsg_data: rcvinfo });
  }
  if (settings.receivesNxtInfo && nxtinfo !== undefined) {
    control.push({ cmsg_level, cmsg_type: names.SCTP_NXTINFO, cmsg_data: nxtinfo });
  }
  if (!settings.receivesSndRcv || rcvinfo === undefined) return control;
  if (settings.extendedRcvInfo) {
    control.push({ cmsg_level, cmsg_type: names.SCTP_EXTRCV, cmsg_data: extRcvInfo(rcvinfo, nxtinfo) });
  } else {
    control.push({ cmsg_level, cmsg_type: names.SCTP_SNDRCV, cmsg_data: sndRcvInfo(rcvinfo) });
  }
  return control;
}
