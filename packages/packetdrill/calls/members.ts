/** The members of all structures that system calls take or fill, as scripts name them. */
const structures: Readonly<Record<string, string>> = {
  sockaddr:
    "sa_family sin_family sin_port sin_addr sin6_family sin6_port sin6_addr sin6_flowinfo sin6_scope_id",
  iovec: "iov_base iov_len",
  msghdr: "msg_name msg_iov msg_control msg_flags",
  cmsghdr: "cmsg_len cmsg_level cmsg_type cmsg_data",
  linger: "onoff linger l_onoff l_linger",
  // RFC 6458 §5.3, §9.12, §9.13
  initmsg: "sinit_num_ostreams sinit_max_instreams sinit_max_attempts sinit_max_init_timeo",
  sndrcvinfo:
    "sinfo_stream sinfo_ssn sinfo_flags sinfo_ppid sinfo_context sinfo_timetolive sinfo_pr_value sinfo_tsn " +
    "sinfo_cumtsn sinfo_assoc_id",
  extrcvinfo: "serinfo_next_flags serinfo_next_stream serinfo_next_aid serinfo_next_length serinfo_next_ppid",
  sndinfo: "snd_sid snd_flags snd_ppid snd_context snd_assoc_id",
  rcvinfo: "rcv_sid rcv_ssn rcv_flags rcv_ppid rcv_tsn rcv_cumtsn rcv_context rcv_assoc_id",
  nxtinfo: "nxt_sid nxt_flags nxt_ppid nxt_length nxt_assoc_id",
  prinfo: "pr_policy pr_value pr_assoc_id",
  authinfo: "auth_keynumber",
  sendv: "sendv_flags sendv_sndinfo sendv_prinfo sendv_authinfo",
  recvv: "recvv_rcvinfo recvv_nxtinfo",
  // RFC 6458 §6.1, RFC 6525 §6.1
  assocChange:
    "sac_type sac_flags sac_length sac_state sac_error sac_outbound_streams sac_inbound_streams sac_assoc_id sac_info",
  paddrChange: "spc_type spc_flags spc_length spc_aaddr spc_state spc_error spc_assoc_id",
  remoteError: "sre_type sre_flags sre_length sre_error sre_assoc_id sre_data",
  sendFailed: "ssf_type ssf_flags ssf_length ssf_error ssf_info ssf_assoc_id ssf_data",
  sendFailedEvent: "ssfe_type ssfe_flags ssfe_length ssfe_error ssfe_info ssfe_assoc_id ssfe_data",
  shutdownEvent: "sse_type sse_flags sse_length sse_assoc_id",
  adaptationEvent: "sai_type sai_flags sai_length sai_adaptation_ind sai_assoc_id",
  pdapiEvent: "pdapi_type pdapi_flags pdapi_length pdapi_indication pdapi_stream pdapi_seq pdapi_assoc_id",
  authkeyEvent: "auth_type auth_flags auth_length auth_keynumber auth_indication auth_assoc_id",
  senderDryEvent: "sender_dry_type sender_dry_flags sender_dry_length sender_dry_assoc_id",
  tlv: "sn_type sn_flags sn_length",
  streamResetEvent: "strreset_type strreset_flags strreset_length strreset_assoc_id strreset_stream_list",
  assocResetEvent:
    "assocreset_type assocreset_flags assocreset_length assocreset_assoc_id assocreset_local_tsn assocreset_remote_tsn",
  streamChangeEvent:
    "strchange_type strchange_flags strchange_length strchange_assoc_id strchange_instrms strchange_outstrms",
  // RFC 6458 §8
  rtoinfo: "srto_assoc_id srto_initial srto_max srto_min",
  assocparams:
    "sasoc_assoc_id sasoc_asocmaxrxt sasoc_number_peer_destinations sasoc_peer_rwnd sasoc_local_rwnd sasoc_cookie_life",
  setprim: "ssp_assoc_id ssp_addr",
  setpeerprim: "sspp_assoc_id sspp_addr",
  setadaptation: "ssb_adaptation_ind",
  paddrparams:
    "spp_assoc_id spp_address spp_hbinterval spp_pathmaxrxt spp_pathmtu spp_flags spp_ipv6_flowlabel spp_dscp",
  assocValue: "assoc_id assoc_value",
  hmacalgo: "shmac_number_of_idents shmac_idents",
  authkeyid: "scact_assoc_id scact_keynumber",
  sackinfo: "sack_assoc_id sack_delay sack_freq",
  event: "se_assoc_id se_type se_on",
  eventSubscribe:
    "sctp_data_io_event sctp_association_event sctp_address_event sctp_send_failure_event sctp_peer_error_event " +
    "sctp_shutdown_event sctp_partial_delivery_event sctp_adaptation_layer_event sctp_authentication_event " +
    "sctp_sender_dry_event",
  status:
    "sstat_assoc_id sstat_state sstat_rwnd sstat_unackdata sstat_penddata sstat_instrms sstat_outstrms " +
    "sstat_fragmentation_point sstat_primary",
  paddrinfo: "spinfo_assoc_id spinfo_address spinfo_state spinfo_cwnd spinfo_srtt spinfo_rto spinfo_mtu",
  authchunks: "gauth_assoc_id gauth_number_of_chunks gauth_chunks",
  authchunk: "sauth_chunk",
  authkey: "sca_assoc_id sca_keynumber sca_keylength sca_key",
  assocIds: "gaids_number_of_ids gaids_assoc_id",
  // RFC 6525 §6.3, RFC 6951 §6.1, RFC 7496 §4, RFC 7829 §7.2, RFC 8260 §4.3
  resetStreams: "srs_assoc_id srs_flags srs_number_streams srs_stream_list",
  addStreams: "sas_assoc_id sas_instrms sas_outstrms",
  udpencaps: "sue_assoc_id sue_address sue_port",
  prstatus: "sprstat_assoc_id sprstat_sid sprstat_policy sprstat_abandoned_unsent sprstat_abandoned_sent",
  paddrthlds: "spt_assoc_id spt_address spt_pathmaxrxt spt_pathpfthld spt_pathcpthld",
  streamValue: "stream_id stream_value",
};

const members: ReadonlySet<string> = new Set(Object.values(structures).flatMap((names) => names.split(" ")));

/** Whether a structure has a member of that name. */
export function isMember(name: string): boolean {
  return members.has(name);
}
