import type { Socket as DgramSocket } from "node:dgram";
import { parseAddress } from "../../base/address.ts";
import { SctpError } from "../../base/error.ts";
import type { StackLimits } from "../../stack/index.ts";
import {
  aBoolean,
  aFunction,
  anAbortSignal,
  type Check,
  type CheckTable,
  checkOptions,
  delay,
  integer,
  noOptions,
  objectWith,
  orInfinity,
  wrongOption,
} from "../message/checks.ts";
import { type ProtocolOptions, protocolChecks, protocolParameters } from "../message/config-options.ts";
import { messageChecks } from "../message/message.ts";
import { connectChecks, type IncomingInfo, limitChecks, limitsIn, serverChecks } from "../message/options.ts";
import { portNumber } from "./arguments.ts";
import { chosenDefaults } from "./defaults.ts";
import { refuse, withoutRefused } from "./refusals.ts";

/** What is sent unless a buffer says otherwise. */
export interface MessageDefaults {
  /** Payload protocol identifier, 32 bits. Default 0. */
  readonly ppid?: number | undefined;
  /** The stream of `write`, 0 to OS - 1. Default 0. */
  readonly stream_id?: number | undefined;
  /** Default false. */
  readonly unordered?: boolean | undefined;
}

/** SCTP_DELAYED_SACK (RFC 6458 §8.1.19); 0 leaves either as it is. */
export interface SackOptions {
  /** ms, at most 500. */
  readonly delay?: number | undefined;
  /** Packets; 1 acknowledges every one at once. */
  readonly freq?: number | undefined;
}

/** What belongs to associations, on either side: these, and every protocol parameter of the message API. */
export type AssociationOptions = ProtocolOptions & {
  /** Streams that the peer may send on, 1 to 65,535. Default 2,048. */
  readonly MIS?: number | undefined;
  /** Streams that are asked for in our direction, 1 to 65,535. Default 1,024. */
  readonly OS?: number | undefined;
  readonly sack?: SackOptions | undefined;
};

/** What `new Socket` takes. */
export interface SocketOptions extends MessageDefaults {
  /** Bytes from which on `write` returns false. Default: Node's for streams. */
  readonly highWaterMark?: number | undefined;
  /** Destroys the socket. */
  readonly signal?: AbortSignal | undefined;
}

/** The peer of a `udpTransport`. */
export interface UdpPeer {
  readonly host?: string | undefined;
  /** Another name of `host`. */
  readonly address?: string | undefined;
  /** UDP port. */
  readonly port: number;
}

type Port = number | string;
type Addresses = string | readonly string[];

/** What `connect` takes. Ports may be digits in a string. */
export type ConnectOptions = SocketOptions &
  AssociationOptions &
  StackLimits & {
    /** The peer's SCTP port, 1 to 65,535. */
    readonly port: Port;
    /** The peer's address or host name, of which every result is used. Default "localhost". */
    readonly host?: string | undefined;
    /** Other names of `host`, as npm `sctp` takes them. Those that are given must say the same. */
    readonly address?: string | undefined;
    readonly remoteAddress?: string | undefined;
    /** The peer's addresses, the primary first, in place of `host`. */
    readonly remoteAddresses?: Addresses | undefined;
    /** Where to bind. Default: by route. Two names of one option: given both, they must say the same. */
    readonly localAddress?: Addresses | undefined;
    readonly localAddresses?: Addresses | undefined;
    /** Our SCTP port. Default 0: a free one. */
    readonly localPort?: Port | undefined;
    /** The peer's UDP port. Default 9,899. */
    readonly udpPort?: Port | undefined;
    /** Our UDP port. Default 0, a free one; with `passive` 9,899. */
    readonly localUdpPort?: Port | undefined;
    /** A dgram socket of the caller's in place of ours. It is closed with this one. */
    readonly udpTransport?: DgramSocket | undefined;
    /** Where the peer is that `udpTransport` leads to, unless that is connected. */
    readonly udpPeer?: UdpPeer | undefined;
    /** Wait for the peer to open, from that port and one of those addresses, rather than to open. Default false. */
    readonly passive?: boolean | undefined;
    /** ms until connecting is given up. Default 15,000; with `passive` Infinity. */
    readonly connectTimeout?: number | undefined;
    /** ms without traffic until `timeout` is emitted, as `setTimeout` sets it. Default 0: never. */
    readonly timeout?: number | undefined;
  };

/** What `createServer` takes, for all of its associations; `listen` takes them, too. */
export type ServerOptions = MessageDefaults &
  AssociationOptions & {
    readonly highWaterMark?: number | undefined;
    /** Sockets begin paused. Default false. */
    readonly pauseOnConnect?: boolean | undefined;
    /** Asked before an association is taken; false refuses it. */
    readonly accept?: ((peer: IncomingInfo) => boolean | Promise<boolean>) | undefined;
  };

/** What `server.listen` takes. */
export type ListenOptions = ServerOptions &
  StackLimits & {
    /** Our SCTP port; 0 for a free one. */
    readonly port: Port;
    /** Where to bind: addresses, host names, interfaces, wildcards. Default: loopback. Names of one option. */
    readonly host?: Addresses | undefined;
    readonly localAddress?: Addresses | undefined;
    readonly localAddresses?: Addresses | undefined;
    /** Associations that wait for `accept`. Default 511. */
    readonly backlog?: number | undefined;
    /** Our UDP port; 0 for a free one. Default 9,899. */
    readonly udpPort?: Port | undefined;
    readonly udpTransport?: DgramSocket | undefined;
    /** Closes the server, as `close()` does. */
    readonly signal?: AbortSignal | undefined;
  };

type Given = Readonly<Record<string, unknown>>;

const anyPort: Check = { takes: "a port", accepts: () => true };
const addresses = connectChecks.addresses as Check;
const name: Check = {
  takes: "an address or a host name",
  accepts: (value) => typeof value === "string" && value !== "",
};

const messageDefaultChecks: CheckTable = {
  ppid: messageChecks.ppid as Check,
  stream_id: messageChecks.stream as Check,
  unordered: aBoolean,
};

const sackChecks: CheckTable = { delay: delay(0, 500), freq: integer(0, 65_535, "packets") };

const associationChecks: CheckTable = {
  MIS: protocolChecks.inboundStreams,
  OS: protocolChecks.outboundStreams,
  sack: { takes: "{ delay, freq }", accepts: (value) => typeof value === "object" && value !== null },
  ...protocolChecks,
};

const udpTransportCheck = objectWith(
  "a dgram.Socket (another carrier, such as DTLS, is a `transport` of the message API)",
  "send",
  "address",
  "remoteAddress",
  "on",
);

const socketChecks: CheckTable = {
  highWaterMark: integer(0, Number.MAX_SAFE_INTEGER, "bytes"),
  signal: anAbortSignal,
  ...messageDefaultChecks,
};

/** Of connecting alone. */
const peerChecks: CheckTable = {
  port: anyPort,
  host: name,
  remoteAddresses: addresses,
  address: name,
  remoteAddress: name,
  localAddress: addresses,
  localAddresses: addresses,
  localPort: anyPort,
  udpPort: anyPort,
  localUdpPort: anyPort,
  udpTransport: udpTransportCheck,
  udpPeer: { takes: "{ host, port }", accepts: (value) => typeof value === "object" && value !== null },
  passive: aBoolean,
  connectTimeout: orInfinity(delay(1)),
  timeout: delay(0),
  ...limitChecks,
};

const udpPeerChecks: CheckTable = { host: name, address: name, port: anyPort };

export const connectOptionChecks: CheckTable = { ...peerChecks, ...socketChecks, ...associationChecks };

export const serverOptionChecks: CheckTable = {
  highWaterMark: socketChecks.highWaterMark as Check,
  pauseOnConnect: aBoolean,
  accept: aFunction,
  ...messageDefaultChecks,
  ...associationChecks,
};

export const listenOptionChecks: CheckTable = {
  port: anyPort,
  host: addresses,
  localAddress: addresses,
  localAddresses: addresses,
  backlog: serverChecks.backlog as Check,
  udpPort: anyPort,
  udpTransport: udpTransportCheck,
  signal: anAbortSignal,
  ...limitChecks,
  ...serverOptionChecks,
};

/** Refuses what cannot be had, by its reason, and what is unknown or wrong; gives back the rest. */
function checked(where: string, given: Given, table: CheckTable): Given {
  refuse(where, given);
  const rest = withoutRefused(given);
  checkOptions(where, rest, table);
  return rest;
}

/** Throws when two names of the same thing are given, unless they say the same. */
function either(where: string, given: Given, ...names: readonly string[]): unknown {
  const found = names.filter((each) => given[each] !== undefined);
  if (new Set(found.map((each) => meaning(given[each]))).size > 1) {
    throw new SctpError(
      "ERR_SCTP_INVALID_OPTION",
      `${where}: the options ${found.map((each) => `"${each}"`).join(" and ")} are mutually exclusive`,
    );
  }
  return found[0] === undefined ? undefined : given[found[0]];
}

/** The same text for the same value, however the addresses in it are written. */
function meaning(value: unknown): string {
  const items = Array.isArray(value) ? value : [value];
  return JSON.stringify(
    items.map((item) => (typeof item === "string" ? (parseAddress(item) ?? item) : item)),
  );
}

function port(where: string, given: Given, key: string, least: 0 | 1): number | undefined {
  return given[key] === undefined ? undefined : portNumber(where, key, given[key], least);
}

/** `options` of `new Socket`, which may be those of `connect` as well: these are checked there. */
export function socketOptions(where: string, options: object): SocketOptions {
  refuse(where, options);
  const own = Object.entries(options).filter(([key]) => !Object.hasOwn(peerChecks, key));
  return checked(where, Object.fromEntries(own), { ...socketChecks, ...associationChecks }) as SocketOptions;
}

/** The protocol parameters of an association, from all names that they have here and from the defaults. */
export function protocolOptions(where: string, given: Given): ProtocolOptions {
  const inboundStreams = either(where, given, "MIS", "inboundStreams");
  const outboundStreams = either(where, given, "OS", "outboundStreams");
  const sack = (given.sack ?? {}) as Given;
  checkOptions(`${where}: sack`, sack, sackChecks);
  const found: Record<string, unknown> = { ...chosenDefaults() };
  for (const key of Object.keys(protocolChecks)) if (given[key] !== undefined) found[key] = given[key];
  if (inboundStreams !== undefined) found.inboundStreams = inboundStreams;
  if (outboundStreams !== undefined) found.outboundStreams = outboundStreams;
  if (sack.delay) found.sackDelay = sack.delay;
  if (sack.freq) found.sackFrequency = sack.freq;
  // What contradicts each other is said now, not when connecting.
  protocolParameters(where, found as ProtocolOptions);
  return found as ProtocolOptions;
}

/** Where and how an association is opened. */
export interface ConnectPlan {
  readonly protocol: ProtocolOptions;
  readonly limits: StackLimits;
  readonly port: number;
  /** The peer's; undefined where a passive one names none, or the transport is to tell. */
  readonly remote: Addresses | undefined;
  readonly local: Addresses | undefined;
  readonly localPort: number;
  readonly udpPort: number | undefined;
  readonly localUdpPort: number | undefined;
  readonly udpTransport: DgramSocket | undefined;
  readonly passive: boolean;
  /** ms. */
  readonly connectTimeout: number | undefined;
  /** Idle time, ms. */
  readonly timeout: number;
}

const CONNECT = "connect()";
/** The options that say where the peer is. */
const REMOTES = ["host", "address", "remoteAddress", "remoteAddresses"];

/** Checks everything that can be checked before any socket opens. */
export function connectPlan(given: Given): ConnectPlan {
  const options = checked(CONNECT, given, connectOptionChecks);
  if (options.port === undefined) {
    throw new SctpError(
      "ERR_SCTP_INVALID_OPTION",
      `${CONNECT}: the option "port" is missing; it takes an SCTP port`,
    );
  }
  const passive = options.passive === true;
  const udpPeer = udpPeerOf(options);
  const remote = udpPeer?.host ?? (either(CONNECT, options, ...REMOTES) as Addresses | undefined);
  const { udpTransport } = options;
  return {
    protocol: protocolOptions(CONNECT, options),
    limits: limitsIn(options),
    port: portNumber(CONNECT, "port", options.port, 1),
    remote: remote ?? (passive || udpTransport !== undefined ? undefined : "localhost"),
    local: either(CONNECT, options, "localAddress", "localAddresses") as Addresses | undefined,
    localPort: port(CONNECT, options, "localPort", 0) ?? 0,
    udpPort: udpPeer?.port ?? port(CONNECT, options, "udpPort", 1),
    localUdpPort: port(CONNECT, options, "localUdpPort", 0),
    udpTransport: udpTransport as DgramSocket | undefined,
    passive,
    connectTimeout: options.connectTimeout as number | undefined,
    timeout: (options.timeout as number | undefined) ?? 0,
  };
}

/** What a socket of the caller's brings with it, or a `udpPeer` says, must not be said twice. */
function udpPeerOf(options: Given): { readonly host: string; readonly port: number } | undefined {
  if (options.udpTransport !== undefined) {
    for (const key of ["localAddress", "localAddresses", "localUdpPort"]) {
      if (options[key] === undefined) continue;
      throw wrongOption(CONNECT, key, options[key], 'nothing beside "udpTransport", which has its own');
    }
  }
  if (options.udpPeer === undefined) return undefined;
  if (options.udpTransport === undefined) {
    throw wrongOption(
      CONNECT,
      "udpPeer",
      options.udpPeer,
      'a peer of "udpTransport"; else give host and udpPort',
    );
  }
  for (const key of [...REMOTES, "udpPort"]) {
    if (options[key] === undefined) continue;
    throw wrongOption(CONNECT, key, options[key], 'nothing beside "udpPeer", which says where the peer is');
  }
  const peer = options.udpPeer as Given;
  checkOptions(`${CONNECT}: udpPeer`, peer, udpPeerChecks, ["port"]);
  const host = either(`${CONNECT}: udpPeer`, peer, "host", "address");
  if (host === undefined) {
    throw new SctpError("ERR_SCTP_INVALID_OPTION", `${CONNECT}: udpPeer: the option "host" is missing`);
  }
  return { host: host as string, port: portNumber(`${CONNECT}: udpPeer`, "port", peer.port, 1) };
}

/** Where and how a server listens. */
export interface ListenPlan {
  readonly protocol: ProtocolOptions;
  readonly limits: StackLimits;
  readonly port: number;
  readonly addresses: Addresses | undefined;
  readonly udpPort: number | undefined;
  readonly udpTransport: DgramSocket | undefined;
  readonly backlog: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly accept: ServerOptions["accept"];
  readonly pauseOnConnect: boolean;
  /** Of the sockets. */
  readonly socket: SocketOptions;
}

/** `options` of `createServer`, which may be those of `listen` as well. Throws ERR_SCTP_INVALID_OPTION. */
export function checkServerOptions(options: object): void {
  // A string has members, and a number none: either would look like options.
  if (typeof options !== "object" || Array.isArray(options)) throw noOptions("createServer()", options);
  protocolOptions("createServer()", checked("createServer()", { ...options }, serverOptionChecks));
}

/** `given` are the options of `listen` on top of those of `createServer`. */
export function listenPlan(given: Given): ListenPlan {
  const where = "listen()";
  const options = checked(where, given, listenOptionChecks);
  const { udpTransport, ppid, stream_id, unordered, highWaterMark } = options as Partial<ListenOptions>;
  const local = either(where, options, "host", "localAddress", "localAddresses") as Addresses | undefined;
  if (udpTransport !== undefined) {
    for (const key of ["host", "localAddress", "localAddresses", "udpPort"]) {
      if (options[key] === undefined) continue;
      throw wrongOption(where, key, options[key], 'nothing beside "udpTransport", which has its own');
    }
  }
  return {
    protocol: protocolOptions(where, options),
    limits: limitsIn(options),
    port: portNumber(where, "port", options.port ?? 0, 0),
    addresses: local,
    udpPort: port(where, options, "udpPort", 0),
    udpTransport,
    backlog: options.backlog as number | undefined,
    signal: options.signal as AbortSignal | undefined,
    accept: options.accept as ServerOptions["accept"],
    pauseOnConnect: options.pauseOnConnect === true,
    socket: { ppid, stream_id, unordered, highWaterMark },
  };
}
