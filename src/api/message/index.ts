export type { AssociationConfig } from "../../association/config.ts";
export type {
  AddressChange,
  CloseReason,
  PathChange,
  PathState,
  PathStatus,
} from "../../association/events.ts";
export type { StreamsToAdd, StreamsToReset } from "../../association/reconfig/commands.ts";
export type { AssociationStatistics } from "../../association/statistics.ts";
export { type IpAddress, parseAddress } from "../../base/address.ts";
export { SctpError, type SctpErrorCode } from "../../base/error.ts";
export type {
  DatagramReceiver,
  DatagramTransport,
  ErrorDetection,
  SendCallback,
} from "../../driver/index.ts";
export type { Cause } from "../../packet/causes/cause.ts";
export type { AgreedExtensions } from "./agreed.ts";
export type { AssociationIterator } from "./arrivals.ts";
export { Association, type CloseOptions } from "./association.ts";
export type {
  AddressChangeEvent,
  AssociationEvents,
  PartialAborted,
  PathEvent,
} from "./association-events.ts";
export type { AuthenticationOptions, ProtocolOptions } from "./config-options.ts";
export { connect } from "./connect.ts";
export { createEndpoint, Endpoint } from "./endpoint.ts";
export type { CloseInfo } from "./errors.ts";
export type { LocalCloseOptions, LocalEndpointEvents } from "./local-endpoint.ts";
export type { FailedMessage, Message, MessageOptions, SendOptions } from "./message.ts";
export type {
  CaptureOptions,
  ChangeableOptions,
  ConnectOptions,
  EndpointOptions,
  IncomingInfo,
  ListenOptions,
  LocalOptions,
  PeerOptions,
  ServerOptions,
} from "./options.ts";
export type { MessageIterator } from "./receiving.ts";
export type { AssociationReset, Reconfigured, StreamsAdded, StreamsReset } from "./reconfiguring.ts";
export { createServer, Server } from "./server.ts";
export { AssociationStream, type StreamOptions, type StreamWritable } from "./stream.ts";
