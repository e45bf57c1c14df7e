import type { Association, PathStatus } from "usctp/core";

/** What an association says of itself. */
export type Figures = Pick<
  Association,
  | "bufferedBytes"
  | "outstandingChunks"
  | "bytesInFlight"
  | "unreadBytes"
  | "unreadMessages"
  | "config"
  | "advertisedWindow"
  | "peerWindow"
  | "state"
> & { readonly paths: readonly PathFigures[] };

export type PathFigures = Pick<
  PathStatus,
  "destination" | "cwnd" | "ssthresh" | "flightSize" | "rto" | "errors" | "mtu"
>;

/** Chunks that are sent and not acknowledged, at most. */
const MOST_OUTSTANDING = 131_072;
/** A datagram may bring more than the receive buffer has left, and what fills a gap is taken up to as much again. */
const LARGEST_DATAGRAM = 1_500;
const LARGEST_ERRORS = 1_000;
const SMALLEST_MTU = 512;
/** RFC 9260 §3.3.2: the a_rwnd of an INIT is never smaller. */
const LEAST_WINDOW = 1_500;

/** Which of its figures cannot be; `receiveBuffer`: the largest one that it has had, bytes. */
export function outOfBounds(
  figures: Figures,
  receiveBuffer: number = figures.config.receiveBuffer,
): string[] {
  const { bufferedBytes, outstandingChunks, bytesInFlight, unreadBytes, config } = figures;
  const { advertisedWindow, peerWindow, paths } = figures;
  const faults: string[] = [];
  const within = (value: number, low: number, high: number, what: string): void => {
    // Written so that NaN is outside.
    if (!(value >= low && value <= high)) faults.push(`${what} is ${value}`);
  };
  within(bufferedBytes, 0, Number.MAX_SAFE_INTEGER, "bufferedBytes");
  within(outstandingChunks, 0, MOST_OUTSTANDING, "outstandingChunks");
  within(bytesInFlight, 0, Number.MAX_SAFE_INTEGER, "bytesInFlight");
  within(unreadBytes, 0, 2 * receiveBuffer + LARGEST_DATAGRAM, `unreadBytes of ${receiveBuffer}`);
  within(figures.unreadMessages, 0, unreadBytes, "unreadMessages");
  within(advertisedWindow, 0, Math.max(receiveBuffer, LEAST_WINDOW), "advertisedWindow");
  within(peerWindow, 0, 2 ** 32 - 1, "peerWindow");
  if (figures.state === "closed") return faults;
  let flight = 0;
  for (const { destination, cwnd, ssthresh, flightSize, rto, errors, mtu } of paths) {
    flight += flightSize;
    within(flightSize, 0, Number.MAX_SAFE_INTEGER, `the flight size of ${destination}`);
    within(cwnd, 0, Number.MAX_SAFE_INTEGER, `the cwnd of ${destination}`);
    within(ssthresh, 0, Number.POSITIVE_INFINITY, `the ssthresh of ${destination}`);
    const shortest = Math.min(config.rtoMin, config.rtoInitial);
    within(rto, shortest, Math.max(config.rtoMax, config.rtoInitial), `the RTO of ${destination}`);
    within(errors, 0, LARGEST_ERRORS, `the error count of ${destination}`);
    within(mtu, SMALLEST_MTU, 65_535, `the MTU of ${destination}`);
  }
  if (flight > 0 && bytesInFlight <= 0) faults.push(`${flight} bytes are in flight with nothing outstanding`);
  return faults;
}
