import type { OptionName, SctpSocket } from "usctp/socket";
import type { Value } from "../language/ast.ts";
import { compareResult } from "./compare.ts";
import {
  type CallContext,
  call,
  descriptorOf,
  numberArgument,
  type Returned,
  type SystemCall,
  ZERO,
} from "./context.ts";
import { isWild, memberName, plainValue, structOf } from "./values.ts";

/** Members of a structure that say what is asked for. */
const asking: ReadonlySet<string> = new Set(["se_type", "stream_id", "sprstat_sid", "sprstat_policy"]);

function isAsking(name: string): boolean {
  return asking.has(name) || name.endsWith("assoc_id") || name.endsWith("_address") || name.endsWith("_addr");
}

/** getsockopt(), setsockopt(), sctp_opt_info(). The length of the structure is an ABI's. */
export const optionCalls: Readonly<Record<string, SystemCall>> = {
  setsockopt: call("fd level name value length", (context, [fd, level, name, value]) => {
    const { socket } = descriptorOf(context, fd);
    socket.setsockopt(textOf(level), textOf(name) as OptionName, optionValue(value) as never);
    return ZERO;
  }),

  getsockopt: call("fd level name value length", (context, [fd, level, name, value]) => {
    const { socket } = descriptorOf(context, fd);
    return read(context, value, (query) =>
      socket.getsockopt(textOf(level), textOf(name) as OptionName, query as never),
    );
  }),

  sctp_opt_info: call("fd id name value length", (context, [fd, id, name, value]) => {
    const { socket } = descriptorOf(context, fd);
    return read(context, value, (query) => optInfo(socket, numberArgument(id), textOf(name), query));
  }),
};

function optInfo(socket: SctpSocket, id: number, name: string, query: unknown): unknown {
  return socket.opt_info(id, name as OptionName, query as never);
}

function textOf(value: Value | undefined): string {
  return value === undefined ? "" : String(plainValue(value));
}

/** A structure, or one number in brackets. */
function optionValue(value: Value | undefined): unknown {
  if (value === undefined) return undefined;
  if (value.kind === "struct") return structOf(value.items);
  if (value.kind === "list" && value.items.length === 1) {
    const [only] = value.items;
    return only === undefined ? undefined : plainValue(only.value);
  }
  return plainValue(value);
}

function read(context: CallContext, expected: Value | undefined, get: (query: unknown) => unknown): Returned {
  const found = get(queryOf(expected));
  if (expected === undefined) return ZERO;
  const [only] = expected.kind === "list" ? expected.items : [];
  const wanted =
    expected.kind === "list" && !Array.isArray(found) && only !== undefined ? only.value : expected;
  return { value: 0, compare: () => compareResult(wanted, found, "value", context.symbols) };
}

function queryOf(value: Value | undefined): unknown {
  if (value?.kind !== "struct") return undefined;
  return structOf(
    value.items.filter(
      ({ name, value: each }) => name !== undefined && isAsking(memberName(name) ?? "") && !isWild(each),
    ),
  );
}
