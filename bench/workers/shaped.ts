import { type BindOptions, createSocket, type Socket } from "node:dgram";
import { numericLookup } from "../../src/datagram/numeric-lookup.ts";

/** Common header and DATA chunk header. */
export const HEADER = 28;
/** Where the packet's number stands, in a DATA packet and in an acknowledgement. */
export const NUMBER_AT = 12;
export const ACK_LENGTH = 28;

const BUFFER = 4_194_304;

/** What a sender of bare datagrams is started with. */
export interface LoopOptions {
  readonly addresses: readonly [string];
  readonly localAddresses: readonly [string];
  readonly udpPort: number;
  /** Bytes of a datagram. */
  readonly size: number;
}

/** A socket as the library opens it. */
export function openSocket(address: string, onBound: (socket: Socket) => void): void {
  const sizes = { recvBufferSize: BUFFER, sendBufferSize: BUFFER };
  const socket = createSocket({ type: "udp4", lookup: numericLookup, ...sizes });
  const where: BindOptions = { port: 0, address };
  socket.bind(where, () => onBound(socket));
}
