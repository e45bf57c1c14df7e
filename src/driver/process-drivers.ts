import type { DatagramTransport } from "../datagram/datagram-transport.ts";
import { Stack, type StackLimits } from "../stack/index.ts";
import { DriverLease } from "./driver-lease.ts";
import { type DriverRequest, SharedDrivers } from "./shared-drivers.ts";
import { type Surroundings, UdpDriver } from "./udp-driver.ts";

const createStack = (surroundings: Surroundings): Stack => new Stack(surroundings);

const drivers: SharedDrivers = new SharedDrivers(createStack);

/**
 * A share in the driver of this process on `udpPort`, opened if there is none. Rejects with an `SctpError`:
 * ERR_SCTP_PORT_IN_USE, ERR_SCTP_ADDRESS_UNAVAILABLE, ERR_SCTP_PERMISSION, ERR_SCTP_INVALID_ADDRESS,
 * ERR_SCTP_INVALID_OPTION, ERR_SCTP_LOOKUP, ERR_SCTP_SOCKET. Then nothing was opened.
 */
export function acquireDriver(request: DriverRequest): Promise<DriverLease> {
  return drivers.acquire(request);
}

/**
 * A driver over a transport of the caller's, shared with nobody. The transport belongs to it, and is closed when the
 * lease is released.
 */
export function adoptTransport(transport: DatagramTransport, limits?: StackLimits): DriverLease {
  const driver = new UdpDriver({ transport, limits, createStack });
  return new DriverLease({
    driver,
    held: transport.addresses,
    skipped: [],
    selection: { fixed: transport.addresses, current: undefined },
    listener: {},
    onRelease: () => driver.close(),
  });
}
