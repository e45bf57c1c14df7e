import type { Socket as DgramSocket } from "node:dgram";
import { once } from "node:events";
import { addressScope, parseAddress } from "../../base/address.ts";
import { SctpError } from "../../base/error.ts";
import { type DatagramTransport, fromDgramSocket, localAddressesTowards } from "../../driver/index.ts";

/** A `udpTransport` as the message API takes it, and the peer that it was connected to, if it was. */
export interface AdoptedTransport {
  readonly transport: DatagramTransport;
  readonly peer: { readonly address: string; readonly port: number } | undefined;
}

/**
 * Makes a transport of a caller's dgram socket, once it is bound. A connected one is disconnected: SCTP must be able
 * to send anywhere, and its peer is kept as the peer of the association. Of a wildcard the address is taken that the
 * system reaches `towards` from.
 *
 * Rejects with ERR_SCTP_INVALID_STATE, ERR_SCTP_INVALID_ADDRESS, the socket's error, the signal's reason.
 */
export async function adoptDgramSocket(
  socket: DgramSocket,
  towards: string | undefined,
  signal: AbortSignal,
): Promise<AdoptedTransport> {
  // `bind` is done a moment after it was called, and who hands the socket in does not wait for it.
  if (!isBound(socket)) await once(socket, "listening", { signal });
  const peer = connectedPeer(socket);
  if (peer !== undefined) socket.disconnect();
  const local = await localAddress(socket, towards ?? peer?.address);
  return { transport: fromDgramSocket(socket, local), peer };
}

/** undefined where the socket's own address will do. */
async function localAddress(socket: DgramSocket, towards: string | undefined): Promise<string | undefined> {
  const bound = parseAddress(socket.address().address);
  if (bound === undefined || addressScope(bound) !== "unspecified") return undefined;
  const peer = towards === undefined ? undefined : parseAddress(towards);
  if (peer !== undefined) return (await localAddressesTowards([peer]))[0];
  throw new SctpError(
    "ERR_SCTP_INVALID_ADDRESS",
    `udpTransport is bound to ${bound}, and no udpPeer tells which of our addresses that stands for: bind it to one`,
  );
}

function isBound(socket: DgramSocket): boolean {
  try {
    socket.address();
    return true;
  } catch {
    return false;
  }
}

function connectedPeer(socket: DgramSocket): { address: string; port: number } | undefined {
  try {
    return socket.remoteAddress();
  } catch {
    return undefined;
  }
}
