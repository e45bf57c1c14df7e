import {
  AF_INET6,
  IPPROTO_IPV6,
  IPPROTO_SCTP,
  type OptionName,
  type OptionQuery,
  type OptionTypes,
  SCTP_ABORT,
  SCTP_ASSOC_CHANGE,
  SCTP_AUTH_HMAC_ID_SHA1,
  SCTP_AUTH_HMAC_ID_SHA256,
  SCTP_AUTH_KEY,
  SCTP_PR_SCTP_NONE,
  SCTP_PR_SCTP_TTL,
  SCTP_SHUTDOWN_EVENT,
  SCTP_SS_DEFAULT,
  SCTP_SS_RR,
  SCTP_UNORDERED,
  type SctpSocket,
  SOL_SOCKET,
  SPP_HB_DEMAND,
  SPP_HB_DISABLE,
  SPP_HB_ENABLE,
  SPP_PMTUD_DISABLE,
  SPP_PMTUD_ENABLE,
} from "usctp/socket";

/** All options, with what the RFCs say of each: a new one does not compile until it stands here. */

export interface Row {
  /** Where it is specified; RFC 6458 unless another is named. */
  readonly section: string;
  /** Default IPPROTO_SCTP. */
  readonly level?: typeof SOL_SOCKET | typeof IPPROTO_IPV6;
  /** Read and written (the default), read only, written only. */
  readonly kind?: "read-only" | "write-only";
  /** The member that holds the association's id. */
  readonly id?: string;
  /**
   * What that member takes when it is set: an association or FUTURE; CURRENT and ALL, too; FUTURE alone; an association
   * alone.
   */
  readonly takes?: "one" | "any" | "future" | "association";
  /** What it is asked with, besides the id. */
  readonly query?: object;
  /** What a new socket has; one-to-many sockets if that differs. */
  readonly initial?: unknown;
  readonly initialOfMany?: unknown;
  /** A value to set, and what is read then where that differs (of a structure, the members that matter). */
  readonly value?: unknown;
  readonly read?: unknown;
  /** What has to be done before it can be set. */
  readonly prepare?: (socket: SctpSocket) => void;
  /** Values that are refused with EINVAL. */
  readonly wrong?: readonly unknown[];
  /** The only style that it is for, the only domain; whether it must be set before bind(). */
  readonly style?: "one-to-one" | "one-to-many";
  readonly domain?: typeof AF_INET6;
  readonly beforeBind?: boolean;
}

const flag: Row = { section: "", initial: 0, value: true, read: 1, wrong: ["on", undefined, {}, 0.5] };

const noEvents = {
  sctp_data_io_event: 0,
  sctp_association_event: 0,
  sctp_address_event: 0,
  sctp_send_failure_event: 0,
  sctp_peer_error_event: 0,
  sctp_shutdown_event: 0,
  sctp_partial_delivery_event: 0,
  sctp_adaptation_layer_event: 0,
  sctp_authentication_event: 0,
  sctp_sender_dry_event: 0,
};

export const table: { readonly [N in OptionName]: Row } = {
  SO_LINGER: {
    section: "8.1.4",
    level: SOL_SOCKET,
    initial: { l_onoff: 0, l_linger: 0 },
    value: { l_onoff: 1, l_linger: 5 },
    wrong: [{ l_onoff: 1, l_linger: -1 }, 5],
  },
  SO_RCVBUF: {
    section: "8.1.6",
    level: SOL_SOCKET,
    initial: 1_048_576,
    value: 20_000,
    wrong: [0, -1, 1_499, 1.5, "20000", undefined],
  },
  SO_SNDBUF: {
    section: "8.1.7",
    level: SOL_SOCKET,
    initial: 1_048_576,
    value: 5_000,
    wrong: [0, -1, 1.5],
  },
  SO_ERROR: { section: "3.1.6, 4.1.5", level: SOL_SOCKET, kind: "read-only", initial: 0 },
  SO_TYPE: {
    section: "3.1.1, 4.1.1",
    level: SOL_SOCKET,
    kind: "read-only",
    initial: "SOCK_STREAM",
    initialOfMany: "SOCK_SEQPACKET",
  },
  IPV6_V6ONLY: {
    ...flag,
    section: "RFC 3493 §5.3",
    level: IPPROTO_IPV6,
    domain: AF_INET6,
    beforeBind: true,
  },

  SCTP_RTOINFO: {
    section: "8.1.1",
    id: "srto_assoc_id",
    takes: "one",
    initial: { srto_assoc_id: 0, srto_initial: 1_000, srto_max: 60_000, srto_min: 1_000 },
    value: { srto_initial: 500, srto_max: 2_000, srto_min: 200 },
    wrong: [
      { srto_min: 70_000 },
      { srto_max: 10 },
      { srto_initial: 100 },
      { srto_max: -1 },
      { srto_min: 0.5 },
    ],
  },
  SCTP_ASSOCINFO: {
    section: "8.1.2",
    id: "sasoc_assoc_id",
    takes: "one",
    initial: {
      sasoc_assoc_id: 0,
      sasoc_asocmaxrxt: 10,
      sasoc_number_peer_destinations: 0,
      sasoc_peer_rwnd: 0,
      sasoc_local_rwnd: 1_048_576,
      sasoc_cookie_life: 60_000,
    },
    value: { sasoc_asocmaxrxt: 4, sasoc_cookie_life: 5_000 },
    wrong: [{ sasoc_asocmaxrxt: 65_536 }, { sasoc_asocmaxrxt: 3, sasoc_cookie_life: -1 }],
  },
  SCTP_INITMSG: {
    section: "8.1.3",
    initial: {
      sinit_num_ostreams: 1_024,
      sinit_max_instreams: 2_048,
      sinit_max_attempts: 8,
      sinit_max_init_timeo: 60_000,
    },
    value: {
      sinit_num_ostreams: 10,
      sinit_max_instreams: 20,
      sinit_max_attempts: 3,
      sinit_max_init_timeo: 4_000,
    },
    wrong: [{ sinit_num_ostreams: 65_536 }, { sinit_num_ostreams: 5, sinit_max_attempts: -1 }],
  },
  SCTP_NODELAY: { ...flag, section: "8.1.5" },
  SCTP_AUTOCLOSE: { section: "8.1.8", initial: 0, value: 100, wrong: [-1, 0.5, true], style: "one-to-many" },
  SCTP_PRIMARY_ADDR: { section: "8.1.9", id: "ssp_assoc_id", takes: "association" },
  SCTP_ADAPTATION_LAYER: {
    section: "8.1.10",
    initial: { ssb_adaptation_ind: 0 },
    value: { ssb_adaptation_ind: 0xffff_ffff },
    wrong: [{ ssb_adaptation_ind: 0x1_0000_0000 }],
  },
  SCTP_DISABLE_FRAGMENTS: { ...flag, section: "8.1.11" },
  SCTP_PEER_ADDR_PARAMS: {
    section: "8.1.12",
    id: "spp_assoc_id",
    takes: "one",
    initial: {
      spp_assoc_id: 0,
      spp_address: undefined,
      spp_hbinterval: 30_000,
      spp_pathmaxrxt: 5,
      spp_pathmtu: 0,
      spp_flags: SPP_HB_ENABLE | SPP_PMTUD_ENABLE,
      spp_ipv6_flowlabel: 0,
      spp_dscp: 0,
    },
    value: {
      spp_hbinterval: 5_000,
      spp_pathmaxrxt: 2,
      spp_pathmtu: 1_000,
      spp_flags: SPP_HB_ENABLE | SPP_PMTUD_DISABLE,
    },
    wrong: [
      { spp_pathmaxrxt: 3, spp_flags: SPP_HB_ENABLE | SPP_HB_DISABLE },
      { spp_pathmaxrxt: 3, spp_flags: SPP_PMTUD_ENABLE | SPP_PMTUD_DISABLE },
      { spp_pathmaxrxt: 3, spp_flags: SPP_HB_DEMAND },
      { spp_pathmaxrxt: 3, spp_flags: 0x8000 },
      { spp_pathmaxrxt: 3, spp_pathmtu: 100, spp_flags: SPP_PMTUD_DISABLE },
      { spp_pathmaxrxt: 3, spp_pathmtu: 70_000, spp_flags: SPP_PMTUD_DISABLE },
      { spp_pathmaxrxt: 65_536 },
      { spp_pathmaxrxt: 3, spp_address: { address: "192.0.2.99" } },
      { spp_pathmaxrxt: 3, spp_address: { address: "nowhere" } },
    ],
  },
  SCTP_DEFAULT_SEND_PARAM: {
    section: "8.1.13",
    id: "sinfo_assoc_id",
    takes: "any",
    initial: {
      sinfo_stream: 0,
      sinfo_ssn: 0,
      sinfo_flags: 0,
      sinfo_ppid: 0,
      sinfo_context: 0,
      sinfo_timetolive: 0,
      sinfo_tsn: 0,
      sinfo_cumtsn: 0,
      sinfo_assoc_id: 0,
    },
    value: {
      sinfo_stream: 3,
      sinfo_flags: SCTP_UNORDERED,
      sinfo_ppid: 5,
      sinfo_context: 6,
      sinfo_timetolive: 700,
    },
    wrong: [
      { sinfo_ppid: 1, sinfo_flags: SCTP_ABORT },
      { sinfo_ppid: 1, sinfo_stream: 5_000 },
    ],
  },
  SCTP_EVENTS: {
    section: "6.2.1, 8.1.14",
    initial: noEvents,
    value: { sctp_data_io_event: 1, sctp_association_event: 1 },
    read: { ...noEvents, sctp_data_io_event: 1, sctp_association_event: 1 },
    wrong: [{ sctp_association_event: 256 }, { sctp_association_event: 0, sctp_shutdown_event: "yes" }],
  },
  SCTP_I_WANT_MAPPED_V4_ADDR: { ...flag, section: "8.1.15", domain: AF_INET6 },
  SCTP_MAXSEG: {
    section: "8.1.16",
    id: "assoc_id",
    takes: "one",
    initial: { assoc_id: 0, assoc_value: 0 },
    value: { assoc_value: 500 },
    wrong: [{ assoc_value: -1 }],
  },
  SCTP_HMAC_IDENT: {
    section: "8.1.17",
    // RFC 4895 §6.1: not once the endpoint has told it.
    beforeBind: true,
    initial: {
      shmac_number_of_idents: 2,
      shmac_idents: [SCTP_AUTH_HMAC_ID_SHA256, SCTP_AUTH_HMAC_ID_SHA1],
    },
    value: { shmac_idents: [SCTP_AUTH_HMAC_ID_SHA1] },
    read: { shmac_number_of_idents: 1, shmac_idents: [SCTP_AUTH_HMAC_ID_SHA1] },
    wrong: [
      { shmac_idents: [SCTP_AUTH_HMAC_ID_SHA256] },
      { shmac_idents: [SCTP_AUTH_HMAC_ID_SHA1, 2] },
      { shmac_idents: [] },
    ],
  },
  SCTP_AUTH_ACTIVE_KEY: {
    section: "8.1.18",
    id: "scact_assoc_id",
    takes: "any",
    prepare: (socket) => set(socket, SCTP_AUTH_KEY, { sca_assoc_id: 2, sca_keynumber: 7 }),
    initial: { scact_assoc_id: 0, scact_keynumber: 0 },
    value: { scact_keynumber: 7 },
    wrong: [{ scact_keynumber: 8 }],
  },
  SCTP_DELAYED_SACK: {
    section: "8.1.19",
    id: "sack_assoc_id",
    takes: "any",
    initial: { sack_assoc_id: 0, sack_delay: 200, sack_freq: 2 },
    value: { sack_delay: 100, sack_freq: 3 },
    wrong: [{ sack_delay: 501, sack_freq: 1 }, { sack_delay: -1 }],
  },
  SCTP_FRAGMENT_INTERLEAVE: {
    section: "8.1.20",
    initial: 0,
    initialOfMany: 1,
    prepare: (socket) => set(socket, "SCTP_RECVRCVINFO", 1),
    value: 2,
    wrong: [3, -1, "1"],
  },
  SCTP_PARTIAL_DELIVERY_POINT: {
    section: "8.1.21",
    initial: 1_048_576,
    value: 4_000,
    wrong: [1_048_577, -1],
  },
  SCTP_USE_EXT_RCVINFO: { ...flag, section: "8.1.22" },
  SCTP_AUTO_ASCONF: { ...flag, section: "8.1.23" },
  SCTP_MAX_BURST: {
    section: "8.1.24",
    id: "assoc_id",
    takes: "any",
    initial: { assoc_id: 0, assoc_value: 4 },
    value: { assoc_value: 2 },
    wrong: [{ assoc_value: -1 }],
  },
  SCTP_CONTEXT: {
    section: "8.1.25",
    id: "assoc_id",
    takes: "any",
    initial: { assoc_id: 0, assoc_value: 0 },
    value: { assoc_value: 0xffff_ffff },
    wrong: [{ assoc_value: 0x1_0000_0000 }],
  },
  SCTP_EXPLICIT_EOR: { ...flag, section: "8.1.26" },
  SCTP_REUSE_PORT: { ...flag, section: "8.1.27", style: "one-to-one", beforeBind: true },
  SCTP_EVENT: {
    section: "6.2.2, 8.1.28",
    id: "se_assoc_id",
    takes: "any",
    query: { se_type: SCTP_SHUTDOWN_EVENT },
    initial: { se_assoc_id: 0, se_type: SCTP_SHUTDOWN_EVENT, se_on: 0 },
    value: { se_type: SCTP_SHUTDOWN_EVENT, se_on: 1 },
    wrong: [{ se_type: "SCTP_NOTHING", se_on: 1 }, { se_on: 1 }, { se_type: SCTP_ASSOC_CHANGE, se_on: 256 }],
  },
  SCTP_RECVRCVINFO: { ...flag, section: "8.1.29" },
  SCTP_RECVNXTINFO: { ...flag, section: "8.1.30" },
  SCTP_DEFAULT_SNDINFO: {
    section: "8.1.31",
    id: "snd_assoc_id",
    takes: "any",
    initial: { snd_sid: 0, snd_flags: 0, snd_ppid: 0, snd_context: 0, snd_assoc_id: 0 },
    value: { snd_sid: 3, snd_flags: SCTP_UNORDERED, snd_ppid: 5, snd_context: 6 },
    wrong: [
      { snd_ppid: 1, snd_flags: SCTP_ABORT },
      { snd_ppid: 1, snd_sid: 5_000 },
    ],
  },
  SCTP_DEFAULT_PRINFO: {
    section: "8.1.32, RFC 7496 §4.2",
    id: "pr_assoc_id",
    takes: "any",
    initial: { pr_policy: SCTP_PR_SCTP_NONE, pr_value: 0, pr_assoc_id: 0 },
    value: { pr_policy: SCTP_PR_SCTP_TTL, pr_value: 500 },
    wrong: [
      { pr_policy: "SCTP_PR_SCTP_ALL", pr_value: 1 },
      { pr_policy: SCTP_PR_SCTP_TTL, pr_value: -1 },
    ],
  },

  SCTP_STATUS: { section: "8.2.1", kind: "read-only", id: "sstat_assoc_id", takes: "association" },
  SCTP_GET_PEER_ADDR_INFO: {
    section: "8.2.2",
    kind: "read-only",
    id: "spinfo_assoc_id",
    takes: "association",
    query: { spinfo_address: { address: "10.0.0.1" } },
  },
  SCTP_PEER_AUTH_CHUNKS: { section: "8.2.3", kind: "read-only", id: "gauth_assoc_id", takes: "association" },
  SCTP_LOCAL_AUTH_CHUNKS: {
    section: "8.2.4",
    kind: "read-only",
    id: "gauth_assoc_id",
    takes: "one",
    initial: { gauth_assoc_id: 0, gauth_number_of_chunks: 0, gauth_chunks: [] },
  },
  SCTP_GET_ASSOC_NUMBER: { section: "8.2.5", kind: "read-only", style: "one-to-many", initial: 0 },
  SCTP_GET_ASSOC_ID_LIST: {
    section: "8.2.6",
    kind: "read-only",
    style: "one-to-many",
    initial: { gaids_number_of_ids: 0, gaids_assoc_id: [] },
  },

  SCTP_SET_PEER_PRIMARY_ADDR: {
    section: "8.3.1",
    kind: "write-only",
    id: "sspp_assoc_id",
    takes: "association",
    value: { sspp_addr: { address: "10.0.0.2" } },
  },
  SCTP_AUTH_CHUNK: { section: "8.3.2", kind: "write-only", value: { sauth_chunk: 0 } },
  SCTP_AUTH_KEY: {
    section: "8.3.3",
    kind: "write-only",
    id: "sca_assoc_id",
    takes: "any",
    value: { sca_keynumber: 7 },
  },
  SCTP_AUTH_DEACTIVATE_KEY: {
    section: "8.3.4",
    kind: "write-only",
    id: "scact_assoc_id",
    takes: "any",
    value: { scact_keynumber: 7 },
  },
  SCTP_AUTH_DELETE_KEY: {
    section: "8.3.5",
    kind: "write-only",
    id: "scact_assoc_id",
    takes: "any",
    value: { scact_keynumber: 7 },
  },

  SCTP_ENABLE_STREAM_RESET: {
    section: "RFC 6525 §6.3.1",
    id: "assoc_id",
    takes: "any",
    initial: { assoc_id: 0, assoc_value: 0 },
    value: { assoc_value: 7 },
    wrong: [{ assoc_value: 8 }],
  },
  SCTP_RESET_STREAMS: {
    section: "RFC 6525 §6.3.2",
    kind: "write-only",
    id: "srs_assoc_id",
    takes: "association",
    value: { srs_flags: 1, srs_stream_list: [0] },
  },
  SCTP_RESET_ASSOC: { section: "RFC 6525 §6.3.3", kind: "write-only", value: 3 },
  SCTP_ADD_STREAMS: {
    section: "RFC 6525 §6.3.4",
    kind: "write-only",
    id: "sas_assoc_id",
    takes: "association",
    value: { sas_outstrms: 1 },
  },
  SCTP_REMOTE_UDP_ENCAPS_PORT: {
    section: "RFC 6951 §6.1",
    id: "sue_assoc_id",
    takes: "one",
    initial: { sue_assoc_id: 0, sue_address: undefined, sue_port: 9_899 },
    value: { sue_port: 5_555 },
    wrong: [{ sue_port: 0 }, { sue_port: 65_536 }, { sue_port: 1, sue_address: { address: "192.0.2.99" } }],
  },
  SCTP_PR_SUPPORTED: {
    section: "RFC 7496 §4.5",
    id: "assoc_id",
    takes: "future",
    initial: { assoc_id: 0, assoc_value: 1 },
    value: { assoc_value: 0 },
    wrong: [{ assoc_value: -1 }],
  },
  SCTP_PR_STREAM_STATUS: {
    section: "RFC 7496 §4.3",
    kind: "read-only",
    id: "sprstat_assoc_id",
    takes: "association",
    query: { sprstat_policy: "SCTP_PR_SCTP_ALL" },
  },
  SCTP_PR_ASSOC_STATUS: {
    section: "RFC 7496 §4.4",
    kind: "read-only",
    id: "sprstat_assoc_id",
    takes: "association",
    query: { sprstat_policy: "SCTP_PR_SCTP_ALL" },
  },
  SCTP_PEER_ADDR_THLDS: {
    section: "RFC 7829 §7.2",
    id: "spt_assoc_id",
    takes: "one",
    initial: {
      spt_assoc_id: 0,
      spt_address: undefined,
      spt_pathmaxrxt: 5,
      spt_pathpfthld: 0,
      spt_pathcpthld: 0xffff,
    },
    value: { spt_pathmaxrxt: 4, spt_pathpfthld: 2, spt_pathcpthld: 3 },
    wrong: [
      { spt_pathmaxrxt: 1, spt_pathpfthld: 3, spt_pathcpthld: 2 },
      { spt_pathmaxrxt: 1, spt_pathpfthld: 1, spt_pathcpthld: 65_536 },
      { spt_pathmaxrxt: 1, spt_address: { address: "192.0.2.99" } },
    ],
  },
  SCTP_EXPOSE_POTENTIALLY_FAILED_STATE: {
    section: "RFC 7829 §7.3",
    id: "assoc_id",
    takes: "one",
    initial: { assoc_id: 0, assoc_value: 1 },
    value: { assoc_value: 0 },
    wrong: [{ assoc_value: -1 }],
  },
  SCTP_INTERLEAVING_SUPPORTED: {
    section: "RFC 8260 §4.3.1",
    id: "assoc_id",
    takes: "future",
    initial: { assoc_id: 0, assoc_value: 0 },
    prepare: (socket) => {
      set(socket, "SCTP_RECVRCVINFO", 1);
      set(socket, "SCTP_FRAGMENT_INTERLEAVE", 2);
    },
    value: { assoc_value: 1 },
    wrong: [{ assoc_value: -1 }],
  },
  SCTP_STREAM_SCHEDULER: {
    section: "RFC 8260 §4.3.2",
    id: "assoc_id",
    takes: "any",
    initial: { assoc_id: 0, assoc_value: SCTP_SS_DEFAULT },
    value: { assoc_value: SCTP_SS_RR },
    wrong: [{ assoc_value: "SCTP_SS_FAIR" }, { assoc_value: 3 }],
  },
  SCTP_STREAM_SCHEDULER_VALUE: {
    section: "RFC 8260 §4.3.3",
    id: "assoc_id",
    takes: "any",
    query: { stream_id: 2 },
    initial: { assoc_id: 0, stream_id: 2, stream_value: 0 },
    value: { stream_id: 2, stream_value: 9 },
    wrong: [
      { stream_id: 5_000, stream_value: 9 },
      { stream_id: 2, stream_value: 65_536 },
    ],
  },
  SCTP_ACCEPT_ZERO_CHECKSUM: { section: "RFC 9653 §7.1", kind: "write-only", value: 0 },
};

export const rows: readonly (readonly [OptionName, Row])[] = Object.entries(table) as [OptionName, Row][];

/** The options that are read and written. */
export const readWrite: readonly (readonly [OptionName, Row])[] = rows.filter(
  ([, { kind, value }]) => kind === undefined && value !== undefined,
);

/** The value for an association, FUTURE, CURRENT or ALL, where the option has a member for that. */
export function about(name: OptionName, id: number, value: unknown = {}): unknown {
  const { id: member } = table[name];
  return member === undefined || typeof value !== "object" ? value : { ...value, [member]: id };
}

export function levelOf(name: OptionName): string {
  return table[name].level ?? IPPROTO_SCTP;
}

export function set(socket: SctpSocket, name: OptionName, value: unknown): void {
  socket.setsockopt(levelOf(name), name, value as OptionTypes[OptionName]["set"]);
}

/** Sets the value of the table for that id. */
export function setFor(socket: SctpSocket, name: OptionName, id: number = 0): void {
  set(socket, name, about(name, id, table[name].value));
}

/** Reads the option for that id. */
export function get(socket: SctpSocket, name: OptionName, id: number = 0): unknown {
  const query = about(name, id, table[name].query);
  return socket.getsockopt(levelOf(name), name, query as OptionQuery<OptionName>);
}

/** What is read after `value` was set for that id. */
export function expected(name: OptionName, id: number = 0): unknown {
  const { value, read } = table[name];
  return about(name, id, read ?? value);
}
