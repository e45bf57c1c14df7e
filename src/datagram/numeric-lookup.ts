/**
 * In place of dns.lookup for sockets that are only given addresses, never names: without it dgram would go through the
 * resolver's machinery for every datagram, and send a tick later. dgram does not read the family of the answer.
 */
export function numericLookup(
  address: string,
  _options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  callback(null, address, 0);
}
