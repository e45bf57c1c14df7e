import type { CallAction } from "../language/ast.ts";
import { ScriptError } from "../language/position.ts";
import type { CallHandler } from "./context.ts";
import { isErrno } from "./names.ts";
import { optionCalls } from "./option-calls.ts";
import { receiveCalls } from "./receive-calls.ts";
import { sendCalls } from "./send-calls.ts";
import { socketCalls } from "./socket-calls.ts";
import { checkNames } from "./values.ts";

const handlers: ReadonlyMap<string, CallHandler> = new Map(
  Object.entries({ ...socketCalls, ...optionCalls, ...sendCalls, ...receiveCalls }),
);

/** How many arguments a call takes. */
const arity: Readonly<Record<string, number>> = {
  socket: 3,
  bind: 3,
  listen: 2,
  accept: 3,
  connect: 3,
  close: 1,
  shutdown: 2,
  fcntl: 3,
  getsockname: 3,
  getpeername: 3,
  getsockopt: 5,
  setsockopt: 5,
  read: 3,
  readv: 3,
  recv: 4,
  recvfrom: 6,
  recvmsg: 3,
  write: 3,
  writev: 3,
  send: 4,
  sendto: 6,
  sendmsg: 3,
  sctp_bindx: 4,
  sctp_connectx: 4,
  sctp_peeloff: 2,
  sctp_getpaddrs: 3,
  sctp_getladdrs: 3,
  sctp_freepaddrs: 1,
  sctp_freeladdrs: 1,
  sctp_opt_info: 5,
  sctp_sendmsg: 10,
  sctp_send: 5,
  sctp_sendx: 7,
  sctp_sendv: 9,
  sctp_recvmsg: 7,
  sctp_recvv: 9,
};

export function handlerOf({ name }: CallAction): CallHandler | undefined {
  return handlers.get(name);
}

/** Throws a `ScriptError` for a call, a constant or a number of arguments that there is not. */
export function checkCall(action: CallAction): void {
  const { at, errno } = action;
  if (!handlers.has(action.name)) throw new ScriptError(`there is no system call ${action.name}()`, at);
  const most = arity[action.name] ?? 0;
  const least = action.name === "fcntl" ? most - 1 : most;
  if (action.args.length < least || action.args.length > most) {
    throw new ScriptError(`${action.name}() takes ${most} arguments, not ${action.args.length}`, at);
  }
  for (const arg of action.args) checkNames(arg);
  if (errno !== undefined && !isErrno(errno.name)) {
    throw new ScriptError(`${errno.name} is not the name of an errno`, errno.at);
  }
}
