/** `usctp/core`: the stack with its associations, without clock, timer, socket or randomness (sans-I/O). */

export { type AssociationConfig, defaultConfig, type PathConfig } from "../association/config.ts";
export type {
  CloseReason,
  IncomingMessage,
  OutgoingMessage,
  PathChange,
  PathState,
  PathStatus,
  Reliability,
  SendFailure,
} from "../association/events.ts";
export type { StreamsToAdd, StreamsToReset } from "../association/reconfig/commands.ts";
export type { ReconfigResult } from "../association/reconfig/result.ts";
export type { Abandoned } from "../association/send/reliability/abandoned-counters.ts";
export type { PolicyName } from "../association/send/reliability/policy.ts";
export type { StateName } from "../association/state.ts";
export type { AssociationStatistics } from "../association/statistics.ts";
export {
  type AddressFamily,
  type AddressScope,
  addressFamily,
  addressScope,
  type IpAddress,
  isUsablePeer,
  parseAddress,
} from "../base/address.ts";
export type { Environment } from "../base/environment.ts";
export { SctpError, type SctpErrorCode } from "../base/error.ts";
export { portableEnvironment } from "../base/portable-environment.ts";
export type { Cause } from "../packet/causes/cause.ts";
export { describePacket } from "../packet/describe.ts";
export type { Datagram, Transmit, TransmitError } from "./datagram.ts";
export type { DropReason } from "./demultiplex.ts";
export { type Association, type ConnectOptions, Endpoint, type EndpointOptions } from "./endpoint.ts";
export type { StackEvent } from "./events.ts";
export { defaultLimits, type StackLimits, type StackOptions } from "./options.ts";
export { Stack, type StackStatistics } from "./stack.ts";
