import {
  MSG_NOTIFICATION,
  MSG_PEEK,
  SCTP_RECVV_NOINFO,
  type SctpNotification,
  type SctpSocket,
} from "usctp/socket";
import type { Value } from "../language/ast.ts";
import type { Difference } from "../packets/compare.ts";
import { compareResult, show } from "./compare.ts";
import {
  type CallContext,
  call,
  descriptorOf,
  member,
  numberArgument,
  type Piece,
  pieces,
  type Returned,
  type SystemCall,
} from "./context.ts";
import { isNull, isWild, plainValue } from "./values.ts";

/** What a receiving call gave. */
interface Received {
  readonly data: Uint8Array;
  readonly from: unknown;
  readonly flags: number;
  readonly notification: SctpNotification | undefined;
}

/** The calls that receive. */
export const receiveCalls: Readonly<Record<string, SystemCall>> = {
  read: call("fd buf length", (context, [fd, buffer, length]) =>
    readInto(context, fd, [{ base: buffer, length: numberArgument(length) }]),
  ),
  readv: call("fd iov iovcnt", (context, [fd, iov]) => readInto(context, fd, pieces(iov))),
  recv: call("fd buf length flags", (context, [fd, buffer, length, flags]) =>
    readInto(context, fd, [{ base: buffer, length: numberArgument(length) }], numberArgument(flags)),
  ),

  recvfrom: call("fd buf length flags from fromlen", (context, [fd, buffer, length, flags, from]) => {
    const { immediate } = descriptorOf(context, fd).socket;
    const piece = { base: buffer, length: numberArgument(length) };
    const ahead = lookAhead(immediate, piece.length);
    const received = immediate.recvfrom({ length: piece.length, flags: numberArgument(flags) });
    return returned(context, [piece], { ...ahead, ...received }, () =>
      optional(from, received.from, "from", context),
    );
  }),

  recvmsg: call("fd msg flags", (context, [fd, message, flags]) => {
    const iov = pieces(member(message, "msg_iov"));
    const received = descriptorOf(context, fd).socket.immediate.recvmsg({
      length: lengthOf(iov),
      flags: numberArgument(flags),
    });
    const { data, msg_name, msg_control, msg_flags, notification } = received;
    return returned(context, iov, { data, from: msg_name, flags: msg_flags, notification }, () => {
      const expected = (name: string): Value | undefined => member(message, name);
      return (
        optional(expected("msg_name"), msg_name, "msg_name", context) ??
        optional(expected("msg_control"), msg_control, "msg_control", context) ??
        optional(expected("msg_flags"), msg_flags, "msg_flags", context)
      );
    });
  }),

  sctp_recvmsg: call(
    "fd buf length from fromlen sinfo flags",
    (context, [fd, buffer, length, from, , sinfo, flags]) => {
      const piece = { base: buffer, length: numberArgument(length) };
      const received = descriptorOf(context, fd).socket.immediate.sctp_recvmsg({ length: piece.length });
      return returned(
        context,
        [piece],
        { ...received, flags: received.msg_flags },
        () =>
          optional(from, received.from, "from", context) ??
          optional(sinfo, received.sinfo, "sinfo", context) ??
          optional(unlisted(flags), received.msg_flags, "msg_flags", context),
      );
    },
  ),

  sctp_recvv: call(
    "fd iov iovlen from fromlen info infolen infotype flags",
    (context, [fd, iov, , from, , info, , infotype, flags]) => {
      const into = pieces(iov);
      const received = descriptorOf(context, fd).socket.immediate.recvv({ length: lengthOf(into) });
      const { data, notification } = received;
      return returned(
        context,
        into,
        { data, from: received.from, flags: received.flags, notification },
        () =>
          optional(from, received.from, "from", context) ??
          // Where there is no room for it, nothing is told.
          optional(
            unlisted(infotype),
            isNull(info) ? SCTP_RECVV_NOINFO : received.infotype,
            "recvv_infotype",
            context,
          ) ??
          optional(isNull(info) ? undefined : info, received.info, "info", context) ??
          optional(unlisted(flags), received.flags, "flags", context),
      );
    },
  ),
};

/** An argument that is written to stands in brackets. */
function unlisted(value: Value | undefined): Value | undefined {
  return value?.kind === "list" ? value.items[0]?.value : value;
}

function optional(
  expected: Value | undefined,
  actual: unknown,
  path: string,
  { symbols }: CallContext,
): Difference | undefined {
  return expected === undefined ? undefined : compareResult(expected, actual, path, symbols);
}

function lengthOf(into: readonly Piece[]): number {
  return into.reduce((sum, { length }) => sum + length, 0);
}

function readInto(
  context: CallContext,
  fd: Value | undefined,
  into: readonly Piece[],
  flags: number = 0,
): Returned {
  const { immediate } = descriptorOf(context, fd).socket;
  const length = lengthOf(into);
  const ahead = lookAhead(immediate, length);
  const data = immediate.recv({ length, flags });
  return returned(context, into, { ...ahead, data, from: undefined }, () => undefined);
}

/** What recv() and recvfrom() do not tell: whether it is a notification. */
function lookAhead(
  immediate: SctpSocket["immediate"],
  length: number,
): Pick<Received, "flags" | "notification"> {
  const { msg_flags, notification } = immediate.recvmsg({ length, flags: MSG_PEEK });
  return { flags: msg_flags, notification };
}

function returned(
  context: CallContext,
  into: readonly Piece[],
  received: Received,
  compare: () => Difference | undefined,
): Returned {
  const { data, flags, notification } = received;
  const isNotification = (flags & MSG_NOTIFICATION) !== 0;
  return {
    value: data.length,
    abiLength: isNotification ? { upTo: lengthOf(into) } : undefined,
    compare: () => compareData(context, into, data, notification) ?? compare(),
  };
}

function compareData(
  { symbols }: CallContext,
  into: readonly Piece[],
  data: Uint8Array,
  notification: SctpNotification | undefined,
): Difference | undefined {
  let at = 0;
  for (const { base, length } of into) {
    const piece = data.subarray(at, at + length);
    at += length;
    if (base === undefined || isWild(base)) continue;
    if (base.kind === "struct") {
      const difference = compareResult(base, notification, "notification", symbols);
      if (difference !== undefined) return difference;
      continue;
    }
    const wanted = bytesOf(plainValue(base));
    if (show(wanted) !== show(piece)) return { field: "data", expected: show(wanted), actual: show(piece) };
  }
  return undefined;
}

function bytesOf(value: unknown): Uint8Array {
  return typeof value === "string" ? new TextEncoder().encode(value) : Uint8Array.from(value as number[]);
}
