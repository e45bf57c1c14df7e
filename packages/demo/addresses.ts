import { type IpAddress, parseAddress } from "usctp";
import { UdpTransport } from "usctp/driver";

/** The addresses of the two processes, two each. The first of the receiver's is the primary. */
export interface Sides {
  readonly sender: readonly [IpAddress, IpAddress];
  readonly receiver: readonly [IpAddress, IpAddress];
}

const CANDIDATES = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "::1"];

/** Those on which a UDP socket opens. Linux and Windows have all of 127.0.0.0/8, macOS 127.0.0.1 alone. */
export async function availableAddresses(): Promise<string[]> {
  const opened = await Promise.all(CANDIDATES.map(opens));
  return CANDIDATES.filter((_, index) => opened[index] === true);
}

async function opens(text: string): Promise<boolean> {
  try {
    const transport = await UdpTransport.open({ port: 0, addresses: [ip(text)] });
    await transport.close();
    return true;
  } catch {
    return false;
  }
}

/**
 * Two addresses for each side, four different ones if there are. Two that both sides share do as well, since their UDP
 * ports differ. Throws when there are fewer.
 */
export function chooseSides(available: readonly string[]): Sides {
  const ipv4 = available.filter((address) => !address.includes(":"));
  const [first, second, third, fourth] = [...ipv4, ...available.filter((address) => address.includes(":"))];
  if (first === undefined || second === undefined) {
    throw new Error(
      `this machine has too few loopback addresses: ${CANDIDATES.join(", ")} were tried, of which a UDP socket opens ` +
        `on ${available.length === 0 ? "none" : available.join(", ")}, and two are needed. ` +
        "Bring the loopback interface up (ip link set lo up), or enable IPv6 on it",
    );
  }
  const receiver = [ip(first), ip(second)] as const;
  // A path runs within one family, so a fourth address of the other one is no partner.
  if (ipv4.length < 4 || third === undefined || fourth === undefined) return { sender: receiver, receiver };
  return { sender: [ip(third), ip(fourth)], receiver };
}

function ip(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is not an IP address`);
  return address;
}
