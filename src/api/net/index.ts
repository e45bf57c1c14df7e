export type { MessageBuffer, MessageProperties } from "./buffers.ts";
export type { SctpDefaults } from "./defaults.ts";
export type { SystemError } from "./errors.ts";
export * from "./exports.ts";
// For `import sctp from "usctp/net"`, as programs written for the two packages have it.
export * as default from "./exports.ts";
export type { Notification, ParsedNotification } from "./notifications.ts";
export type {
  AssociationOptions,
  ConnectOptions,
  ListenOptions,
  MessageDefaults,
  SackOptions,
  ServerOptions,
  SocketOptions,
  UdpPeer,
} from "./options.ts";
export type { DroppedPeer, ServerEvents } from "./server.ts";
export type { AddressInfo } from "./socket.ts";
export type { PeerAddressInfo, SocketStatus } from "./status.ts";
export type { InboundStream, OutboundStream } from "./streams.ts";
