import type { PathConfig } from "../../../association/config.ts";
import type { PathStatus } from "../../../association/events.ts";
import { addressFamily, type IpAddress } from "../../../base/address.ts";
import { findPeer } from "../connecting.ts";
import * as names from "../constants.ts";
import { SocketError } from "../errors.ts";
import { assocId, flags, optional, struct, u8, u16, u32, unread } from "../fields.ts";
import type { ReadAddress } from "../sockaddr.ts";
import { readSockAddr } from "../sockaddr.ts";
import type { SocketAssociation } from "../socket-association.ts";
import type { SocketState } from "../socket-state.ts";
import type {
  SctpAssocValue,
  SctpPaddrInfo,
  SctpPaddrParams,
  SctpPaddrThlds,
  SctpSetPrim,
  SctpUdpEncaps,
} from "../structures.ts";
import { assocValue } from "./association.ts";
import {
  asked,
  association,
  configOf,
  configure,
  configureCore,
  nowOf,
  type Options,
  one,
  option,
  optionalAddress,
  resettle,
  settingsOf,
} from "./option.ts";

/** IP header, UDP header and SCTP common header, which the RFC's path MTU leaves out. */
const OVERHEAD = { 4: 20 + 8 + 12, 6: 40 + 8 + 12 } as const;
/** Of a fixed path MTU: what every IPv4 host takes (RFC 791), and the largest IP packet. */
const SMALLEST_MTU = 576;
const LARGEST_MTU = 65_535;
/** RFC 7829 §7.2: "0xffff disables the selection of a new primary peer address". */
const NEVER = 0xffff;
const HEARTBEAT_FLAGS = names.SPP_HB_ENABLE | names.SPP_HB_DISABLE;
const PMTUD_FLAGS = names.SPP_PMTUD_ENABLE | names.SPP_PMTUD_DISABLE;
const IMPOSSIBLE_FLAGS = names.SPP_IPV6_FLOWLABEL | names.SPP_DSCP;

/** A structure as it was read, with its address not looked at yet. */
type Raw<T, A extends keyof T> = Omit<T, A> & Record<A, unknown>;

type RawThresholds = { readonly spt_assoc_id: number; readonly spt_address: unknown } & Record<
  "spt_pathmaxrxt" | "spt_pathpfthld" | "spt_pathcpthld",
  number | undefined
>;

/** What is known and set of the peer's addresses. */
export const pathOptions: Options = {
  /** RFC 6458 §8.1.9. */
  SCTP_PRIMARY_ADDR: option<"SCTP_PRIMARY_ADDR", Raw<SctpSetPrim, "ssp_addr">>({
    idMember: "ssp_assoc_id",
    read: struct<Raw<SctpSetPrim, "ssp_addr">>({ ssp_assoc_id: assocId, ssp_addr: unread }),
    get: (socket, { ssp_assoc_id }) => {
      const { core } = association(socket, ssp_assoc_id, "getsockopt");
      const { destination } = primaryOf(core.paths);
      return { ssp_assoc_id, ssp_addr: socket.show(destination, core.peerPort) };
    },
    set: (socket, { ssp_assoc_id, ssp_addr }) => {
      const target = association(socket, ssp_assoc_id, "setsockopt");
      const { address } = addressOfPeer(socket, target, ssp_addr, "setsockopt");
      configureCore(socket, () => target.core.setPrimary(address));
    },
  }),
  /** RFC 6458 §8.1.12. */
  SCTP_PEER_ADDR_PARAMS: option<"SCTP_PEER_ADDR_PARAMS", Raw<SctpPaddrParams, "spp_address">>({
    idMember: "spp_assoc_id",
    read: struct<Raw<SctpPaddrParams, "spp_address">>({
      spp_assoc_id: assocId,
      spp_address: unread,
      spp_hbinterval: u32,
      spp_pathmaxrxt: u16,
      spp_pathmtu: u32,
      spp_flags: flags(
        HEARTBEAT_FLAGS | PMTUD_FLAGS | IMPOSSIBLE_FLAGS | names.SPP_HB_DEMAND | names.SPP_HB_TIME_IS_ZERO,
      ),
      spp_ipv6_flowlabel: u32,
      spp_dscp: u8,
    }),
    get: getPeerAddrParams,
    set: setPeerAddrParams,
  }),
  /** RFC 6458 §8.2.2, RFC 7829 §7.1. */
  SCTP_GET_PEER_ADDR_INFO: option<
    "SCTP_GET_PEER_ADDR_INFO",
    { spinfo_assoc_id: number; spinfo_address: unknown }
  >({
    idMember: "spinfo_assoc_id",
    read: (value, name, syscall) =>
      struct<{ spinfo_assoc_id: number; spinfo_address: unknown }>({
        spinfo_assoc_id: assocId,
        spinfo_address: unread,
      })(justAsked(value), name, syscall),
    get: (socket, { spinfo_assoc_id, spinfo_address }) => {
      const target = byIdOrAddress(socket, spinfo_assoc_id, spinfo_address);
      const { address } = addressOfPeer(socket, target, spinfo_address, "getsockopt");
      return paddrInfo(socket, target, pathOf(target, address));
    },
  }),
  /** RFC 7829 §7.2. */
  SCTP_PEER_ADDR_THLDS: option<"SCTP_PEER_ADDR_THLDS", RawThresholds>({
    idMember: "spt_assoc_id",
    read: struct<RawThresholds>({
      spt_assoc_id: assocId,
      spt_address: unread,
      // A threshold of 0 means something: one that is left out is left as it is.
      spt_pathmaxrxt: optional(u16),
      spt_pathpfthld: optional(u16),
      spt_pathcpthld: optional(u16),
    }),
    get: (socket, { spt_assoc_id, spt_address }) => {
      const config = pathConfig(socket, spt_assoc_id, spt_address);
      return {
        spt_assoc_id,
        spt_address: spt_address as SctpPaddrThlds["spt_address"],
        spt_pathmaxrxt: config.pathMaxRetrans,
        spt_pathpfthld: Math.min(config.potentiallyFailedMaxRetrans, NEVER),
        spt_pathcpthld: Math.min(config.primarySwitchoverMaxRetrans, NEVER),
      };
    },
    set: setThresholds,
  }),
  /** RFC 7829 §7.3. */
  SCTP_EXPOSE_POTENTIALLY_FAILED_STATE: option<"SCTP_EXPOSE_POTENTIALLY_FAILED_STATE", SctpAssocValue>({
    idMember: "assoc_id",
    read: assocValue,
    get: (socket, { assoc_id }) => ({
      assoc_id,
      assoc_value: Number(settingsOf(socket, assoc_id).exposesPotentiallyFailed),
    }),
    set: (socket, { assoc_id, assoc_value }) =>
      resettle(socket, one(socket, assoc_id), () => ({ exposesPotentiallyFailed: assoc_value !== 0 })),
  }),
  /** RFC 6951 §6.1. */
  SCTP_REMOTE_UDP_ENCAPS_PORT: option<"SCTP_REMOTE_UDP_ENCAPS_PORT", Raw<SctpUdpEncaps, "sue_address">>({
    idMember: "sue_assoc_id",
    read: struct<Raw<SctpUdpEncaps, "sue_address">>({
      sue_assoc_id: assocId,
      sue_address: unread,
      sue_port: u16,
    }),
    get: (socket, { sue_assoc_id, sue_address }) => {
      const target = asked(socket, sue_assoc_id);
      const given = optionalAddress(socket, sue_address, "getsockopt");
      if (given !== undefined && target === undefined) throw noAssociation("sue_address", "getsockopt");
      const port =
        given === undefined || target === undefined
          ? settingsOf(socket, sue_assoc_id).encapsulationPort
          : pathOf(target, given.address).udpPort;
      return { sue_assoc_id, sue_address: sue_address as SctpUdpEncaps["sue_address"], sue_port: port };
    },
    set: setEncapsulationPort,
  }),
};

/** RFC 6458 §8.2.2. */
export function paddrInfo(socket: SocketState, target: SocketAssociation, path: PathStatus): SctpPaddrInfo {
  const { id, core, settings } = target;
  const states = {
    active: names.SCTP_ACTIVE,
    // Ours, and unknown to RFC 6458: no error has been counted there.
    suspect: names.SCTP_ACTIVE,
    "potentially-failed": settings.exposesPotentiallyFailed
      ? names.SCTP_POTENTIALLY_FAILED
      : names.SCTP_ACTIVE,
    unconfirmed: names.SCTP_UNCONFIRMED,
    unreachable: names.SCTP_INACTIVE,
  } as const;
  return {
    spinfo_assoc_id: id,
    spinfo_address: socket.show(path.destination, core.peerPort),
    spinfo_state: states[path.state],
    spinfo_cwnd: path.cwnd,
    spinfo_srtt: Math.round(path.srtt ?? 0),
    spinfo_rto: Math.round(path.rto),
    spinfo_mtu: path.chunkRoom,
  };
}

export function primaryOf(paths: readonly PathStatus[]): PathStatus {
  const path = paths.find(({ primary }) => primary) ?? paths[0];
  if (path === undefined) throw new Error("an association has at least one path");
  return path;
}

function getPeerAddrParams(
  socket: SocketState,
  { spp_assoc_id, spp_address }: Raw<SctpPaddrParams, "spp_address">,
): SctpPaddrParams {
  const target = asked(socket, spp_assoc_id);
  const given = optionalAddress(socket, spp_address, "getsockopt");
  const config = pathConfig(socket, spp_assoc_id, spp_address);
  const fixed = config.pathMtu === undefined ? 0 : config.pathMtu - overheadOf(socket, given);
  return {
    spp_assoc_id,
    spp_address: spp_address as SctpPaddrParams["spp_address"],
    spp_hbinterval: config.heartbeatInterval,
    spp_pathmaxrxt: config.pathMaxRetrans,
    spp_pathmtu:
      target === undefined || given === undefined ? fixed : pathOf(target, given.address).chunkRoom,
    spp_flags:
      (config.heartbeats ? names.SPP_HB_ENABLE : names.SPP_HB_DISABLE) |
      (config.heartbeats && config.heartbeatInterval === 0 ? names.SPP_HB_TIME_IS_ZERO : 0) |
      (config.pathMtu === undefined ? names.SPP_PMTUD_ENABLE : names.SPP_PMTUD_DISABLE),
    spp_ipv6_flowlabel: 0,
    spp_dscp: 0,
  };
}

function setPeerAddrParams(socket: SocketState, value: Raw<SctpPaddrParams, "spp_address">): void {
  const { spp_assoc_id: id, spp_address, spp_flags } = value;
  const given = optionalAddress(socket, spp_address, "setsockopt");
  checkPeerAddrFlags(spp_flags, given);
  const changes = {
    ...heartbeatChanges(value),
    ...(value.spp_pathmaxrxt === 0 ? {} : { pathMaxRetrans: value.spp_pathmaxrxt }),
    ...((spp_flags & names.SPP_PMTUD_ENABLE) === 0 ? {} : { pathMtu: undefined }),
    ...((spp_flags & names.SPP_PMTUD_DISABLE) === 0 || value.spp_pathmtu === 0
      ? {}
      : { pathMtu: fixedMtu(value.spp_pathmtu, overheadOf(socket, given)) }),
  };
  const path = configurePaths(socket, { id, member: "spp_address", address: spp_address }, changes);
  if (path === undefined || (spp_flags & names.SPP_HB_DEMAND) === 0) return;
  configureCore(socket, () => path.target.core.requestHeartbeat(path.address));
}

/** Changes all paths, those to come included, or the one of an address, which is returned. */
function configurePaths(
  socket: SocketState,
  { id, member, address: value }: { readonly id: number; readonly member: string; readonly address: unknown },
  changes: Partial<PathConfig>,
): { readonly target: SocketAssociation; readonly address: IpAddress } | undefined {
  const targets = one(socket, id);
  if (optionalAddress(socket, value, "setsockopt") === undefined) {
    configure(socket, targets, changes);
    return undefined;
  }
  const [target] = targets.associations;
  if (target === undefined) throw noAssociation(member, "setsockopt");
  const { address } = addressOfPeer(socket, target, value, "setsockopt");
  configureCore(socket, () => target.core.configurePath(nowOf(socket), address, changes));
  return { target, address };
}

function heartbeatChanges({
  spp_flags,
  spp_hbinterval,
}: Raw<SctpPaddrParams, "spp_address">): Partial<PathConfig> {
  if ((spp_flags & names.SPP_HB_DISABLE) !== 0) return { heartbeats: false };
  const isZero = (spp_flags & names.SPP_HB_TIME_IS_ZERO) !== 0;
  // RFC 6458 §8.1.12: "unless the spp_flags field is set to SPP_HB_ENABLE, the value of this field is ignored".
  const isOn = (spp_flags & names.SPP_HB_ENABLE) !== 0;
  return {
    ...(isOn ? { heartbeats: true } : {}),
    ...(isOn && spp_hbinterval > 0 ? { heartbeatInterval: spp_hbinterval } : {}),
    ...(isZero ? { heartbeatInterval: 0 } : {}),
  };
}

function fixedMtu(room: number, overhead: number): number {
  const mtu = room + overhead;
  if (mtu >= SMALLEST_MTU && mtu <= LARGEST_MTU) return mtu;
  throw new SocketError(
    "EINVAL",
    "setsockopt",
    `spp_pathmtu is a whole number from ${SMALLEST_MTU - overhead} to ${LARGEST_MTU - overhead}, not ${room}`,
  );
}

function checkPeerAddrFlags(spp_flags: number, given: ReadAddress | undefined): void {
  if ((spp_flags & IMPOSSIBLE_FLAGS) !== 0) {
    throw new SocketError(
      "EOPNOTSUPP",
      "setsockopt",
      "SPP_IPV6_FLOWLABEL and SPP_DSCP are not possible: Node cannot set them on a UDP socket",
    );
  }
  if ((spp_flags & HEARTBEAT_FLAGS) === HEARTBEAT_FLAGS || (spp_flags & PMTUD_FLAGS) === PMTUD_FLAGS) {
    throw new SocketError("EINVAL", "setsockopt", "spp_flags both enable and disable the same");
  }
  if ((spp_flags & names.SPP_HB_DEMAND) !== 0 && given === undefined) {
    throw new SocketError(
      "EINVAL",
      "setsockopt",
      "SPP_HB_DEMAND needs the address that the HEARTBEAT goes to",
    );
  }
}

function setThresholds(socket: SocketState, value: RawThresholds): void {
  const { spt_assoc_id: id, spt_address: address } = value;
  const now = pathConfig(socket, id, address);
  const failed = value.spt_pathpfthld ?? now.potentiallyFailedMaxRetrans;
  const given = value.spt_pathcpthld ?? now.primarySwitchoverMaxRetrans;
  const switchover = given === NEVER ? Number.POSITIVE_INFINITY : given;
  if (switchover < failed) {
    throw new SocketError(
      "EINVAL",
      "setsockopt",
      `spt_pathcpthld, ${switchover}, must not be below spt_pathpfthld, ${failed} (RFC 7829 §7.2)`,
    );
  }
  configurePaths(
    socket,
    { id, member: "spt_address", address },
    {
      pathMaxRetrans: value.spt_pathmaxrxt ?? now.pathMaxRetrans,
      potentiallyFailedMaxRetrans: failed,
      primarySwitchoverMaxRetrans: switchover,
    },
  );
}

function setEncapsulationPort(
  socket: SocketState,
  { sue_assoc_id, sue_address, sue_port }: Raw<SctpUdpEncaps, "sue_address">,
): void {
  if (sue_port === 0) {
    throw new SocketError(
      "EINVAL",
      "setsockopt",
      "sue_port 0 would turn the encapsulation off, and here all is UDP",
    );
  }
  const targets = one(socket, sue_assoc_id);
  const given = optionalAddress(socket, sue_address, "setsockopt");
  // RFC 6951 §6.1: "If a wildcard address is provided, it applies only to future paths."
  if (given === undefined) {
    resettle(socket, targets, () => ({ encapsulationPort: sue_port }));
    return;
  }
  const [target] = targets.associations;
  if (target === undefined) throw noAssociation("sue_address", "setsockopt");
  const { address } = addressOfPeer(socket, target, sue_address, "setsockopt");
  configureCore(socket, () => target.core.setUdpPort(address, sue_port));
}

function pathConfig(
  socket: SocketState,
  id: number,
  value: unknown,
): ReturnType<SocketAssociation["core"]["pathConfig"]> {
  const target = asked(socket, id);
  const given = optionalAddress(socket, value, "getsockopt");
  if (given === undefined) return configOf(socket, id);
  if (target === undefined) throw noAssociation("the query", "getsockopt");
  const { address } = addressOfPeer(socket, target, value, "getsockopt");
  return target.core.pathConfig(address);
}

/** The address, which must be one of the peer's, with its port or with none. */
function addressOfPeer(
  socket: SocketState,
  target: SocketAssociation,
  value: unknown,
  syscall: string,
): ReadAddress {
  const read = readSockAddr(syscall, value, socket.addressRules);
  const { peerPort, paths } = target.core;
  const isKnown = paths.some(({ destination }) => destination === read.address);
  if (isKnown && (read.port === 0 || read.port === peerPort)) return read;
  const known = paths.map(({ destination }) => destination).join(", ");
  throw new SocketError(
    "EINVAL",
    syscall,
    `${read.address} port ${read.port} is no address of the peer: ${known} port ${peerPort}`,
  );
}

function pathOf({ core }: SocketAssociation, address: string): PathStatus {
  const path = core.paths.find(({ destination }) => destination === address);
  if (path !== undefined) return path;
  throw new SocketError("EINVAL", "getsockopt", `${address} is no address of the peer`);
}

/** RFC 6458 §8.2.2: the id has priority; without it, the address finds the association. */
function byIdOrAddress(socket: SocketState, id: number, value: unknown): SocketAssociation {
  if (socket.style === "one-to-one" || id > names.SCTP_ALL_ASSOC)
    return association(socket, id, "getsockopt");
  const found =
    id === names.SCTP_FUTURE_ASSOC &&
    findPeer(socket, readSockAddr("getsockopt", value, socket.addressRules));
  if (found) return found;
  throw new SocketError("EINVAL", "getsockopt", "there is no association with that address");
}

/** Of a structure that came back from an earlier call only what is asked with. */
function justAsked(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { spinfo_assoc_id, spinfo_address } = value as Partial<SctpPaddrInfo>;
  return { spinfo_assoc_id, spinfo_address };
}

function overheadOf({ domain }: SocketState, given: ReadAddress | undefined): number {
  if (given !== undefined) return OVERHEAD[addressFamily(given.address)];
  return domain === names.AF_INET ? OVERHEAD[4] : OVERHEAD[6];
}

function noAssociation(member: string, syscall: string): SocketError {
  return new SocketError(
    "EINVAL",
    syscall,
    `${member} names an address, and there is no association that has it`,
  );
}
