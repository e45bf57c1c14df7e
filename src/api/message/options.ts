import type { Socket } from "node:dgram";
import type { Writable } from "node:stream";
import type { DatagramTransport } from "../../datagram/datagram-transport.ts";
import type { StackLimits } from "../../stack/index.ts";
import {
  aFunction,
  anAbortSignal,
  type Check,
  type CheckTable,
  delay,
  integer,
  objectWith,
  orInfinity,
  wrongOption,
} from "./checks.ts";
import { type ProtocolOptions, protocolChecks } from "./config-options.ts";

/** What writes down the packets of an endpoint. */
export interface CaptureOptions {
  /**
   * A file, which is made or overwritten, or a stream, which is ended with the endpoint: gets every packet of the SCTP
   * port at its addresses, both directions, in the pcapng format that Wireshark and tshark read. Default: none.
   */
  readonly capture?: string | Writable | undefined;
}

/**
 * Where an SCTP endpoint is on this machine. The limits among these are of the UDP port, and so of all endpoints that
 * share it: who opens it decides. ERR_SCTP_INVALID_OPTION where one is named and is another there.
 */
export interface LocalOptions extends CaptureOptions, StackLimits {
  /**
   * A dgram socket of the caller's in place of ours: bound to one address, not connected. It is closed with the
   * endpoint. Not together with `transport`, nor with addresses and UDP port, which are the socket's.
   */
  readonly socket?: Socket | undefined;
  /** Any other carrier of datagrams, which is closed with the endpoint. */
  readonly transport?: DatagramTransport | undefined;
}

/** What a peer that asks for an association is like. */
export interface IncomingInfo {
  readonly localPort: number;
  readonly remotePort: number;
  /** The address that it was heard from first; and every address that it listed. */
  readonly remoteAddress: string;
  readonly remoteAddresses: readonly string[];
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  /** Its Adaptation Layer Indication, 32 bits, if it sent one (RFC 5061 §4.2.6). */
  readonly remoteAdaptation: number | undefined;
}

/** What `createServer` takes: every protocol parameter, for all of its associations, and these. */
export type ServerOptions = ProtocolOptions &
  CaptureOptions & {
    /**
     * Asked before the peer gets its COOKIE ACK. False refuses with an ABORT; so does a promise that resolves to
     * false, and meanwhile the peer waits. Default: everybody.
     */
    readonly accept?: ((peer: IncomingInfo) => boolean | Promise<boolean>) | undefined;
    /** Associations that wait for `accept` and for somebody to take them; further ones are refused. Default 511. */
    readonly backlog?: number | undefined;
  };

/** What `server.listen` takes. */
export interface ListenOptions extends LocalOptions {
  /** SCTP port, 0 to 65,535; 0 lets us choose one. */
  readonly port: number;
  /**
   * IP addresses, host names (every result is bound), interface names, or the wildcards "0.0.0.0" and "::" (every
   * address of every interface, also later ones). Default: loopback, 127.0.0.1 and ::1 as far as they exist.
   */
  readonly addresses?: string | readonly string[] | undefined;
  /** UDP port, 0 to 65,535; 0 lets the system choose. Default 9,899 (RFC 6951 §5.1). */
  readonly udpPort?: number | undefined;
  /** Closes the server, aborting its associations. */
  readonly signal?: AbortSignal | undefined;
}

/** What `createEndpoint` takes. */
export type EndpointOptions = ServerOptions & ListenOptions;

/** What `endpoint.connect` takes: every protocol parameter, for this association, and these. */
export type PeerOptions = ProtocolOptions & {
  /** The peer's SCTP port, 1 to 65,535. */
  readonly port: number;
  /** The peer's IP addresses or host names, the primary first; every result of every name is tried. */
  readonly addresses: string | readonly string[];
  /** The peer's UDP port, 1 to 65,535. Default 9,899. */
  readonly udpPort?: number | undefined;
  /**
   * ms until connecting is given up: a dead port is silent in UDP. Default 15,000, time for four INITs (at 0, 1, 3
   * and 7 s) and 8 s for the last answer. Infinity: `maxInitRetransmits` alone decides, after minutes.
   */
  readonly timeout?: number | undefined;
  /** Gives up connecting, or aborts nothing once connected. */
  readonly signal?: AbortSignal | undefined;
};

/** What `connect` takes. */
export type ConnectOptions = PeerOptions &
  LocalOptions & {
    /** As `addresses` of `listen`. Default: the addresses from which the system reaches the peer's. */
    readonly localAddresses?: string | readonly string[] | undefined;
    /** Our SCTP port. Default 0: a free one. */
    readonly localPort?: number | undefined;
    /** Our UDP port. Default 0: a free one. */
    readonly localUdpPort?: number | undefined;
  };

/** RFC 6951 §5.1: the UDP port that IANA assigned to SCTP. */
export const DEFAULT_UDP_PORT = 9_899;
export const DEFAULT_CONNECT_TIMEOUT = 15_000;
export const DEFAULT_BACKLOG = 511;

const isName = (value: unknown): boolean => typeof value === "string" && value !== "";

const aWritable: Check = objectWith("a Writable", "write", "end", "on", "destroy");

const names: Check = {
  takes: "an address or a list of at least one",
  accepts: (value) => isName(value) || (Array.isArray(value) && value.length > 0 && value.every(isName)),
};

const ownPort = integer(0, 65_535);
const peerPort = integer(1, 65_535);

const capture: Check = {
  takes: "the path of a file, which is not empty, or a Writable stream",
  accepts: (value) => isName(value) || aWritable.accepts(value),
};

const repliesASecond = integer(0, 1_000_000, "chunks a second");

/** What bounds the stack of a UDP port. A Map, as the associations are kept in, takes 2^24 entries. */
export const limitChecks: { readonly [K in keyof StackLimits]-?: Check } = {
  maxAssociations: integer(1, 16_777_216, "associations"),
  outOfTheBlueReplies: repliesASecond,
  refusals: repliesASecond,
};

// What an error lists: own options before the many of the protocol.
const localChecks: CheckTable = {
  socket: objectWith("a bound dgram.Socket", "send", "address", "on"),
  transport: objectWith("a DatagramTransport", "send", "start", "close"),
  capture,
  ...limitChecks,
};

export const serverChecks: CheckTable = {
  accept: aFunction,
  backlog: integer(1, 65_535, "associations"),
  capture,
  ...protocolChecks,
};

export const listenChecks: CheckTable = {
  port: ownPort,
  addresses: names,
  udpPort: ownPort,
  signal: anAbortSignal,
  ...localChecks,
};

export const endpointChecks: CheckTable = { ...listenChecks, ...serverChecks };

const whereToChecks: CheckTable = {
  port: peerPort,
  addresses: names,
  udpPort: peerPort,
  timeout: orInfinity(delay(1)),
  signal: anAbortSignal,
};

export const peerChecks: CheckTable = { ...whereToChecks, ...protocolChecks };

export const connectChecks: CheckTable = {
  ...whereToChecks,
  localAddresses: names,
  localPort: ownPort,
  localUdpPort: ownPort,
  ...localChecks,
  ...protocolChecks,
};

/** A socket or transport of the caller's brings addresses and UDP port with it. */
export function checkCarrier(where: string, options: LocalOptions, brought: readonly string[]): void {
  if (options.socket === undefined && options.transport === undefined) return;
  const carrier = options.socket === undefined ? "transport" : "socket";
  if (options.socket !== undefined && options.transport !== undefined) {
    throw wrongOption(where, "transport", options.transport, 'nothing beside "socket"');
  }
  for (const name of brought) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined)
      throw wrongOption(where, name, value, `nothing beside "${carrier}", which has its own`);
  }
}

/** What was settled by the handshake, or is told to the peer only then. */
type Settled =
  | "rtoInitial"
  | "maxInitRetransmits"
  | "validCookieLife"
  | "outboundStreams"
  | "inboundStreams"
  | "interleaving"
  | "zeroChecksum"
  | "reconfiguration"
  | "partialReliability"
  | "congestionControl"
  | "lossDetection"
  | "authentication"
  | "nat"
  | "advertise"
  | "adaptation"
  | "addressReconfiguration";

/** What `association.configure` takes: the protocol parameters that can change while an association is open. */
export type ChangeableOptions = Omit<ProtocolOptions, Settled>;

const settled: Readonly<Record<Settled, true>> = {
  rtoInitial: true,
  maxInitRetransmits: true,
  validCookieLife: true,
  outboundStreams: true,
  inboundStreams: true,
  interleaving: true,
  zeroChecksum: true,
  reconfiguration: true,
  partialReliability: true,
  congestionControl: true,
  lossDetection: true,
  authentication: true,
  nat: true,
  advertise: true,
  adaptation: true,
  addressReconfiguration: true,
};

export const changeableChecks: CheckTable = Object.fromEntries(
  Object.entries(protocolChecks).filter(([name]) => !Object.hasOwn(settled, name)),
);

/** Those of the limits that are given. */
export function limitsIn(options: StackLimits): StackLimits {
  const { maxAssociations, outOfTheBlueReplies, refusals } = options;
  return { maxAssociations, outOfTheBlueReplies, refusals };
}

export function listOf(addresses: string | readonly string[]): readonly string[] {
  return typeof addresses === "string" ? [addresses] : addresses;
}
