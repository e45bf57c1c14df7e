/** `usctp/socket`: the sockets API of RFC 6458. */

export * from "./constants.ts";
export { type ErrnoName, SocketError } from "./errors.ts";
export { ImmediateCalls, type ReceivedMsg, type ReceivedV, type SctpReceivedMsg } from "./immediate.ts";
export { decodeNotification, encodeNotification } from "./notification-bytes.ts";
export type * from "./notifications.ts";
export type { OptionName, OptionQuery, OptionTypes } from "./options/option-types.ts";
export type { SctpSendmsgOptions, SctpSendxOptions, SendvOptions } from "./send-requests.ts";
export type { FullSockAddr, SockAddr } from "./sockaddr.ts";
export { SctpSocket, socket } from "./socket.ts";
export type { SocketOptions } from "./socket-state.ts";
export type * from "./structures.ts";
