import { SHUT_RD, SHUT_RDWR, SHUT_WR } from "./constants.ts";
import { SocketError } from "./errors.ts";
import type { SocketPort } from "./port.ts";
import type { SocketAssociation } from "./socket-association.ts";
import type { SocketState } from "./socket-state.ts";

/** shutdown() of one-to-one sockets (RFC 6458 §4.1.7). */
export function shutdown(socket: SocketState, how: unknown): void {
  socket.checkOpen("shutdown");
  if (how !== SHUT_RD && how !== SHUT_WR && how !== SHUT_RDWR) {
    throw new SocketError("EINVAL", "shutdown", "how is SHUT_RD, SHUT_WR or SHUT_RDWR");
  }
  if (socket.style === "one-to-many") {
    throw new SocketError(
      "EOPNOTSUPP",
      "shutdown",
      "a one-to-many socket shuts one association down with SCTP_EOF",
    );
  }
  const association = socket.single;
  if (association === undefined && !socket.wasConnected) {
    throw new SocketError("ENOTCONN", "shutdown", "the socket is not connected");
  }
  if (how !== SHUT_WR) {
    socket.cannotRead = true;
    association?.discard();
    socket.wakeReaders();
  }
  if (how === SHUT_RD) return;
  socket.cannotWrite = true;
  const port = socket.bound("shutdown");
  if (association !== undefined) finish(association, port);
}

/** Shuts an association down (RFC 9260 §9.2). */
export function finish(association: SocketAssociation, { driver }: SocketPort): void {
  association.finish(() => {
    association.core.shutdown(driver.now());
    driver.wake();
  });
}

/** close() (RFC 6458 §3.1.5, §4.1.6), with SO_LINGER (§8.1.4). */
export async function close(socket: SocketState): Promise<void> {
  socket.checkOpen("close");
  socket.closed = true;
  socket.backlog = 0;
  socket.wakeReaders();
  // A binding that goes on gives its addresses back when it finds the socket closed.
  await socket.binding;
  const { port } = socket;
  if (port === undefined) return;
  if (port.listener === socket) {
    port.listener = undefined;
    port.endpoint.listening = false;
  }
  for (let child = socket.acceptable.shift(); child !== undefined; child = socket.acceptable.shift())
    child.abandon();
  const { l_onoff, l_linger } = socket.settings.linger;
  const isAbort = l_onoff !== 0 && l_linger === 0;
  const associations = [...socket.associations.values()];
  for (const association of associations) {
    if (isAbort) association.core.abort(new Uint8Array(0));
    else finish(association, port);
    association.leave();
    socket.release(association);
  }
  port.driver.wake();
  port.release();
  // The shutdown goes on by itself.
  if (associations.length > 0 && l_onoff === 0) return;
  const isOver = over(associations, port);
  if (isAbort || associations.length === 0) await isOver;
  else await lingering(isOver, l_linger);
}

/** Resolves when the associations have ended and, unless others go on using the port, everything is given back. */
async function over(associations: readonly SocketAssociation[], port: SocketPort): Promise<void> {
  for (const association of associations) await association.ended();
  if (!port.isShared) await port.released;
}

/** ms; a timer of Node's takes no more. */
const LONGEST_TIMER = 0x7fff_ffff;

/** RFC 6458 §8.1.4: "close() can be blocked for at most linger_time", seconds. */
async function lingering(isOver: Promise<void>, seconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(seconds * 1_000, LONGEST_TIMER));
  });
  await Promise.race([isOver, late]);
  clearTimeout(timer);
}
