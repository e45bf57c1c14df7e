export type {
  DatagramReceiver,
  DatagramTransport,
  ErrorDetection,
  SendCallback,
} from "../datagram/datagram-transport.ts";
export { localAddressesTowards } from "../datagram/local-addresses.ts";
export { fromDgramSocket } from "../datagram/own-socket.ts";
export { resolveHost } from "../datagram/routes.ts";
export { type UdpOptions, UdpTransport } from "../datagram/udp.ts";
export { Capture, type CaptureTarget } from "./capture/capture.ts";
export { type CapturedDatagram, encodeCaptureStart, encodeDatagram } from "./capture/encode.ts";
export { captureEndpoint } from "./capture/endpoint-capture.ts";
export type { DatagramEnds } from "./capture/headers.ts";
export type { DatagramTap, DrivenStack, Driver, EventListener } from "./driver.ts";
export { DriverLease, type LeaseListener } from "./driver-lease.ts";
export { type Lease, LeasedEndpoint } from "./leased-endpoint.ts";
export { nodeEnvironment } from "./node-environment.ts";
export { acquireDriver, adoptTransport } from "./process-drivers.ts";
export type { DriverRequest } from "./shared-drivers.ts";
export { type DriverStatistics, type Surroundings, UdpDriver, type UdpDriverOptions } from "./udp-driver.ts";
export {
  type VirtualDatagram,
  VirtualDriver,
  type VirtualDriverOptions,
  type VirtualWorld,
} from "./virtual-driver.ts";
