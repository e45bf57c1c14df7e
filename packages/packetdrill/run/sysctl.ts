import type { OptionName, SctpSocket, SocketOptions } from "usctp/socket";
import { type Position, ScriptError } from "../language/position.ts";

/** What a variable of a system comes to with us: an option of the sockets that are made from then on. */
type Setting = (value: number) => readonly [OptionName, Readonly<Record<string, number>>];

const settings: Readonly<Record<string, Setting>> = {
  rto_initial: (value) => ["SCTP_RTOINFO", { srto_initial: value }],
  rto_min: (value) => ["SCTP_RTOINFO", { srto_min: value }],
  rto_max: (value) => ["SCTP_RTOINFO", { srto_max: value }],
  delayed_sack_time: (value) => ["SCTP_DELAYED_SACK", { sack_delay: value }],
  sack_freq: (value) => ["SCTP_DELAYED_SACK", { sack_freq: value }],
  assoc_rtx_max: (value) => ["SCTP_ASSOCINFO", { sasoc_asocmaxrxt: value }],
  path_rtx_max: (value) => ["SCTP_PEER_ADDR_PARAMS", { spp_pathmaxrxt: value }],
  init_rtx_max: (value) => ["SCTP_INITMSG", { sinit_max_attempts: value }],
  valid_cookie_life: (value) => ["SCTP_ASSOCINFO", { sasoc_cookie_life: value }],
  outgoing_streams: (value) => ["SCTP_INITMSG", { sinit_num_ostreams: value }],
  incoming_streams: (value) => ["SCTP_INITMSG", { sinit_max_instreams: value }],
  maxburst: (value) => ["SCTP_MAX_BURST", { assoc_value: value }],
  pr_enable: (value) => ["SCTP_PR_SUPPORTED", { assoc_value: value }],
};

/** What a variable of a system comes to that is asked of a socket when it is made. */
const socketOptions: Readonly<Record<string, (value: number) => SocketOptions>> = {
  reconfig_enable: (value) => ({ reconfiguration: value !== 0 }),
};

/** What sockets are made with on a system whose variables nobody has set: on Linux `net.sctp.reconf_enable` is 0. */
export function initialSocketOptions(system: string | undefined): SocketOptions {
  return { reconfiguration: system !== "Linux" };
}

/**
 * What is set on sockets there: the peers of the scripts do not offer partial reliability unless they say so, and Linux
 * has it in no INIT ACK then (RFC 3758 §3.3.2: "MAY include"), where we always offer it.
 */
export function initialSettings(system: string | undefined): ReturnType<Setting>[] {
  return system === "Linux" ? [["SCTP_PR_SUPPORTED", { assoc_value: 0 }]] : [];
}

/** Variables that change nothing here, and why. */
export const withoutMeaning: Readonly<Record<string, string>> = {
  ecn_enable: "a UDP socket of Node neither sees nor sets ECN bits",
  asconf_enable: "RFC 5061 is not negotiated",
  auth_enable: "RFC 4895 is not negotiated",
  auth_disable: "RFC 4895 is not negotiated",
  nrsack_enable: "NR-SACK is not spoken",
  nrsack_on_off: "NR-SACK is not spoken",
  pktdrop_enable: "PKTDROP is not spoken",
};

const COMMAND = /^sysctl(?:\s+-\w+)*\s+(?:net\.(?:inet\.)?sctp\.)(\w+)=(\d+)$/;

/** Throws a `ScriptError` for a command that is not understood. */
export function checkSysctl(command: string, at: Position): void {
  const [, name = ""] = COMMAND.exec(command) ?? [];
  if (name in settings || name in socketOptions || name in withoutMeaning) return;
  throw new ScriptError(`this command is not known: ${command}`, at);
}

/** What is to be set on each socket, undefined where the variable means nothing here. */
export function settingOf(command: string): ReturnType<Setting> | undefined {
  const [, name = "", value = ""] = COMMAND.exec(command) ?? [];
  return settings[name]?.(Number(value));
}

/** What sockets are made with from then on, undefined where the variable says nothing of that. */
export function socketOptionsOf(command: string): SocketOptions | undefined {
  const [, name = "", value = ""] = COMMAND.exec(command) ?? [];
  return socketOptions[name]?.(Number(value));
}

/** Sets what was chosen, members of one structure together: one alone may not fit the defaults of the others. */
export function applySettings(
  socket: SctpSocket,
  chosen: readonly (readonly [OptionName, Readonly<Record<string, number>>])[],
): void {
  const byName = new Map<OptionName, Record<string, number>>();
  for (const [name, value] of chosen) byName.set(name, { ...byName.get(name), ...value });
  for (const [name, value] of byName) socket.setsockopt("IPPROTO_SCTP", name, value as never);
}
