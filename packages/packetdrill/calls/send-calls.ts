import type { MsgHdr, SendControl, SendvOptions } from "usctp/socket";
import type { Value } from "../language/ast.ts";
import { ScriptError } from "../language/position.ts";
import {
  addressArgument,
  addressesArgument,
  call,
  dataOf,
  descriptorOf,
  member,
  numberArgument,
  pieces,
  type SystemCall,
} from "./context.ts";
import { addressOf, isNull, isWild, plainValue, structOf } from "./values.ts";

/** The calls that send. */
export const sendCalls: Readonly<Record<string, SystemCall>> = {
  write: call("fd buf length", (context, [fd, buffer, length]) => ({
    value: descriptorOf(context, fd).socket.immediate.send(dataOf(buffer, numberArgument(length))),
  })),

  writev: call("fd iov iovcnt", (context, [fd, iov]) => ({
    value: descriptorOf(context, fd).socket.immediate.send(piecesData(iov)),
  })),

  send: call("fd buf length flags", (context, [fd, buffer, length, flags]) => ({
    value: descriptorOf(context, fd).socket.immediate.send(
      dataOf(buffer, numberArgument(length)),
      numberArgument(flags),
    ),
  })),

  sendto: call("fd buf length flags to tolen", (context, [fd, buffer, length, flags, to]) => {
    const { immediate } = descriptorOf(context, fd).socket;
    const data = dataOf(buffer, numberArgument(length));
    const address = addressArgument(to, context.remote);
    if (address === undefined) return { value: immediate.send(data, numberArgument(flags)) };
    return { value: immediate.sendto(data, numberArgument(flags), address) };
  }),

  sendmsg: call("fd msg flags", (context, [fd, message, flags]) => {
    const name = member(message, "msg_name");
    const control = member(message, "msg_control");
    const header: MsgHdr = {
      msg_name: name === undefined ? undefined : addressArgument(name, context.remote),
      msg_iov: piecesData(member(message, "msg_iov")),
      msg_control: controlOf(control),
    };
    return { value: descriptorOf(context, fd).socket.immediate.sendmsg(header, numberArgument(flags)) };
  }),

  sctp_sendmsg: call(
    "fd buf length to tolen ppid flags stream timetolive context",
    (context, [fd, buffer, length, to, , ppid, flags, stream, timetolive, extra]) => ({
      value: descriptorOf(context, fd).socket.immediate.sctp_sendmsg(dataOf(buffer, numberArgument(length)), {
        to: addressArgument(to, context.remote),
        ppid: Number(ppid === undefined ? 0 : plainValue(ppid, "ppid")),
        flags: Number(flags === undefined ? 0 : plainValue(flags, "sinfo_flags")),
        stream_no: numberArgument(stream),
        timetolive: numberArgument(timetolive),
        context: numberArgument(extra),
      }),
    }),
  ),

  sctp_send: call("fd buf length sinfo flags", (context, [fd, buffer, length, sinfo, flags]) => ({
    value: descriptorOf(context, fd).socket.immediate.sctp_send(
      dataOf(buffer, numberArgument(length)),
      structArgument(sinfo),
      numberArgument(flags),
    ),
  })),

  sctp_sendx: call(
    "fd buf length addrs addrcnt sinfo flags",
    (context, [fd, buffer, length, addresses, , sinfo, flags]) => ({
      value: descriptorOf(context, fd).socket.immediate.sctp_sendx(dataOf(buffer, numberArgument(length)), {
        addrs: addressesArgument(addresses, context.remote),
        sinfo: structArgument(sinfo),
        flags: numberArgument(flags),
      }),
    }),
  ),

  sctp_sendv: call(
    "fd iov iovcnt addrs addrcnt info infolen infotype flags",
    (context, [fd, iov, , addresses, , info, , infotype, flags]) => {
      const options = {
        addrs: addressesArgument(addresses, context.remote),
        info: structArgument(info),
        infotype: infotype === undefined ? undefined : plainValue(infotype, "sendv_infotype"),
        flags: numberArgument(flags),
        // The face looks at infotype and info together.
      } as SendvOptions;
      return { value: descriptorOf(context, fd).socket.immediate.sendv(piecesData(iov), options) };
    },
  ),
};

function piecesData(value: Value | undefined): Uint8Array[] {
  return pieces(value).map(({ base, length }) => dataOf(base, length));
}

function structArgument(value: Value | undefined): Record<string, unknown> | undefined {
  if (value === undefined || isWild(value) || isNull(value)) return undefined;
  if (value.kind !== "struct") throw new ScriptError("a structure should stand here, {...}", value.at);
  return structOf(value.items);
}

function controlOf(value: Value | undefined): SendControl[] | undefined {
  if (value?.kind !== "list") return undefined;
  return value.items.map(({ value: each }) => {
    const data = member(each, "cmsg_data");
    const type = member(each, "cmsg_type");
    const level = member(each, "cmsg_level");
    return {
      ...(level === undefined || isWild(level) ? {} : { cmsg_level: plainValue(level) }),
      cmsg_type: type === undefined ? undefined : plainValue(type),
      cmsg_data: data === undefined ? undefined : controlData(data),
      // What does not fit together is refused by the face.
    } as SendControl;
  });
}

/** SCTP_DSTADDRV4 and V6 hold an address alone; scripts write it as sockaddr_in. */
function controlData(value: Value): unknown {
  const isSockAddr = member(value, "sa_family") !== undefined;
  return isSockAddr ? addressOf(value)?.address : plainValue(value);
}
