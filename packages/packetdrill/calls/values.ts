import type { Item, Value } from "../language/ast.ts";
import { ScriptError } from "../language/position.ts";
import { isMember } from "./members.ts";
import { isKnownName, valueOfName } from "./names.ts";
import { ownNumber } from "./numbers.ts";

/** An address as the sockets face takes it. */
export interface Address {
  readonly address: string;
  readonly port: number;
}

/** Members that the ABI of a system needs and the face has not: lengths of structures, and of what they hold. */
const absent: ReadonlySet<string> = new Set([
  "cmsg_len",
  "sca_keylength",
  "srs_number_streams",
  ...["sac", "spc", "sre", "ssf", "ssfe", "sse", "sai", "pdapi", "auth", "sender_dry", "sn"].map(
    (prefix) => `${prefix}_length`,
  ),
  ...["strreset", "assocreset", "strchange"].map((prefix) => `${prefix}_length`),
]);

const renamed: Readonly<Record<string, string>> = {
  onoff: "l_onoff",
  linger: "l_linger",
  ...Object.fromEntries(
    ["sac", "spc", "sre", "ssf", "ssfe", "sse", "sai", "pdapi", "auth", "sender_dry"].map((prefix) => [
      `${prefix}_type`,
      "sn_type",
    ]),
  ),
  strreset_type: "sn_type",
  assocreset_type: "sn_type",
  strchange_type: "sn_type",
};

const addressMembers: ReadonlySet<string> = new Set([
  "spp_address",
  "ssp_addr",
  "sspp_addr",
  "spinfo_address",
  "sue_address",
  "spt_address",
  "spc_aaddr",
]);
const byteMembers: ReadonlySet<string> = new Set([
  "sca_key",
  "sre_data",
  "ssf_data",
  "ssfe_data",
  "sac_info",
]);

/** The face's name of a member; undefined for one that it has no need of. */
export function memberName(name: string): string | undefined {
  return absent.has(name) ? undefined : (renamed[name] ?? name);
}

export function isWild(value: Value | undefined): boolean {
  return value === undefined || value.kind === "any";
}

export function isNull(value: Value | undefined): boolean {
  return value?.kind === "name" && value.name === "NULL";
}

/** Throws a `ScriptError` for a constant, a function or a member that there is not. `of` is what holds the value. */
export function checkNames(value: Value, of: string | undefined): void {
  switch (value.kind) {
    case "name":
      if (!isKnownName(value.name)) throw new ScriptError(`there is no constant ${value.name}`, value.at);
      break;
    case "element":
      throw new ScriptError(`a value should stand here, not ${value.name}[...]`, value.at);
    case "or":
      for (const part of value.parts) checkNames(part, of);
      break;
    case "call":
      if (!calls.has(value.name)) throw new ScriptError(`there is no function ${value.name}()`, value.at);
      break;
    case "list":
      for (const item of value.items) checkItem(item, of);
      break;
    case "struct":
      for (const item of value.items) {
        if (item.name === undefined && !mayBeUnnamed(item.value, of))
          throw new ScriptError("a member of a structure has a name, NAME=VALUE", item.at);
        checkItem(item, of);
      }
  }
}

function checkItem({ at, name, value }: Item, of: string | undefined): void {
  if (name !== undefined && !isMember(name)) throw new ScriptError(`no structure has a member ${name}`, at);
  checkNames(value, name ?? of);
}

/** An iovec is base and length; inet_pton() writes to a member itself; `...` is whatever else there is. */
function mayBeUnnamed(value: Value, of: string | undefined): boolean {
  const isIovec = of === "iov" || of === "msg_iov";
  return isIovec || value.kind === "any" || (value.kind === "call" && value.name === "inet_pton");
}

const calls: ReadonlySet<string> = new Set(["htons", "htonl", "ntohs", "ntohl", "inet_addr", "inet_pton"]);

/** The value of a member, or of an argument that is called so. `...` is undefined. */
export function plainValue(value: Value, member: string = ""): unknown {
  switch (value.kind) {
    case "any":
      return undefined;
    case "number":
      // A PPID without htonl() is what a little-endian machine would write.
      return isPpid(member) ? swapped(value.value) : ownNumber(member, value.value);
    case "text":
    case "address":
      return value.text;
    case "name":
      return valueOfName(value.name);
    case "or":
      return value.parts.reduce((all, part) => all | Number(plainValue(part, member)), 0);
    case "call":
      return callValue(value);
    case "list":
      return byteMembers.has(member)
        ? Uint8Array.from(value.items, ({ value: each }) => Number(plainValue(each)))
        : value.items.map((item) => plainValue(item.value, member));
    case "struct":
      return addressMembers.has(member) || isAddress(value) ? addressOf(value) : structOf(value.items);
    default:
      throw new ScriptError("this cannot stand here", value.at);
  }
}

function isPpid(member: string): boolean {
  return member.endsWith("ppid");
}

function swapped(value: number): number {
  const bytes = [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
  return bytes.reduce((all, byte) => all * 256 + byte, 0);
}

/** The face knows no byte order: htonl(1) is 1. */
function callValue({ name, args, at }: Extract<Value, { kind: "call" }>): unknown {
  const [first, second] = args;
  if (name === "inet_pton" && second !== undefined) return plainValue(second);
  if (first !== undefined && calls.has(name)) return plainValue(first);
  throw new ScriptError(`${name}() takes a value`, at);
}

/** A structure as an object, without what the script leaves open. */
export function structOf(items: readonly Item[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const { name, value } of items) {
    if (name === undefined || value.kind === "any") continue;
    const member = memberName(name);
    if (member !== undefined) object[member] = plainValue(value, member);
  }
  return object;
}

function isAddress(value: Extract<Value, { kind: "struct" }>): boolean {
  return value.items.some(
    ({ name }) => name === "sa_family" || name === "sin_family" || name === "sin6_family",
  );
}

/** sockaddr_in, sockaddr_in6. */
export function addressOf(value: Value): Address | undefined {
  if (value.kind !== "struct") return undefined;
  let address: unknown;
  let port: unknown = 0;
  for (const { name, value: each } of value.items) {
    if (name === "sin_addr" || name === "sin6_addr") address = plainValue(each);
    else if (name === undefined && each.kind === "call") address = plainValue(each);
    else if (name === "sin_port" || name === "sin6_port") port = plainValue(each);
  }
  if (typeof address === "number") {
    address = [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join(".");
  }
  if (typeof address !== "string")
    throw new ScriptError("this address has no sin_addr or sin6_addr", value.at);
  return { address, port: typeof port === "number" ? port : 0 };
}
