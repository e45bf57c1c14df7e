import { Random, seededEnvironment } from "@usctp/sim";
import { type AssociationConfig, defaultConfig } from "../../src/association/config.ts";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { asTsn } from "../../src/base/serial.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import type { InitBody } from "../../src/packet/chunks/init-body.ts";
import { type DecodedPacket, decodePacket } from "../../src/packet/packet.ts";
import { PacketWriter } from "../../src/packet/writer.ts";
import { type Association, type Endpoint, Stack, type StackEvent } from "../../src/stack/index.ts";

/** What the tests of the stack share: stacks without a driver, fed and polled by hand. */

export function ip(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}

export const PORT = 5_000;
export const PEER_PORT = 6_000;
export const UDP_PORT = 9_899;
const PACKET = 65_535;

export function makeStack(label: string = "stack"): Stack {
  return new Stack({ environment: seededEnvironment(Random.of(1, label)) });
}

export function listen(
  stack: Stack,
  address: string,
  options: { readonly port?: number; readonly config?: Partial<AssociationConfig> } = {},
): Endpoint {
  return stack.createEndpoint({
    port: options.port ?? PORT,
    addresses: [ip(address)],
    listening: true,
    config: { ...defaultConfig, ...options.config },
  });
}

export interface PacketOptions {
  readonly tag: number;
  readonly from?: string;
  readonly to?: string;
  readonly udpPort?: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

export function packetOf(options: PacketOptions, ...chunks: readonly Chunk[]): Uint8Array {
  const writer = new PacketWriter();
  const into = new Uint8Array(PACKET);
  writer.reset(into, into.length, {
    sourcePort: options.sourcePort ?? PEER_PORT,
    destinationPort: options.destinationPort ?? PORT,
    tag: options.tag,
  });
  for (const chunk of chunks) if (!writer.add(chunk)) throw new Error(`${chunk.type} does not fit`);
  return into.slice(0, writer.finish());
}

/** Hands a packet of a made-up peer at 10.0.0.2 to the stack at 10.0.0.1. */
export function feed(stack: Stack, now: number, options: PacketOptions, ...chunks: readonly Chunk[]): void {
  stack.handleDatagram(now, {
    bytes: packetOf(options, ...chunks),
    source: ip(options.from ?? "10.0.0.2"),
    sourcePort: options.udpPort ?? UDP_PORT,
    destination: ip(options.to ?? "10.0.0.1"),
  });
}

export interface Sent extends DecodedPacket {
  readonly bytes: Uint8Array;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly destinationPort: number;
  readonly association: Association | undefined;
}

const buffer = new Uint8Array(PACKET);

/** The next packet of the stack. */
export function poll(stack: Stack, now: number): Sent | undefined {
  const transmit = stack.pollTransmit(now, buffer);
  if (transmit === undefined) return undefined;
  const bytes = buffer.slice(0, transmit.length);
  const packet = decodePacket(bytes);
  if (packet === undefined) throw new Error("the stack sends what is no SCTP packet");
  const { source, destination, destinationPort, association } = transmit;
  return { ...packet, bytes, source, destination, destinationPort: destinationPort, association };
}

export function pollAll(stack: Stack, now: number): Sent[] {
  const all: Sent[] = [];
  for (let packet = poll(stack, now); packet !== undefined; packet = poll(stack, now)) all.push(packet);
  return all;
}

export function events(stack: Stack): StackEvent[] {
  const all: StackEvent[] = [];
  for (let event = stack.pollEvent(); event !== undefined; event = stack.pollEvent()) all.push(event);
  return all;
}

/** Carries what two stacks send to each other until neither has more; nothing is lost and no time passes. */
export function exchange(now: number, ...stacks: readonly Stack[]): void {
  for (let moved = true; moved; ) {
    moved = false;
    for (const from of stacks) {
      for (const packet of pollAll(from, now)) {
        moved = true;
        for (const to of stacks) if (to !== from) carry(to, now, packet);
      }
    }
  }
}

export function carry(to: Stack, now: number, packet: Sent): void {
  to.handleDatagram(now, {
    bytes: packet.bytes,
    source: packet.source,
    sourcePort: UDP_PORT,
    destination: packet.destination,
  });
}

export const INIT: InitBody = {
  initiateTag: 0x0a0b0c0d,
  receiverWindow: 1_000_000,
  outboundStreams: 10,
  inboundStreams: 10,
  initialTsn: asTsn(1_000),
  parameters: [],
};

/** The handshake of a made-up peer; the tag that the stack wants to see. */
export function associate(
  stack: Stack,
  now: number,
  options: Omit<PacketOptions, "tag"> = {},
  parts: Partial<InitBody> = {},
): number {
  feed(stack, now, { ...options, tag: 0 }, { type: "INIT", ...INIT, ...parts });
  const initAck = poll(stack, now)?.chunks[0];
  if (initAck?.type !== "INIT-ACK") throw new Error("no INIT ACK");
  const parameter = initAck.parameters.find(({ type }) => type === "STATE-COOKIE");
  if (parameter?.type !== "STATE-COOKIE") throw new Error("no cookie");
  const tag = initAck.initiateTag;
  feed(stack, now, { ...options, tag }, { type: "COOKIE-ECHO", cookie: parameter.cookie });
  pollAll(stack, now);
  return tag;
}
