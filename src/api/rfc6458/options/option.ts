import type { AssociationConfig } from "../../../association/config.ts";
import {
  type IPPROTO_IPV6,
  IPPROTO_SCTP,
  SCTP_ALL_ASSOC,
  SCTP_CURRENT_ASSOC,
  SCTP_FUTURE_ASSOC,
  type SOL_SOCKET,
} from "../constants.ts";
import { SocketError, translating } from "../errors.ts";
import { type FieldReader, flag } from "../fields.ts";
import type { AssociationSettings, SocketSettings } from "../settings.ts";
import { type ReadAddress, readSockAddr } from "../sockaddr.ts";
import type { SocketAssociation } from "../socket-association.ts";
import type { SocketState } from "../socket-state.ts";
import type { OptionName, OptionTypes } from "./option-types.ts";

export type Level = typeof IPPROTO_SCTP | typeof SOL_SOCKET | typeof IPPROTO_IPV6;

/** One socket option; reading or writing is undefined where the option does not have it (EOPNOTSUPP). */
export interface Option {
  readonly level: Level;
  /** The member that holds the association id, for opt_info(). */
  readonly idMember: string | undefined;
  readonly get: ((socket: SocketState, query: unknown, syscall: string) => unknown) | undefined;
  readonly set: ((socket: SocketState, value: unknown) => void) | undefined;
}

/** Those of one file, by name. */
export type Options = Partial<Record<OptionName, Option>>;

/** Defines an option of a structure. What is asked with is read by the same reader as what is set. */
export function option<N extends OptionName, Value>(definition: {
  readonly level?: Level;
  readonly idMember?: string;
  readonly read: FieldReader<Value>;
  readonly get?: (socket: SocketState, query: Value) => OptionTypes[N]["get"];
  readonly set?: (socket: SocketState, value: Value) => void;
}): Option {
  const { level = IPPROTO_SCTP, idMember, read, get, set } = definition;
  return {
    level,
    idMember,
    get: get && ((socket, query, syscall) => get(socket, read(query ?? {}, "the query", syscall))),
    set: set && ((socket, value) => set(socket, read(value, "the value", "setsockopt"))),
  };
}

/** Defines an option that is one number, or that is asked without anything. */
export function plain<N extends OptionName, Value>(definition: {
  readonly level?: Level;
  readonly read?: FieldReader<Value>;
  readonly get?: (socket: SocketState) => OptionTypes[N]["get"];
  readonly set?: (socket: SocketState, value: Value) => void;
}): Option {
  const { level = IPPROTO_SCTP, read, get, set } = definition;
  return {
    level,
    idMember: undefined,
    get: get && ((socket) => get(socket)),
    set: set && read && ((socket, value) => set(socket, read(value, "the value", "setsockopt"))),
  };
}

type FlagSetting = {
  [K in keyof SocketSettings]: SocketSettings[K] extends boolean ? K : never;
}[keyof SocketSettings];

/**
 * Defines an on/off option that the socket as a whole has. What the checks throw is why it cannot be used, or not be set.
 */
export function socketFlag(
  setting: FlagSetting,
  checkUse: (socket: SocketState, syscall: string) => void = () => {},
  checkSet: (socket: SocketState) => void = () => {},
): Option {
  return plain<"SCTP_NODELAY", boolean>({
    read: flag,
    get: (socket) => {
      checkUse(socket, "getsockopt");
      return Number(socket.settings[setting]);
    },
    set: (socket, on) => {
      checkUse(socket, "setsockopt");
      checkSet(socket);
      socket.settings = { ...socket.settings, [setting]: on };
    },
  });
}

/** Whom a call of setsockopt() is about. */
export interface Targets {
  readonly future: boolean;
  readonly associations: readonly SocketAssociation[];
}

/**
 * Whom an option is asked of: an association, or those to come (undefined). RFC 6458 §8: CURRENT and ALL are EINVAL, and
 * one-to-one sockets ignore the id.
 */
export function asked(socket: SocketState, id: number): SocketAssociation | undefined {
  if (socket.style === "one-to-one") return socket.single;
  if (id === SCTP_FUTURE_ASSOC) return undefined;
  return byId(socket, id, "getsockopt");
}

/** An option that only an association has. EINVAL for one-to-one sockets without one. */
export function association(socket: SocketState, id: number, syscall: string): SocketAssociation {
  if (socket.style === "one-to-many") return byId(socket, id, syscall);
  if (socket.single !== undefined) return socket.single;
  throw new SocketError("EINVAL", syscall, "the socket has no association: connect it first");
}

function byId(socket: SocketState, id: number, syscall: string): SocketAssociation {
  if (id <= SCTP_ALL_ASSOC) {
    throw new SocketError(
      "EINVAL",
      syscall,
      "SCTP_FUTURE_ASSOC, SCTP_CURRENT_ASSOC or SCTP_ALL_ASSOC cannot be used here",
    );
  }
  const found = socket.associations.get(id);
  if (found !== undefined) return found;
  throw new SocketError("ENOENT", syscall, `this socket has no association ${id}, or has it no more`);
}

/** Whom an option is set for that takes an association's id or SCTP_FUTURE_ASSOC. */
export function one(socket: SocketState, id: number): Targets {
  if (socket.style === "one-to-one") return everything(socket);
  if (id === SCTP_FUTURE_ASSOC) return { future: true, associations: [] };
  return { future: false, associations: [byId(socket, id, "setsockopt")] };
}

/** Whom an option is set for that takes SCTP_CURRENT_ASSOC and SCTP_ALL_ASSOC, too (RFC 6458 §7.2). */
export function any(socket: SocketState, id: number): Targets {
  if (socket.style === "one-to-one") return everything(socket);
  const all = [...socket.associations.values()];
  if (id === SCTP_CURRENT_ASSOC) return { future: false, associations: all };
  if (id === SCTP_ALL_ASSOC) return { future: true, associations: all };
  return one(socket, id);
}

/** Options without an id apply to the socket and to all that it has (RFC 6458 §8). */
export function everything(socket: SocketState): Targets {
  return { future: true, associations: [...socket.associations.values()] };
}

/** Changes parameters of the core. */
export function configure(socket: SocketState, targets: Targets, changes: Partial<AssociationConfig>): void {
  if (targets.future) {
    socket.config = { ...socket.config, ...changes };
    // Sockets that share the port have another one's endpoint.
    if (socket.port?.listener === socket) socket.port.endpoint.config = socket.config;
  }
  for (const { core } of targets.associations)
    configureCore(socket, () => core.configure(nowOf(socket), changes));
}

/** Runs what an association of the core may refuse, and lets it send. */
export function configureCore(socket: SocketState, change: () => void): void {
  translating("setsockopt", change);
  socket.port?.driver.wake();
}

export function nowOf(socket: SocketState): number {
  return socket.port?.driver.now() ?? 0;
}

/** Changes settings of this face, from what they are for each. */
export function resettle(
  socket: SocketState,
  targets: Targets,
  change: (settings: AssociationSettings) => Partial<AssociationSettings>,
): void {
  // All or none: what is refused for one is refused before any is changed.
  const changed = targets.associations.map((each) => ({
    each,
    settings: { ...each.settings, ...change(each.settings) },
  }));
  if (targets.future) socket.defaults = { ...socket.defaults, ...change(socket.defaults) };
  for (const { each, settings } of changed) each.settings = settings;
}

export function settingsOf(socket: SocketState, id: number): AssociationSettings {
  return asked(socket, id)?.settings ?? socket.defaults;
}

export function configOf(socket: SocketState, id: number): AssociationConfig {
  return asked(socket, id)?.core.config ?? socket.config;
}

/** An address of an option; undefined for none, and for the wildcard, which both mean all. */
export function optionalAddress(
  socket: SocketState,
  value: unknown,
  syscall: string,
): ReadAddress | undefined {
  if (value === undefined) return undefined;
  const address = readSockAddr(syscall, value, socket.addressRules);
  return address.isWildcard ? undefined : address;
}
