import { type AssociationConfig, defaultConfig } from "../../src/association/config.ts";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { nodeEnvironment } from "../../src/driver/node-environment.ts";
import { type Association, type Endpoint, type OutgoingMessage, Stack } from "../../src/stack/index.ts";

export const UDP_PORT = 9_899;
export const PORT = 5_000;

/** One of two stacks in one process, without sockets and without a clock of its own. */
export interface Side {
  readonly stack: Stack;
  readonly endpoint: Endpoint;
  readonly address: IpAddress;
}

export function coreSide(text: string, config: Partial<AssociationConfig>): Side {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  const stack = new Stack({ environment: nodeEnvironment() });
  const endpoint = stack.createEndpoint({
    port: PORT,
    addresses: [address],
    listening: true,
    config: { ...defaultConfig, ...config },
  });
  return { stack, endpoint, address };
}

/** A packet on its way. */
export interface Packet {
  readonly bytes: Uint8Array;
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
}

const buffer = new Uint8Array(65_535);

/** The next packet that a stack has; undefined when it has none. */
export function nextPacket(stack: Stack, now: number): Packet | undefined {
  const transmit = stack.pollTransmit(now, buffer);
  if (transmit === undefined) return undefined;
  const { source, destination, length } = transmit;
  return { bytes: buffer.slice(0, length), source, sourcePort: UDP_PORT, destination };
}

/** The associations from which something can be read; all other events are forgotten. */
export function readable(stack: Stack): Association[] {
  const list: Association[] = [];
  for (let event = stack.pollEvent(); event !== undefined; event = stack.pollEvent()) {
    if (event.type === "readable") list.push(event.association);
  }
  return list;
}

export function connectTo(side: Side, peer: Side, now: number): Association {
  return side.endpoint.connect(now, { port: PORT, addresses: [peer.address], udpPort: UDP_PORT });
}

/** A whole, ordered, reliable message on stream 0. */
export function plainMessage(data: Uint8Array): OutgoingMessage {
  return {
    data,
    stream: 0,
    ppid: 0,
    unordered: false,
    more: false,
    context: undefined,
    notify: false,
    immediate: false,
    destination: undefined,
    lifetime: Number.POSITIVE_INFINITY,
  };
}
