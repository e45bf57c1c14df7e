import { type AssociationConfig, defaultConfig } from "../../src/association/config.ts";
import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { nodeEnvironment } from "../../src/driver/node-environment.ts";
import { type Association, Stack } from "../../src/stack/index.ts";
import { type ExtensionSet, extensionConfig } from "./extension-sets.ts";
import { given, obey } from "./worker.ts";

/**
 * Both sides of an association in one process, without sockets: what the protocol itself costs, in slices that are short
 * enough for some of them to be left alone by whatever else the machine does.
 */

const UDP_PORT = 9_899;
const PORT = 5_000;
/** ms of a slice, about. */
const SLICE = 4;

const now = { ms: 0 };
const buffer = new Uint8Array(65_535);

function ip(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}

function side(address: string, config: Partial<AssociationConfig>) {
  const stack = new Stack({ environment: nodeEnvironment() });
  const endpoint = stack.createEndpoint({
    port: PORT,
    addresses: [ip(address)],
    listening: true,
    config: { ...defaultConfig, ...config },
  });
  return { stack, endpoint };
}

const { size, ours, peers } = given<{ size: number; ours: ExtensionSet; peers: ExtensionSet }>();
const a = side("10.0.0.1", extensionConfig(ours));
const z = side("10.0.0.2", extensionConfig(peers));
const arrived: Association[] = [];

/** All packets that a stack has, to the other one; whether there were any. */
function carry(from: Stack, to: Stack): boolean {
  let any = false;
  for (;;) {
    const transmit = from.pollTransmit(now.ms, buffer);
    if (transmit === undefined) return any;
    any = true;
    const { source, destination, length } = transmit;
    const bytes = buffer.slice(0, length);
    to.handleDatagram(now.ms, { bytes, source, sourcePort: UDP_PORT, destination });
  }
}

/** The messages that have come. */
function read(): number {
  let count = 0;
  for (let event = z.stack.pollEvent(); event !== undefined; event = z.stack.pollEvent()) {
    if (event.type !== "readable") continue;
    if (!arrived.includes(event.association)) arrived.push(event.association);
    while (event.association.receive() !== undefined) count += 1;
  }
  while (a.stack.pollEvent() !== undefined);
  return count;
}

/** Until nothing moves; then the clock goes on to the next timer. */
function exchange(): number {
  let count = 0;
  for (;;) {
    const moved = [carry(a.stack, z.stack), carry(z.stack, a.stack)].includes(true);
    count += read();
    if (!moved) break;
  }
  now.ms = Math.max(now.ms + 0.01, count > 0 ? 0 : Math.min(a.stack.pollTimeout(), z.stack.pollTimeout()));
  for (const { stack } of [a, z]) while (stack.handleTimeout(now.ms));
  return count;
}

const association = a.endpoint.connect(0, { port: PORT, addresses: [ip("10.0.0.2")], udpPort: UDP_PORT });
for (let i = 0; i < 5; i++) exchange();

const data = new Uint8Array(size);
const message = {
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

/** µs a message. */
function slice(lots: number): number {
  const begin = performance.now();
  for (let i = 0; i < lots; i++) {
    for (let j = 0; j < lot; j++) association.send(now.ms, message);
    for (let count = 0; count < lot; ) count += exchange();
  }
  return ((performance.now() - begin) * 1e3) / (lots * lot);
}

// As many messages at once as fill some packets, and no fewer than two.
const lot = Math.max(2, Math.ceil(40_000 / size));
for (const begin = performance.now(); performance.now() - begin < 1_500; ) slice(2);
const fewest = Math.min(...Array.from({ length: 10 }, () => slice(2)));
const lots = Math.max(1, Math.round((SLICE * 1e3) / (fewest * lot)));

obey(0, { slices: () => Array.from({ length: 25 }, () => slice(lots)) });
