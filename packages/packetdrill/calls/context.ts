import {
  type AF_INET,
  type AF_INET6,
  type SctpSocket,
  SocketError,
  type SocketOptions,
  socket,
} from "usctp/socket";
import type { Item, Value } from "../language/ast.ts";
import { ScriptError } from "../language/position.ts";
import type { Difference } from "../packets/compare.ts";
import type { Symbols } from "../packets/symbols.ts";
import type { TestedHost } from "../run/tested-host.ts";
import { type Address, addressOf, isNull, isWild, plainValue } from "./values.ts";

/** A socket under the number that the script gave it. */
export interface Descriptor {
  readonly socket: SctpSocket;
  nonblocking: boolean;
}

/** What calls are made in. */
export interface CallContext {
  readonly host: TestedHost;
  readonly domain: typeof AF_INET | typeof AF_INET6;
  /** What `...` stands for where an address is bound, and where one is connected to. */
  readonly local: Address;
  readonly remote: Address;
  readonly symbols: Symbols;
  readonly descriptors: Map<number, Descriptor>;
  /** What sockets are made with. */
  readonly socketOptions: SocketOptions;
  /** What the script wants to be returned: new descriptors take that number. */
  readonly wanted: number | undefined;
}

/** What a call came to. It fails by throwing a `SocketError`. */
export interface Returned {
  readonly value: number;
  /** It is the length of a notification, which is that of a structure, an ABI's, up to that of the buffer. */
  readonly abiLength?: { readonly upTo: number } | undefined;
  /** Looks at what it wrote: the first difference from what the script wants. */
  readonly compare?: (() => Difference | undefined) | undefined;
}

export type CallHandler = (context: CallContext, args: readonly Value[]) => Returned | Promise<Returned>;

export interface SystemCall {
  /** What its arguments are called, in their order. */
  readonly parameters: readonly string[];
  /** How many of them must be there. */
  readonly least: number;
  readonly handle: CallHandler;
}

/** A call whose parameters are told as in `fd cmd flags?`: what has a question mark may be left out. */
export function call(parameters: string, handle: CallHandler): SystemCall {
  const names = parameters.split(" ");
  const least = names.filter((name) => !name.endsWith("?")).length;
  return { parameters: names, least, handle };
}

export const ZERO: Returned = { value: 0 };

export function numberArgument(value: Value | undefined): number {
  const plain = value === undefined ? 0 : plainValue(value);
  return typeof plain === "number" ? plain : 0;
}

/** The descriptor that the first argument names. */
export function descriptorOf({ descriptors }: CallContext, value: Value | undefined): Descriptor {
  const number = numberArgument(value);
  const found = descriptors.get(number);
  if (found !== undefined) return found;
  // As the system would say; the face does not know descriptors.
  throw new SocketError("EBADF", "call", `there is no descriptor ${number}`);
}

/** Keeps a socket under the number that the script wants, or the lowest that is free. */
export function keep(context: CallContext, kept: SctpSocket, nonblocking: boolean = false): Returned {
  const { descriptors, wanted } = context;
  let number = wanted ?? 3;
  if (number < 0) number = 3;
  while (descriptors.has(number)) number += 1;
  descriptors.set(number, { socket: kept, nonblocking });
  return { value: number };
}

export function makeSocket({ host, domain, socketOptions }: CallContext, args: readonly Value[]): SctpSocket {
  const [family, type, protocol] = args.map((arg) => plainValue(arg));
  // What is no name of the face is refused by it.
  return socket(
    (family ?? domain) as typeof domain,
    (type ?? "SOCK_STREAM") as "SOCK_STREAM",
    (protocol ?? "IPPROTO_SCTP") as "IPPROTO_SCTP",
    { ...socketOptions, driver: host.driver },
  );
}

/** An address, or `fallback` for `...`; none for NULL. */
export function addressArgument(value: Value | undefined, fallback: Address): Address | undefined {
  if (isWild(value)) return fallback;
  if (isNull(value) || value === undefined) return undefined;
  if (value.kind === "list") return addressesArgument(value, fallback)?.[0];
  return addressOf(value);
}

/** A list of addresses, in which `...` is `fallback`. */
export function addressesArgument(value: Value | undefined, fallback: Address): Address[] | undefined {
  if (isWild(value)) return [fallback];
  if (isNull(value) || value === undefined) return undefined;
  if (value.kind !== "list") {
    const single = addressOf(value);
    return single === undefined ? undefined : [single];
  }
  return value.items.map((item) => (isWild(item.value) ? fallback : (addressOf(item.value) as Address)));
}

/** The member of a structure. */
export function member(value: Value | undefined, name: string): Value | undefined {
  if (value?.kind !== "struct") return undefined;
  return value.items.find((item) => item.name === name)?.value;
}

/** An iovec: base and length, with their names or in their order. */
export interface Piece {
  readonly base: Value | undefined;
  readonly length: number;
}

export function pieces(value: Value | undefined): Piece[] {
  if (value?.kind !== "list") return [];
  return value.items.map(({ value: each }) => {
    if (each.kind !== "struct")
      throw new ScriptError("an iovec should stand here, {iov_base=, iov_len=}", each.at);
    const at = (name: string, index: number): Item | undefined =>
      each.items.find((item) => item.name === name) ??
      (each.items[index]?.name === undefined ? each.items[index] : undefined);
    return { base: at("iov_base", 0)?.value, length: numberArgument(at("iov_len", 1)?.value) };
  });
}

const FILLER = 0x55;

/** Bytes to be sent: those of the script, filled up to `length`. */
export function dataOf(value: Value | undefined, length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(FILLER);
  if (value === undefined || isWild(value) || isNull(value)) return bytes;
  const plain = plainValue(value);
  if (typeof plain === "string") bytes.set(new TextEncoder().encode(plain).subarray(0, length));
  else if (Array.isArray(plain)) bytes.set(plain.map(Number).slice(0, length));
  return bytes;
}
