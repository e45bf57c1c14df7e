import { performance } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";
import type { IpAddress } from "../../base/address.ts";
import { destinationPort, HEADER_LENGTH, sourcePort } from "../../packet/packet.ts";
import type { Endpoint } from "../../stack/index.ts";
import type { Driver } from "../driver.ts";
import type { Capture } from "./capture.ts";

/** ms by which the steady clock may have left the wall clock since the process began. */
const CLOCK_TOLERANCE = 2;

/**
 * Captures the packets of one endpoint: of its SCTP port at its addresses, whoever else uses the UDP port. (Endpoints
 * that share an SCTP port, too, are captured together: of a packet alone nobody can say which of them it is for.)
 *
 * Returns what ends it: it resolves when the capture is written. To be called when the endpoint's share in the driver
 * has been given back.
 */
export function captureEndpoint(capture: Capture, driver: Driver, endpoint: Endpoint): () => Promise<void> {
  const origin = nanoseconds(wallClock() - driver.now());
  const time = (): bigint => origin + nanoseconds(driver.now());
  const isOurs = (bytes: Uint8Array, port: number, address: IpAddress): boolean =>
    bytes.length >= HEADER_LENGTH && port === endpoint.port && endpoint.addresses.includes(address);
  const { udpPort } = driver;
  const untap = driver.tap({
    onSent(bytes, source, destination, port) {
      if (!isOurs(bytes, sourcePort(bytes), source)) return;
      const ends = { source, sourcePort: udpPort, destination, destinationPort: port };
      capture.add({ bytes, ...ends, time: time(), direction: "out" });
    },
    onReceived(bytes, source, port, destination) {
      if (!isOurs(bytes, destinationPort(bytes), destination)) return;
      const ends = { source, sourcePort: port, destination, destinationPort: udpPort };
      capture.add({ bytes, ...ends, time: time(), direction: "in" });
    },
  });
  return async () => {
    // What ended the last association (an ABORT, say) leaves in the next turn of a driver that others share.
    await turn();
    await turn();
    untap();
    await capture.end();
  };
}

/** ms since 1970, with the fractions of the steady clock, unless the wall clock was set meanwhile. */
function wallClock(): number {
  const steady = performance.timeOrigin + performance.now();
  return Math.abs(steady - Date.now()) < CLOCK_TOLERANCE ? steady : Date.now();
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}
