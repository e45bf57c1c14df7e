import { ensureBound } from "./binding.ts";
import { MSG_DONTWAIT } from "./constants.ts";
import { SocketError } from "./errors.ts";
import { type SendRequest, type Sent, send, waitFor } from "./sending.ts";
import type { SocketAssociation } from "./socket-association.ts";
import type { SocketState } from "./socket-state.ts";

/** The promise of a call whose immediate form fails with EAGAIN: tried again whenever there may be something. */
export async function whenReadable<T>(socket: SocketState, flags: number, attempt: () => T): Promise<T> {
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isAgain(error) || (flags & MSG_DONTWAIT) !== 0) throw error;
    }
    await socket.readable();
  }
}

/**
 * Sends when there is room. Messages to one association go in the order of the calls; a full one holds up nobody else
 * (RFC 6458 §3.3).
 */
export async function sendWhenWritable(socket: SocketState, request: SendRequest): Promise<Sent> {
  socket.checkOpen(request.syscall);
  const isWilling = (request.flags & MSG_DONTWAIT) === 0;
  if (socket.port === undefined && request.to.length > 0 && isWilling)
    await ensureBound(socket, request.syscall);
  const association = isWilling ? waitFor(socket, request) : undefined;
  if (association === undefined) return send(socket, request);
  if (association.sending === undefined) {
    try {
      return send(socket, request);
    } catch (error) {
      if (!isAgain(error)) throw error;
    }
  }
  const mine = sendInTurn(socket, request, association);
  const done = mine.then(
    () => {},
    () => {},
  );
  association.sending = done;
  try {
    return await mine;
  } finally {
    if (association.sending === done) association.sending = undefined;
  }
}

/** Resolves when a message to the association may be taken, or never will be. */
export async function writable(association: SocketAssociation): Promise<void> {
  while (association.isFull && !association.hasEnded && association.socket !== undefined) {
    await new Promise<void>((resolve) => association.waiters.push(resolve));
  }
}

async function sendInTurn(
  socket: SocketState,
  request: SendRequest,
  association: SocketAssociation,
): Promise<Sent> {
  await association.sending;
  for (;;) {
    await writable(association);
    try {
      return send(socket, request);
    } catch (error) {
      if (!isAgain(error)) throw error;
    }
  }
}

function isAgain(error: unknown): boolean {
  return error instanceof SocketError && error.code === "EAGAIN";
}
