import { SMALLEST_INITIAL_WINDOW } from "../../../packet/chunks/init-body.ts";
import { AF_INET6, IPPROTO_IPV6, SOL_SOCKET } from "../constants.ts";
import { SocketError } from "../errors.ts";
import { flag, integer, struct, u32 } from "../fields.ts";
import type { SocketState } from "../socket-state.ts";
import type { Linger } from "../structures.ts";
import { configure, everything, type Options, plain } from "./option.ts";

/** Options of SOL_SOCKET (RFC 6458 §8.1.4, §8.1.6, §8.1.7) and IPPROTO_IPV6. */
export const socketLevelOptions: Options = {
  SO_LINGER: plain<"SO_LINGER", Linger>({
    level: SOL_SOCKET,
    read: struct<Linger>({ l_onoff: u32, l_linger: u32 }),
    get: ({ settings }) => settings.linger,
    set: (socket, linger) => {
      socket.settings = { ...socket.settings, linger };
    },
  }),
  SO_RCVBUF: plain<"SO_RCVBUF", number>({
    level: SOL_SOCKET,
    read: integer(SMALLEST_INITIAL_WINDOW, 0x7fff_ffff),
    get: ({ config }) => config.receiveBuffer,
    set: (socket, receiveBuffer) => configure(socket, everything(socket), { receiveBuffer }),
  }),
  SO_SNDBUF: plain<"SO_SNDBUF", number>({
    level: SOL_SOCKET,
    read: integer(1, 0x7fff_ffff),
    get: ({ config }) => config.sendBuffer,
    set: (socket, sendBuffer) =>
      configure(socket, everything(socket), { sendBuffer, maxMessageSize: sendBuffer }),
  }),
  SO_ERROR: plain<"SO_ERROR", never>({
    level: SOL_SOCKET,
    get: (socket) => {
      const { error } = socket;
      socket.error = undefined;
      return error?.code ?? 0;
    },
  }),
  SO_TYPE: plain<"SO_TYPE", never>({
    level: SOL_SOCKET,
    get: ({ style }) => (style === "one-to-one" ? "SOCK_STREAM" : "SOCK_SEQPACKET"),
  }),
  IPV6_V6ONLY: plain<"IPV6_V6ONLY", boolean>({
    level: IPPROTO_IPV6,
    read: flag,
    get: ({ settings }) => Number(settings.v6Only),
    set: (socket, v6Only) => {
      checkV6Only(socket);
      socket.settings = { ...socket.settings, v6Only };
    },
  }),
};

function checkV6Only({ domain, port, binding }: SocketState): void {
  if (domain !== AF_INET6) {
    throw new SocketError("EINVAL", "setsockopt", "IPV6_V6ONLY is for AF_INET6 sockets");
  }
  if (port === undefined && binding === undefined) return;
  throw new SocketError("EINVAL", "setsockopt", "IPV6_V6ONLY is set before bind()");
}
