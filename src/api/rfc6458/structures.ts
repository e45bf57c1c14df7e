import type * as names from "./constants.ts";
import type { FullSockAddr, SockAddr } from "./sockaddr.ts";

/**
 * The structures of ancillary data and of sendv() and recvv() (RFC 6458 §5.3, §9.12, §9.13), with the names of their
 * members. Times in ms, sizes in bytes. PPIDs are numbers as the peer's stack shows them: there is no htonl() to apply.
 */

/** RFC 6458 §5.3.1. 0: the socket's value. */
export interface SctpInitMsg {
  /** Outbound streams to ask for. */
  sinit_num_ostreams: number;
  /** Inbound streams to allow. */
  sinit_max_instreams: number;
  /** Max.Init.Retransmits. */
  sinit_max_attempts: number;
  /** ms; the largest timeout of an INIT. */
  sinit_max_init_timeo: number;
}

/** RFC 6458 §5.3.2 (deprecated). */
export interface SctpSndRcvInfo {
  sinfo_stream: number;
  sinfo_ssn: number;
  sinfo_flags: number;
  sinfo_ppid: number;
  sinfo_context: number;
  /** ms; 0 for ever. */
  sinfo_timetolive: number;
  sinfo_tsn: number;
  sinfo_cumtsn: number;
  sinfo_assoc_id: number;
}

/** RFC 6458 §5.3.3 (deprecated). */
export interface SctpExtRcvInfo {
  sinfo_stream: number;
  sinfo_ssn: number;
  sinfo_flags: number;
  sinfo_ppid: number;
  sinfo_context: number;
  sinfo_pr_value: number;
  sinfo_tsn: number;
  sinfo_cumtsn: number;
  serinfo_next_flags: number;
  serinfo_next_stream: number;
  serinfo_next_aid: number;
  serinfo_next_length: number;
  serinfo_next_ppid: number;
  sinfo_assoc_id: number;
}

/** RFC 6458 §5.3.4. */
export interface SctpSndInfo {
  snd_sid: number;
  snd_flags: number;
  snd_ppid: number;
  snd_context: number;
  /** Filled in by sendv() where it set up an association. */
  snd_assoc_id: number;
}

/** RFC 6458 §5.3.5. */
export interface SctpRcvInfo {
  rcv_sid: number;
  rcv_ssn: number;
  rcv_flags: number;
  rcv_ppid: number;
  rcv_tsn: number;
  rcv_cumtsn: number;
  rcv_context: number;
  rcv_assoc_id: number;
}

/** RFC 6458 §5.3.6. */
export interface SctpNxtInfo {
  nxt_sid: number;
  nxt_flags: number;
  nxt_ppid: number;
  nxt_length: number;
  nxt_assoc_id: number;
}

export type PrPolicy =
  | typeof names.SCTP_PR_SCTP_NONE
  | typeof names.SCTP_PR_SCTP_TTL
  | typeof names.SCTP_PR_SCTP_RTX
  | typeof names.SCTP_PR_SCTP_PRIO;

/** RFC 6458 §5.3.7, RFC 7496 §4.2. */
export interface SctpPrInfo {
  pr_policy: PrPolicy;
  /** ms (TTL), retransmissions (RTX), or a priority, 0 the highest (PRIO). */
  pr_value: number;
}

/** RFC 6458 §5.3.8. */
export interface SctpAuthInfo {
  auth_keynumber: number;
}

/** RFC 6458 §9.12. */
export interface SctpSendvSpa {
  sendv_flags: number;
  sendv_sndinfo?: Partial<SctpSndInfo>;
  sendv_prinfo?: SctpPrInfo;
  sendv_authinfo?: SctpAuthInfo;
}

/** RFC 6458 §9.13. */
export interface SctpRecvvRn {
  readonly recvv_rcvinfo: SctpRcvInfo;
  readonly recvv_nxtinfo: SctpNxtInfo;
}

/** An item of `msg_control` of sendmsg(). `cmsg_level` may be left out. */
export type SendControl = { readonly cmsg_level?: typeof names.IPPROTO_SCTP } & (
  | { readonly cmsg_type: typeof names.SCTP_INIT; readonly cmsg_data: Partial<SctpInitMsg> }
  | { readonly cmsg_type: typeof names.SCTP_SNDRCV; readonly cmsg_data: Partial<SctpSndRcvInfo> }
  | { readonly cmsg_type: typeof names.SCTP_SNDINFO; readonly cmsg_data: Partial<SctpSndInfo> }
  | { readonly cmsg_type: typeof names.SCTP_PRINFO; readonly cmsg_data: SctpPrInfo }
  | { readonly cmsg_type: typeof names.SCTP_AUTHINFO; readonly cmsg_data: SctpAuthInfo }
  /** A further address of the peer; its port is that of `msg_name`. */
  | { readonly cmsg_type: typeof names.SCTP_DSTADDRV4; readonly cmsg_data: string }
  | { readonly cmsg_type: typeof names.SCTP_DSTADDRV6; readonly cmsg_data: string }
);

/** An item of `msg_control` of a received message. */
export type ReceivedControl = { readonly cmsg_level: typeof names.IPPROTO_SCTP } & (
  | { readonly cmsg_type: typeof names.SCTP_SNDRCV; readonly cmsg_data: SctpSndRcvInfo }
  | { readonly cmsg_type: typeof names.SCTP_EXTRCV; readonly cmsg_data: SctpExtRcvInfo }
  | { readonly cmsg_type: typeof names.SCTP_RCVINFO; readonly cmsg_data: SctpRcvInfo }
  | { readonly cmsg_type: typeof names.SCTP_NXTINFO; readonly cmsg_data: SctpNxtInfo }
);

/** Bytes to send: one piece, or several that are one message (an iovec). A string is sent as UTF-8. */
export type IoVec = string | Uint8Array | readonly Uint8Array[];

/** What sendmsg() takes (RFC 6458 §5.1). */
export interface MsgHdr {
  /** Where to: the peer of an association, or one to set up. */
  readonly msg_name?: SockAddr | undefined;
  readonly msg_iov?: IoVec | undefined;
  readonly msg_control?: readonly SendControl[] | undefined;
}

/** How a receiving call is to read. */
export interface ReceiveOptions {
  /** Bytes of the buffer: a longer message comes in several calls, MSG_EOR with the last. Default: the whole of it. */
  readonly length?: number | undefined;
  /** MSG_PEEK, MSG_DONTWAIT. */
  readonly flags?: number | undefined;
}

/** The association ids of a one-to-many socket (RFC 6458 §8.2.6). */
export interface SctpAssocIds {
  gaids_number_of_ids: number;
  gaids_assoc_id: readonly number[];
}

/** RFC 6458 §8.1.1. ms; 0 leaves a value as it is. */
export interface SctpRtoInfo {
  srto_assoc_id: number;
  srto_initial: number;
  srto_max: number;
  srto_min: number;
}

/** RFC 6458 §8.1.2. 0 leaves a value as it is; the middle three are read only. */
export interface SctpAssocParams {
  sasoc_assoc_id: number;
  /** Association.Max.Retrans. */
  sasoc_asocmaxrxt: number;
  sasoc_number_peer_destinations: number;
  /** Bytes; the peer's window less what is in flight. */
  sasoc_peer_rwnd: number;
  /** Bytes; the window last told to the peer. */
  sasoc_local_rwnd: number;
  /** ms. */
  sasoc_cookie_life: number;
}

/** RFC 6458 §8.1.4. */
export interface Linger {
  l_onoff: number;
  /** Seconds. */
  l_linger: number;
}

/** RFC 6458 §8.1.9. */
export interface SctpSetPrim {
  ssp_assoc_id: number;
  ssp_addr: SockAddr;
}

/** RFC 6458 §8.3.1. */
export interface SctpSetPeerPrim {
  sspp_assoc_id: number;
  sspp_addr: SockAddr;
}

/** RFC 6458 §8.1.10. */
export interface SctpSetAdaptation {
  ssb_adaptation_ind: number;
}

/** RFC 6458 §8.1.12. 0 leaves a value as it is. */
export interface SctpPaddrParams {
  spp_assoc_id: number;
  /** Left out or a wildcard: all addresses of the peer, those to come included. */
  spp_address: SockAddr | undefined;
  /** ms; read only with SPP_HB_ENABLE. */
  spp_hbinterval: number;
  /** Path.Max.Retrans. */
  spp_pathmaxrxt: number;
  /** Bytes for chunks in a packet; read only with SPP_PMTUD_DISABLE. */
  spp_pathmtu: number;
  spp_flags: number;
  spp_ipv6_flowlabel: number;
  spp_dscp: number;
}

/** RFC 6458 §8.1.16 and others. */
export interface SctpAssocValue {
  assoc_id: number;
  assoc_value: number;
}

/** RFC 6458 §8.1.17. */
export interface SctpHmacAlgo {
  shmac_number_of_idents: number;
  shmac_idents: readonly number[];
}

/** RFC 6458 §8.1.18, §8.3.4, §8.3.5. */
export interface SctpAuthKeyId {
  scact_assoc_id: number;
  scact_keynumber: number;
}

/** RFC 6458 §8.1.19. 0 leaves a value as it is. */
export interface SctpSackInfo {
  sack_assoc_id: number;
  /** ms. */
  sack_delay: number;
  /** Packets. */
  sack_freq: number;
}

/** RFC 6458 §6.2.2. */
export interface SctpEvent {
  se_assoc_id: number;
  se_type: NotificationType;
  se_on: number;
}

/** RFC 6458 §6.2.1 (deprecated). */
export interface SctpEventSubscribe {
  sctp_data_io_event: number;
  sctp_association_event: number;
  sctp_address_event: number;
  sctp_send_failure_event: number;
  sctp_peer_error_event: number;
  sctp_shutdown_event: number;
  sctp_partial_delivery_event: number;
  sctp_adaptation_layer_event: number;
  sctp_authentication_event: number;
  sctp_sender_dry_event: number;
}

/** RFC 6458 §8.1.32. */
export interface SctpDefaultPrInfo {
  pr_policy: PrPolicy;
  pr_value: number;
  pr_assoc_id: number;
}

/** RFC 6458 §8.2.1. */
export interface SctpStatus {
  sstat_assoc_id: number;
  sstat_state: AssociationState;
  /** Bytes. */
  sstat_rwnd: number;
  /** DATA chunks sent and not acknowledged. */
  sstat_unackdata: number;
  /** Messages and parts of messages received and not read. */
  sstat_penddata: number;
  sstat_instrms: number;
  sstat_outstrms: number;
  /** Bytes of user data from which on a message is fragmented. */
  sstat_fragmentation_point: number;
  sstat_primary: SctpPaddrInfo;
}

export type AssociationState =
  | typeof names.SCTP_CLOSED
  | typeof names.SCTP_BOUND
  | typeof names.SCTP_LISTEN
  | typeof names.SCTP_COOKIE_WAIT
  | typeof names.SCTP_COOKIE_ECHOED
  | typeof names.SCTP_ESTABLISHED
  | typeof names.SCTP_SHUTDOWN_PENDING
  | typeof names.SCTP_SHUTDOWN_SENT
  | typeof names.SCTP_SHUTDOWN_RECEIVED
  | typeof names.SCTP_SHUTDOWN_ACK_SENT;

/** RFC 6458 §8.2.2, RFC 7829 §7.1. */
export interface SctpPaddrInfo {
  spinfo_assoc_id: number;
  spinfo_address: FullSockAddr;
  spinfo_state:
    | typeof names.SCTP_ACTIVE
    | typeof names.SCTP_INACTIVE
    | typeof names.SCTP_UNCONFIRMED
    | typeof names.SCTP_POTENTIALLY_FAILED;
  /** Bytes. */
  spinfo_cwnd: number;
  /** ms; 0 before the first measurement. */
  spinfo_srtt: number;
  /** ms. */
  spinfo_rto: number;
  /** Bytes for chunks in a packet. */
  spinfo_mtu: number;
}

/** RFC 6458 §8.2.3, §8.2.4. */
export interface SctpAuthChunks {
  gauth_assoc_id: number;
  gauth_number_of_chunks: number;
  gauth_chunks: readonly number[];
}

/** RFC 6458 §8.3.2. */
export interface SctpAuthChunk {
  sauth_chunk: number;
}

/** RFC 6458 §8.3.3. */
export interface SctpAuthKey {
  sca_assoc_id: number;
  sca_keynumber: number;
  sca_key: Uint8Array;
}

/** RFC 6525 §6.3.2. */
export interface SctpResetStreams {
  srs_assoc_id: number;
  srs_flags: number;
  srs_stream_list: readonly number[];
}

/** RFC 6525 §6.3.4. */
export interface SctpAddStreams {
  sas_assoc_id: number;
  sas_instrms: number;
  sas_outstrms: number;
}

/** RFC 6951 §6.1. */
export interface SctpUdpEncaps {
  sue_assoc_id: number;
  /** Left out or a wildcard: the paths to come. */
  sue_address: SockAddr | undefined;
  sue_port: number;
}

/** RFC 7496 §4.3, §4.4. */
export interface SctpPrStatus {
  sprstat_assoc_id: number;
  sprstat_sid: number;
  sprstat_policy: Exclude<PrPolicy, typeof names.SCTP_PR_SCTP_NONE> | typeof names.SCTP_PR_SCTP_ALL;
  sprstat_abandoned_unsent: number;
  sprstat_abandoned_sent: number;
}

/** RFC 7829 §7.2. */
export interface SctpPaddrThlds {
  spt_assoc_id: number;
  /** Left out or a wildcard: all addresses of the peer, those to come included. */
  spt_address: SockAddr | undefined;
  /** Path.Max.Retrans. */
  spt_pathmaxrxt: number;
  /** PotentiallyFailed.Max.Retrans. */
  spt_pathpfthld: number;
  /** Primary.Switchover.Max.Retrans; 65,535: never. */
  spt_pathcpthld: number;
}

export type StreamScheduler =
  | typeof names.SCTP_SS_DEFAULT
  | typeof names.SCTP_SS_RR
  | typeof names.SCTP_SS_RR_PKT
  | typeof names.SCTP_SS_PRIO
  | typeof names.SCTP_SS_FB
  | typeof names.SCTP_SS_WFQ;

/** RFC 8260 §4.3.2. */
export interface SctpSchedulerValue {
  assoc_id: number;
  assoc_value: StreamScheduler;
}

/** RFC 8260 §4.3.3. */
export interface SctpStreamValue {
  assoc_id: number;
  stream_id: number;
  stream_value: number;
}

export type NotificationType =
  | typeof names.SCTP_ASSOC_CHANGE
  | typeof names.SCTP_PEER_ADDR_CHANGE
  | typeof names.SCTP_REMOTE_ERROR
  | typeof names.SCTP_SEND_FAILED
  | typeof names.SCTP_SHUTDOWN_EVENT
  | typeof names.SCTP_ADAPTATION_INDICATION
  | typeof names.SCTP_PARTIAL_DELIVERY_EVENT
  | typeof names.SCTP_AUTHENTICATION_EVENT
  | typeof names.SCTP_SENDER_DRY_EVENT
  | typeof names.SCTP_NOTIFICATIONS_STOPPED_EVENT
  | typeof names.SCTP_SEND_FAILED_EVENT
  | typeof names.SCTP_STREAM_RESET_EVENT
  | typeof names.SCTP_ASSOC_RESET_EVENT
  | typeof names.SCTP_STREAM_CHANGE_EVENT;
