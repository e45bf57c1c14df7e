import {
  IPPROTO_IPV6,
  IPPROTO_SCTP,
  SCTP_ALL_ASSOC,
  SCTP_CURRENT_ASSOC,
  SCTP_REUSE_PORT,
  SOL_SOCKET,
} from "../constants.ts";
import { SocketError } from "../errors.ts";
import type { SocketState } from "../socket-state.ts";
import { associationOptions } from "./association.ts";
import { authenticationOptions } from "./authentication.ts";
import { extensionOptions } from "./extensions.ts";
import { type Option, type Options, socketFlag } from "./option.ts";
import { pathOptions } from "./paths.ts";
import { receivingOptions } from "./receiving.ts";
import { schedulingOptions } from "./scheduling.ts";
import { sendingOptions } from "./sending.ts";
import { socketLevelOptions } from "./socket-level.ts";
import { statusOptions } from "./status.ts";

const options: Options = {
  ...socketLevelOptions,
  ...associationOptions,
  ...schedulingOptions,
  ...sendingOptions,
  ...receivingOptions,
  ...pathOptions,
  ...statusOptions,
  ...authenticationOptions,
  ...extensionOptions,
  /** RFC 6458 §8.1.27. */
  [SCTP_REUSE_PORT]: socketFlag(
    "reusesPort",
    ({ style }, syscall) => {
      // "If used on a one-to-many style SCTP socket, an error is indicated."
      if (style === "one-to-one") return;
      throw new SocketError("EOPNOTSUPP", syscall, "SCTP_REUSE_PORT is for one-to-one sockets");
    },
    ({ port, binding }) => {
      // "This socket option must not be used after calling bind() or sctp_bindx()".
      if (port === undefined && binding === undefined) return;
      throw new SocketError("EINVAL", "setsockopt", "SCTP_REUSE_PORT is set before bind()");
    },
  ),
};

const byName: ReadonlyMap<string, Option> = new Map(Object.entries(options));

export function getsockopt(socket: SocketState, level: unknown, name: unknown, query: unknown): unknown {
  socket.checkOpen("getsockopt");
  return read(socket, find("getsockopt", level, name), query, "getsockopt");
}

/** sctp_opt_info() (RFC 6458 §8): the id takes precedence over that of the structure. */
export function optInfo(socket: SocketState, id: unknown, name: unknown, query: unknown): unknown {
  socket.checkOpen("opt_info");
  const found = find("opt_info", IPPROTO_SCTP, name);
  // RFC 6458 §8: "For one-to-one style sockets, id is ignored."
  if (socket.style === "one-to-many" && (id === SCTP_CURRENT_ASSOC || id === SCTP_ALL_ASSOC)) {
    throw new SocketError("EINVAL", "opt_info", "SCTP_CURRENT_ASSOC and SCTP_ALL_ASSOC cannot be asked");
  }
  if (query !== undefined && (typeof query !== "object" || query === null)) {
    throw new SocketError("EINVAL", "opt_info", `arg is a structure, not ${String(query)}`);
  }
  const { idMember } = found;
  const asked = idMember === undefined ? query : { ...(query as object | undefined), [idMember]: id };
  return read(socket, found, asked, "opt_info");
}

export function setsockopt(socket: SocketState, level: unknown, name: unknown, value: unknown): void {
  socket.checkOpen("setsockopt");
  const { set } = find("setsockopt", level, name);
  // RFC 6458 §8.2: read-only options "will result in an error indicating EOPNOTSUPP".
  if (set === undefined)
    throw new SocketError("EOPNOTSUPP", "setsockopt", `${String(name)} can only be read`);
  set(socket, value);
}

function read(socket: SocketState, { get }: Option, query: unknown, syscall: string): unknown {
  // RFC 6458 §8.3.
  if (get === undefined) throw new SocketError("EOPNOTSUPP", syscall, "this option can only be set");
  return get(socket, query, syscall);
}

function find(syscall: string, level: unknown, name: unknown): Option {
  const found = typeof name === "string" ? byName.get(name) : undefined;
  if (found !== undefined && found.level === level) return found;
  const levels = `${IPPROTO_SCTP}, ${SOL_SOCKET} and ${IPPROTO_IPV6}`;
  const hint = found === undefined ? `the levels are ${levels}` : `it belongs to the level ${found.level}`;
  throw new SocketError(
    "ENOPROTOOPT",
    syscall,
    `there is no option ${String(name)} at the level ${String(level)}: ${hint}`,
  );
}
