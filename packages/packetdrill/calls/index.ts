import type { CallAction } from "../language/ast.ts";
import { ScriptError } from "../language/position.ts";
import type { CallHandler, SystemCall } from "./context.ts";
import { isErrno } from "./names.ts";
import { optionCalls } from "./option-calls.ts";
import { receiveCalls } from "./receive-calls.ts";
import { sendCalls } from "./send-calls.ts";
import { socketCalls } from "./socket-calls.ts";
import { checkNames } from "./values.ts";

const systemCalls: ReadonlyMap<string, SystemCall> = new Map(
  Object.entries({ ...socketCalls, ...optionCalls, ...sendCalls, ...receiveCalls }),
);

export function handlerOf({ name }: CallAction): CallHandler | undefined {
  return systemCalls.get(name)?.handle;
}

/** Throws a `ScriptError` for a call, a constant or a number of arguments that there is not. */
export function checkCall(action: CallAction): void {
  const { at, errno } = action;
  const call = systemCalls.get(action.name);
  if (call === undefined) throw new ScriptError(`there is no system call ${action.name}()`, at);
  const { parameters, least } = call;
  if (action.args.length < least || action.args.length > parameters.length) {
    throw new ScriptError(
      `${action.name}() takes ${parameters.length} arguments, not ${action.args.length}`,
      at,
    );
  }
  for (const [index, arg] of action.args.entries()) checkNames(arg, parameters[index]);
  if (errno !== undefined && !isErrno(errno.name)) {
    throw new ScriptError(`${errno.name} is not the name of an errno`, errno.at);
  }
}
