import { ensureBound } from "./binding.ts";
import { MSG_DONTWAIT } from "./constants.ts";
import { SocketError } from "./errors.ts";
import { goesOnWithRecord, type SendRequest, type Sent, send, waitFor } from "./sending.ts";
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
  const lane = goesOnWithRecord(association, request) ? "record" : "messages";
  const { sending } = association;
  if (!sending.has(lane)) {
    try {
      return send(socket, request);
    } catch (error) {
      if (!isAgain(error)) throw error;
    }
  }
  const mine = sendInTurn(socket, request, { association, before: sending.get(lane) });
  const done = mine.then(
    () => {},
    () => {},
  );
  sending.set(lane, done);
  try {
    return await mine;
  } finally {
    if (sending.get(lane) === done) sending.delete(lane);
  }
}

/** Resolves when the association is up and a message may be taken, or never will be. */
export async function writable(association: SocketAssociation): Promise<void> {
  while (
    (association.isFull || !association.isUp) &&
    !association.hasEnded &&
    association.socket !== undefined
  ) {
    await changed(association);
  }
}

async function sendInTurn(
  socket: SocketState,
  request: SendRequest,
  {
    association,
    before,
  }: { readonly association: SocketAssociation; readonly before: Promise<void> | undefined },
): Promise<Sent> {
  await before;
  for (;;) {
    try {
      return send(socket, request);
    } catch (error) {
      if (!isAgain(error)) throw error;
    }
    // Nothing was awaited since it was refused: what makes room wakes us.
    await changed(association);
  }
}

function changed({ waiters }: SocketAssociation): Promise<void> {
  return new Promise((resolve) => waiters.push(resolve));
}

function isAgain(error: unknown): boolean {
  return error instanceof SocketError && error.code === "EAGAIN";
}
