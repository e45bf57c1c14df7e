import type { Association, AssociationConfig } from "usctp/core";
import type { Host } from "../host.ts";
import type { LinkConditions } from "../link.ts";
import type { Network } from "../network.ts";
import { type Delivery, readAll } from "../traffic.ts";

/** Two hosts with two addresses each, joined pair by pair, and the association between them. */
export interface Stage {
  readonly a: Host;
  readonly z: Host;
  readonly fromA: Association;
  readonly fromZ: Association;
  /** What each of the two has read. */
  readonly readByA: readonly Delivery[];
  readonly readByZ: readonly Delivery[];
}

export const PRIMARY = ["10.0.0.1", "10.0.0.2"] as const;
export const SECONDARY = ["10.1.0.1", "10.1.0.2"] as const;
const PORT = 5_000;

/** Sets the two hosts up and connects A to Z; undefined when that does not come about within a minute. */
export function connectPair(
  network: Network,
  conditions: Partial<LinkConditions>,
  config: Partial<AssociationConfig> = {},
): Stage | undefined {
  const a = network.host("A", { addresses: [PRIMARY[0], SECONDARY[0]] });
  const z = network.host("Z", { addresses: [PRIMARY[1], SECONDARY[1]] });
  network.linkPairs(a, z, conditions);
  const readByA = readAll(a);
  const readByZ = readAll(z);
  z.endpoint({ port: PORT, config });
  const fromA = a.endpoint({ port: PORT, config }).connect(a.now, {
    port: PORT,
    addresses: z.addresses,
    udpPort: z.udpPort,
  });
  a.driver.wake();
  const established = (host: Host): boolean => host.events.some(({ type }) => type === "established");
  if (!network.runUntil(() => established(a) && established(z), 60_000)) return undefined;
  const fromZ = z.associations[0];
  return fromZ === undefined ? undefined : { a, z, fromA, fromZ, readByA, readByZ };
}

/** Lets A shut down, and says what is wrong when the two do not end in peace within a minute. */
export function shutDown(network: Network, { a, z, fromA }: Stage): string[] {
  fromA.shutdown(a.now);
  a.driver.wake();
  const end = (host: Host) => host.events.find((event) => event.type === "closed");
  network.runUntil(() => end(a) !== undefined && end(z) !== undefined, 60_000);
  return [a, z].flatMap((host) => {
    const reason = end(host)?.reason ?? "no end";
    return reason === "shutdown" ? [] : [`${host.name} ends with ${reason}`];
  });
}

/** A message of `length` bytes that carries its number. */
export function numbered(number: number, length: number): Uint8Array {
  const data = new Uint8Array(length).fill(number & 0xff);
  new DataView(data.buffer).setUint32(0, number);
  return data;
}

export function numberOf({ data }: Delivery): number {
  return new DataView(data.buffer, data.byteOffset).getUint32(0);
}

/** What is wrong when messages 0 to `count` - 1 should have come, each once and each stream in order. */
export function deliveryFaults(who: string, deliveries: readonly Delivery[], count: number): string[] {
  const numbers = deliveries.map(numberOf);
  const faults: string[] = [];
  const distinct = new Set(numbers);
  if (distinct.size < numbers.length)
    faults.push(`${who} reads ${numbers.length - distinct.size} messages twice`);
  if (distinct.size < count) faults.push(`${who} misses ${count - distinct.size} of ${count} messages`);
  const last = new Map<number, number>();
  for (const delivery of deliveries) {
    if (delivery.unordered) continue;
    const number = numberOf(delivery);
    if (number < (last.get(delivery.stream) ?? -1)) {
      faults.push(`${who} reads message ${number} of stream ${delivery.stream} out of order`);
      break;
    }
    last.set(delivery.stream, number);
  }
  return faults;
}

/** The longest time without a delivery between the first and the last one, ms. */
export function longestGap(deliveries: readonly Delivery[]): number {
  let longest = 0;
  for (const [index, { time }] of deliveries.entries()) {
    longest = Math.max(longest, time - (deliveries[index - 1]?.time ?? time));
  }
  return longest;
}
