import { SocketError } from "usctp/socket";
import { compareResult } from "./compare.ts";
import {
  addressArgument,
  addressesArgument,
  type CallContext,
  call,
  descriptorOf,
  keep,
  makeSocket,
  numberArgument,
  type Returned,
  type SystemCall,
  ZERO,
} from "./context.ts";
import { valueOfName } from "./names.ts";
import { plainValue } from "./values.ts";

const NONBLOCK = Number(valueOfName("O_NONBLOCK"));
const RDWR = Number(valueOfName("O_RDWR"));

/** Making, binding, connecting and closing. */
export const socketCalls: Readonly<Record<string, SystemCall>> = {
  socket: call("domain type protocol", (context, args) => keep(context, makeSocket(context, args))),

  bind: call("fd addr addrlen", async (context, [fd, address]) => {
    await descriptorOf(context, fd).socket.bind(addressArgument(address, context.local) ?? context.local);
    return ZERO;
  }),

  sctp_bindx: call("fd addrs addrcnt flags", async (context, [fd, addresses, , flags]) => {
    const list = addressesArgument(addresses, context.local) ?? [];
    await descriptorOf(context, fd).socket.bindx(list, numberArgument(flags));
    return ZERO;
  }),

  listen: call("fd backlog", async (context, [fd, backlog]) => {
    await descriptorOf(context, fd).socket.listen(numberArgument(backlog));
    return ZERO;
  }),

  accept: call("fd addr addrlen", (context, [fd, address]) => {
    const accepted = descriptorOf(context, fd).socket.immediate.accept();
    const kept = keep(context, accepted);
    return {
      ...kept,
      compare: () =>
        address === undefined
          ? undefined
          : compareResult(address, accepted.getpeername(), "address", context.symbols),
    };
  }),

  connect: call("fd addr addrlen", (context, [fd, address]) =>
    descriptorOf(context, fd).socket.immediate.connect(
      addressArgument(address, context.remote) ?? context.remote,
    ),
  ),

  sctp_connectx: call("fd addrs addrcnt id", (context, [fd, addresses, , id]) => {
    const { socket } = descriptorOf(context, fd);
    try {
      return socket.immediate.connectx(addressesArgument(addresses, context.remote) ?? []);
    } catch (error) {
      const difference =
        error instanceof SocketError && id !== undefined && error.assoc_id !== undefined
          ? compareResult(id, [error.assoc_id], "assoc_id", context.symbols)
          : undefined;
      if (difference !== undefined) return { value: -1, compare: () => difference };
      throw error;
    }
  }),

  sctp_peeloff: call("fd id", (context, [fd, id]) =>
    keep(context, descriptorOf(context, fd).socket.peeloff(numberArgument(id))),
  ),

  shutdown: call("fd how", (context, [fd, how]) => {
    descriptorOf(context, fd).socket.shutdown(how === undefined ? "" : String(plainValue(how)));
    return ZERO;
  }),

  // SO_LINGER may make it wait; the shutdown goes on meanwhile.
  close: call("fd", async (context, [fd]) => {
    const number = numberArgument(fd);
    const { socket } = descriptorOf(context, fd);
    context.descriptors.delete(number);
    const closing = socket.close();
    await Promise.race([closing, context.host.settle()]);
    closing.catch(() => {});
    return ZERO;
  }),

  fcntl: call("fd cmd flags?", (context, [fd, command, flags]) => {
    const descriptor = descriptorOf(context, fd);
    if (command?.kind === "name" && command.name === "F_SETFL") {
      descriptor.nonblocking = (numberArgument(flags) & NONBLOCK) !== 0;
      return ZERO;
    }
    return { value: RDWR | (descriptor.nonblocking ? NONBLOCK : 0) };
  }),

  getsockname: call("fd addr addrlen", (context, [fd, address]) => {
    const { socket } = descriptorOf(context, fd);
    return written(context, address, socket.getsockname());
  }),

  getpeername: call("fd addr addrlen", (context, [fd, address]) => {
    const { socket } = descriptorOf(context, fd);
    return written(context, address, socket.getpeername());
  }),

  sctp_getpaddrs: call("fd id addrs", (context, [fd, id, addresses]) => {
    const found = descriptorOf(context, fd).socket.getpaddrs(numberArgument(id));
    return { ...written(context, addresses, found), value: found.length };
  }),

  sctp_getladdrs: call("fd id addrs", (context, [fd, id, addresses]) => {
    const found = descriptorOf(context, fd).socket.getladdrs(numberArgument(id));
    return { ...written(context, addresses, found), value: found.length };
  }),

  sctp_freepaddrs: call("addrs", () => ZERO),
  sctp_freeladdrs: call("addrs", () => ZERO),
};

function written(
  { symbols }: CallContext,
  expected: Parameters<typeof compareResult>[0] | undefined,
  found: unknown,
): Returned {
  return {
    value: 0,
    compare: () => (expected === undefined ? undefined : compareResult(expected, found, "address", symbols)),
  };
}
