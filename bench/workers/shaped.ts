import { type BindOptions, createSocket, type Socket } from "node:dgram";
import { numericLookup } from "../../src/datagram/numeric-lookup.ts";

/** Common header and DATA chunk header. */
export const HEADER = 28;
/** Where the packet's number stands, in a DATA packet and in an acknowledgement. */
export const NUMBER_AT = 12;
export const ACK_LENGTH = 28;

const BUFFER = 4_194_304;

/** A socket on 127.0.0.1 as the library opens it. */
export function openSocket(onBound: (socket: Socket) => void): void {
  const sizes = { recvBufferSize: BUFFER, sendBufferSize: BUFFER };
  const socket = createSocket({ type: "udp4", lookup: numericLookup, ...sizes });
  const where: BindOptions = { port: 0, address: "127.0.0.1" };
  socket.bind(where, () => onBound(socket));
}
