import { ensureBound } from "./binding.ts";
import { SCTP_ALL_ASSOC } from "./constants.ts";
import { SocketError, translating } from "./errors.ts";
import type { SocketState } from "./socket-state.ts";

/** listen() (RFC 6458 §3.1.3, §4.1.3); an unbound socket is bound first, as the kernels do. */
export async function listen(socket: SocketState, backlog: unknown): Promise<void> {
  socket.checkOpen("listen");
  if (!Number.isInteger(backlog) || (backlog as number) < 0) {
    throw new SocketError(
      "EINVAL",
      "listen",
      `backlog is a whole number, and 0 ends listening; not ${String(backlog)}`,
    );
  }
  if (socket.style === "one-to-one" && (socket.single !== undefined || socket.wasConnected)) {
    throw new SocketError("EINVAL", "listen", "the socket is connected: it cannot listen");
  }
  if (backlog !== 0 || socket.port !== undefined) {
    const port = await ensureBound(socket, "listen");
    // Sockets that were accepted or peeled off share a port that is another one's to listen on.
    if (port.listener !== socket)
      throw new SocketError("EINVAL", "listen", "the socket was accepted or peeled off");
    translating("listen", () => {
      port.endpoint.listening = backlog !== 0;
    });
  }
  socket.backlog = backlog as number;
  // Who waits for accept() has nothing to wait for any more.
  if (backlog === 0) socket.wakeReaders();
}

/** accept() (RFC 6458 §4.1.4): the next socket, or EAGAIN. */
export function accept(socket: SocketState): SocketState {
  socket.checkOpen("accept");
  if (socket.style === "one-to-many") {
    throw new SocketError(
      "EOPNOTSUPP",
      "accept",
      "a one-to-many socket accepts by itself: read from it, or peeloff()",
    );
  }
  const child = socket.acceptable.shift();
  if (child !== undefined) return child;
  if (!socket.isListening)
    throw new SocketError("EINVAL", "accept", "the socket does not listen: call listen() before");
  throw new SocketError("EAGAIN", "accept", "no association waits to be accepted");
}

/** sctp_peeloff() (RFC 6458 §9.2): the association moves to a one-to-one socket of its own. */
export function peeloff(socket: SocketState, id: unknown): SocketState {
  socket.checkOpen("peeloff");
  if (socket.style === "one-to-one") {
    throw new SocketError(
      "EOPNOTSUPP",
      "peeloff",
      "a one-to-one socket has one association, and nothing to peel off",
    );
  }
  if (!Number.isInteger(id) || (id as number) <= SCTP_ALL_ASSOC) {
    throw new SocketError("EINVAL", "peeloff", `${String(id)} is no association's id`);
  }
  const association = socket.associations.get(id as number);
  if (association === undefined) {
    throw new SocketError(
      "ENOENT",
      "peeloff",
      `this socket has no association ${String(id)}, or has it no more`,
    );
  }
  const child = socket.child();
  // What was inherited until now is the new socket's own.
  child.config = association.core.config;
  child.defaults = association.settings;
  child.takeOver(association, socket);
  return child;
}
