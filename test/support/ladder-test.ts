import {
  type Delivery,
  type Host,
  Ladder,
  type LinkConditions,
  message,
  Network,
  type Passage,
  readAll,
} from "@usctp/sim";
import { test } from "vitest";
import type { AssociationConfig } from "../../src/association/config.ts";
import type { OutgoingMessage } from "../../src/association/events.ts";
import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import { decodePacket } from "../../src/packet/packet.ts";
import {
  type Association,
  type Environment,
  Stack,
  type StackEvent,
  type StackOptions,
} from "../../src/stack/index.ts";
import { ScriptedPeer } from "./scripted-peer.ts";

/** Tests of associations in virtual time that read as ladder diagrams: who sent what, in which order. */

export type ChunkName = Chunk["type"];
export type SideName = "A" | "Z";

export interface PairOptions {
  /** For both sides; those of one side come on top. */
  readonly config?: Partial<AssociationConfig>;
  readonly configA?: Partial<AssociationConfig>;
  readonly configZ?: Partial<AssociationConfig>;
  /** Of the link, or of each of the links. Default: 10 ms one way, nothing else. */
  readonly conditions?: Partial<LinkConditions>;
  /** Addresses a side: 10.0.0.x, 10.1.0.x, ... Default 1. */
  readonly paths?: number;
  /** How many of its addresses the endpoint has at first. Default: all. */
  readonly boundA?: number;
  readonly boundZ?: number;
  /** The addresses of the last path are IPv6: fd00:x::. */
  readonly lastIsIpv6?: boolean;
  /** Of both stacks, besides their environment. */
  readonly stack?: Omit<StackOptions, "environment">;
  /** Z reads what comes as soon as it comes, and so does A. Default true. */
  readonly reading?: boolean;
  readonly seed?: number;
  /** Random numbers of 32 bits, the first TSNs among them, are of the last 256: TSNs wrap soon. Default false. */
  readonly nearWrap?: boolean;
}

export const PORT_A = 5_001;
export const PORT_Z = 5_002;
const LINES_OF_A_FAILURE = 60;

/** A and Z on one network, with what they have sent and heard. */
export interface Pair {
  readonly network: Network;
  readonly a: Side;
  readonly z: Side;
  /** Each packet since the last call, as "A → INIT", "Z → SACK DATA", or "A ✗ DATA" when it was lost. */
  rungs(): string[];
  /** Loses packets of one side that have a chunk of this type: the n-th from now on (1 the first), and so many. */
  lose(side: SideName, chunk: ChunkName, options?: { readonly nth?: number; readonly count?: number }): void;
  /** Loses every packet of one side, or of both, until the returned function is called. */
  silence(...sides: readonly SideName[]): () => void;
  /** Goes on until `predicate` holds; a failure when it does not within `limit` ms (default 60,000). */
  until(what: string, predicate: () => boolean, limit?: number): void;
  /** A connects, and both are established. The rungs of it are forgotten. */
  connect(): void;
}

/** One of two stacks, with its endpoint and its association. */
export class Side {
  readonly host: Host;
  readonly deliveries: readonly Delivery[];
  readonly #passages: Passage[] = [];
  readonly #config: Partial<AssociationConfig>;
  readonly #port: number;
  readonly #peerPort: number;
  readonly #bound: number | undefined;
  #peerHost: Host | undefined;
  #peerBound: number | undefined;
  #endpoint: ReturnType<Host["endpoint"]> | undefined;
  #connected: Association | undefined;

  constructor(
    network: Network,
    host: Host,
    config: Partial<AssociationConfig>,
    options: { readonly reading: boolean; readonly bound?: number | undefined },
  ) {
    const { reading, bound } = options;
    this.host = host;
    this.#bound = bound;
    this.#config = config;
    this.#port = host.name === "A" ? PORT_A : PORT_Z;
    this.#peerPort = host.name === "A" ? PORT_Z : PORT_A;
    this.deliveries = reading ? readAll(host) : [];
    network.tap((passage) => {
      if (host.addresses.includes(passage.source)) this.#passages.push(passage);
    });
  }

  set peer(peer: Side) {
    this.#peerHost = peer.host;
    this.#peerBound = peer.#bound;
  }

  /** Its endpoint gets these addresses, or loses them. */
  add(...addresses: readonly string[]): void {
    this.open().addAddresses(this.host.now, addresses as Host["addresses"]);
    this.host.driver.wake();
  }

  remove(...addresses: readonly string[]): void {
    this.open().removeAddresses(this.host.now, addresses as Host["addresses"]);
    this.host.driver.wake();
  }

  /** Opens the SCTP port, once. */
  open(): ReturnType<Host["endpoint"]> {
    const addresses = this.host.addresses.slice(0, this.#bound);
    this.#endpoint ??= this.host.endpoint({ port: this.#port, addresses, config: this.#config });
    return this.#endpoint;
  }

  connect(
    addresses: readonly Host["addresses"][number][] = this.#peerHost?.addresses.slice(0, this.#peerBound) ??
      [],
  ): Association {
    const udpPort = this.#peerHost?.udpPort ?? this.host.udpPort;
    const association = this.open().connect(this.host.now, { port: this.#peerPort, addresses, udpPort });
    this.#connected = association;
    this.host.driver.wake();
    return association;
  }

  /** The one that was connected from here last, else the latest that the peer opened. */
  get association(): Association {
    const association = this.#connected ?? this.host.associations.at(-1);
    if (association === undefined) throw new Error(`${this.host.name} has no association`);
    return association;
  }

  /** Sends bytes, or so many of them. What send() says is returned. */
  send(data: Uint8Array | number, options: Partial<OutgoingMessage> = {}): boolean {
    const bytes = typeof data === "number" ? pattern(data) : data;
    const more = this.association.send(this.host.now, message(bytes, options));
    this.host.driver.wake();
    return more;
  }

  shutdown(): void {
    this.association.shutdown(this.host.now);
    this.host.driver.wake();
  }

  abort(reason: Uint8Array = new Uint8Array(0)): void {
    this.association.abort(reason);
    this.host.driver.wake();
  }

  /** The events of one type, in order. */
  events<T extends StackEvent["type"]>(type: T): Extract<StackEvent, { type: T }>[] {
    return this.host.events.filter((event): event is Extract<StackEvent, { type: T }> => event.type === type);
  }

  /** How the association ended, if it did. */
  get end(): string | undefined {
    return this.events("closed").at(-1)?.reason;
  }

  get established(): boolean {
    return this.events("established").length > 0;
  }

  /** Every chunk of that type that was sent so far, with the time, lost ones too. */
  sent<T extends ChunkName>(type: T): (Extract<Chunk, { type: T }> & { readonly time: number })[] {
    return this.#passages.flatMap(({ bytes, time }) =>
      (decodePacket(bytes)?.chunks ?? [])
        .filter((chunk): chunk is Extract<Chunk, { type: T }> => chunk.type === type)
        .map((chunk) => ({ ...chunk, time })),
    );
  }

  /** Every packet that was sent so far. */
  get packets(): readonly Passage[] {
    return this.#passages;
  }
}

/** So many bytes that are not all the same. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff);
}

/** The types of a packet's chunks, as in "SACK DATA DATA". */
export function chunkNames(bytes: Uint8Array): string {
  return (decodePacket(bytes)?.chunks ?? []).map(({ type }) => type).join(" ");
}

/** A test between two of our stacks. When it fails, the error shows the ladder. */
export function ladderTest(name: string, options: PairOptions, body: (pair: Pair) => void): void {
  test(name, () => {
    const network = new Network({ seed: options.seed ?? 1 });
    withLadder(network, () => body(makePair(network, options)));
  });
}

/** One of our stacks (A), and a peer that the test plays itself, packet by packet. */
export interface Script {
  readonly network: Network;
  readonly a: Side;
  readonly peer: ScriptedPeer;
}

/** A test between one of our stacks and hand-made packets. */
export function scriptedTest(
  name: string,
  options: Pick<PairOptions, "config" | "reading" | "seed" | "paths" | "boundA" | "stack">,
  body: (script: Script) => void,
): void {
  test(name, () => {
    const network = new Network({ seed: options.seed ?? 1 });
    withLadder(network, () => {
      const host = network.host("A", {
        addresses: addressesOf(1, options.paths ?? 1),
        stack: (environment) => new Stack({ ...options.stack, environment }),
      });
      const { config = {}, reading = true, boundA } = options;
      const a = new Side(network, host, config, { reading, bound: boundA });
      const peer = new ScriptedPeer(network, {
        address: "10.0.0.2",
        port: PORT_Z,
        peerPort: PORT_A,
        peer: host,
      });
      network.link("10.0.0.1", "10.0.0.2", { delay: 10, oversize: "fragment" });
      a.open();
      body({ network, a, peer });
    });
  });
}

function withLadder(network: Network, body: () => void): void {
  const ladder = new Ladder(network, { keep: LINES_OF_A_FAILURE });
  try {
    body();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    error.message += `\n\nuntil ${network.now} ms, seed ${network.seed}:\n${ladder}`;
    throw error;
  }
}

function addressesOf(last: number, count: number, lastIsIpv6: boolean = false): string[] {
  const addresses = Array.from({ length: count }, (_, path) => `10.${path}.0.${last}`);
  return lastIsIpv6 ? [...addresses.slice(0, -1), `fd00:${count - 1}::${last}`] : addresses;
}

/** Of four random bytes only the last one is random, and the others are 255. */
function nearWrap(environment: Environment): Environment {
  const randomBytes = (count: number): Uint8Array => {
    const bytes = environment.randomBytes(count);
    return count === 4 ? bytes.fill(0xff, 0, 3) : bytes;
  };
  return { ...environment, randomBytes };
}

function makePair(network: Network, options: PairOptions): Pair {
  const { config = {}, configA = {}, configZ = {}, paths = 1, reading = true, conditions = {} } = options;
  const stack = (environment: Environment): Stack =>
    new Stack({
      ...options.stack,
      environment: options.nearWrap === true ? nearWrap(environment) : environment,
    });
  const hostA = network.host("A", { addresses: addressesOf(1, paths, options.lastIsIpv6), stack });
  const hostZ = network.host("Z", { addresses: addressesOf(2, paths, options.lastIsIpv6), stack });
  network.linkPairs(hostA, hostZ, { delay: 10, ...conditions });
  const { boundA, boundZ } = options;
  const a = new Side(network, hostA, { ...config, ...configA }, { reading, bound: boundA });
  const z = new Side(network, hostZ, { ...config, ...configZ }, { reading, bound: boundZ });
  a.peer = z;
  z.peer = a;
  z.open();
  const sideOf = ({ source }: { readonly source: Host["addresses"][number] }): SideName =>
    hostA.addresses.includes(source) ? "A" : "Z";

  const rungs: string[] = [];
  network.tap((passage) => {
    rungs.push(`${sideOf(passage)} ${passage.loss === undefined ? "→" : "✗"} ${chunkNames(passage.bytes)}`);
  });

  const until = (what: string, predicate: () => boolean, limit: number = 60_000): void => {
    if (!network.runUntil(predicate, limit)) throw new Error(`not within ${limit} ms: ${what}`);
  };

  return {
    network,
    a,
    z,
    until,
    rungs: () => rungs.splice(0),
    lose(side, chunk, { nth = 1, count = 1 } = {}) {
      let seen = 0;
      network.filter((datagram) => {
        if (sideOf(datagram) !== side || !chunkNames(datagram.bytes).split(" ").includes(chunk)) return true;
        seen++;
        return seen < nth || seen >= nth + count;
      });
    },
    silence: (...sides) => network.filter((datagram) => !sides.includes(sideOf(datagram))),
    connect() {
      a.connect();
      until("both are established", () => a.established && z.established);
      // What the COOKIE ACK still has to do at A is over as well.
      network.run(20);
      rungs.splice(0);
    },
  };
}
