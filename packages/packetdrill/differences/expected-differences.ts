import { type DifferenceGroup, type ExpectedDifference, flatten } from "./expected-difference.ts";

/**
 * Where scripts and this stack differ on purpose: all differences of a reason together. A line that differs otherwise is a
 * failure, and so is one that differs no more. docs/conformance.md shows them.
 */
export const differenceGroups: readonly DifferenceGroup[] = [
  {
    why: 'RFC 9260 §9.2: past Association.Max.Retrans "the endpoint SHOULD destroy the TCB"; no ABORT is asked for',
    lines: [["etsi/sctp-at-i-2-12.pkt", 59, "packet", "ABORT[flgs=0, ...]", "nothing"]],
  },
  {
    why: 'RFC 9260 §8.1: past Association.Max.Retrans the endpoint "SHALL stop transmitting"; no ABORT is asked for',
    lines: [["etsi/sctp-fh-i-5-1-2.pkt", 62, "packet", "ABORT[flgs=0, ...]", "nothing"]],
  },
  {
    why: "RFC 9260 §8.5.1 C, §9.2: a SHUTDOWN COMPLETE with the right tag ends the association; §6.10 binds its sender alone",
    lines: [["etsi/sctp-bdc-i-7-3.pkt", 46, "packet", "SHUTDOWN_ACK[flgs=0]", "nothing"]],
  },
  {
    why: 'RFC 9260 §6.1 A: the first zero window probe goes "after 1 RTO", not at once; those after it are as much earlier',
    lines: [
      [
        "etsi/sctp-d-o-8-7.pkt",
        54,
        "packet",
        "DATA[flgs=BE, len=1468, tsn=2, sid=0, ssn=1, ppid=0]",
        "nothing",
      ],
      ["etsi/sctp-d-o-8-7.pkt", 56, "time", "0.4 s", "0.3 s"],
      [
        "etsi/sctp-d-o-8-8.pkt",
        50,
        "packet",
        "DATA[flgs=0, len=1468, tsn=2, sid=0, ssn=0, ppid=0]",
        "nothing",
      ],
      ["etsi/sctp-d-o-8-8.pkt", 54, "time", "0.4 s", "0.3 s"],
      ["etsi/sctp-d-o-8-8.pkt", 59, "time", "0.7 s", "0.5 s"],
    ],
  },
  {
    why: "RFC 9260 §6.1, RFC 7053 §5.1: a DATA chunk that fills the peer's window, and keeps others waiting, has the I bit",
    lines: [["etsi/sctp-d-o-8-8.pkt", 48, "DATA.flgs", "2", "10"]],
  },
  {
    why: "RFC 9260 §3.3.2, §6.5: SCTP_INIT asks for one stream, so there is no stream 2 to send on",
    ends: true,
    lines: [
      ["freebsd/api_tests/cmsgs/sendmsg_sctp_init.pkt", 9, "result", "1000", "-1 EINVAL"],
      ["freebsd/sendmsg_init.pkt", 9, "result", "1000", "-1 EINVAL"],
    ],
  },
  {
    why: "RFC 9260 §3.3.2: the first TSN is the Initial TSN of the INIT, 1 and not 2",
    ends: true,
    lines: [["freebsd/sctp.pkt", 18, "DATA.tsn", "2", "1"]],
  },
  {
    why: "RFC 6458 §6.1.10: it is told when notifications were stopped for want of space, and none were",
    ends: true,
    lines: [
      [
        "freebsd/api_tests/notifications/sctp_notifications_stopped_event.pkt",
        16,
        "result",
        "21",
        "-1 EAGAIN",
      ],
      ["freebsd/notifications/sctp_notifications_stopped_event.pkt", 16, "result", "21", "-1 EAGAIN"],
    ],
  },
  {
    why: "FreeBSD's own: RFC 6458 §9.9 does not say what it returns where it does not wait; as connect(), EINPROGRESS",
    lines: [["freebsd/api_tests/sctp_peeloff/sctp_peeloff.pkt", 9, "result", "0", "-1 EINPROGRESS"]],
  },
  {
    why: "RFC 6458 §9.2: an association is branched off a one-to-many socket, and this one is one-to-one",
    lines: [["freebsd/api_tests/sctp_peeloff/sctp_peeloff.pkt", 15, "result", "4", "-1 EOPNOTSUPP"]],
  },
  {
    why: 'RFC 6458 §9.8: "the caller must enable the sctp_data_io_event with the SCTP_EVENTS option"',
    lines: [
      ["freebsd/api_tests/sctp_recvmsg/sctp_recvmsg_3.pkt", 15, "sinfo", "a structure", "nothing"],
      ["freebsd/api_tests/sctp_recvmsg/sctp_recvmsg_3.pkt", 32, "sinfo", "a structure", "nothing"],
    ],
  },
  {
    why: "RFC 6458 §8.3.1: the address \"must be one of the association's locally bound addresses\", and it is the peer's",
    lines: [
      ["freebsd/api_tests/getsockopt/sctp_set_peer_primary_addr.pkt", 13, "result", "0", "-1 EADDRNOTAVAIL"],
      ["freebsd/api_tests/getsockopt/sctp_set_peer_primary_addr.pkt", 16, "result", "0", "-1 EADDRNOTAVAIL"],
    ],
  },
  {
    why: "RFC 9260 §7.2.1: the initial cwnd is min(4 * PMDCS, max(2 * PMDCS, 4404)); 4464 is FreeBSD's own",
    lines: [
      ["freebsd/api_tests/getsockopt/sctp_status.pkt", 22, "value.sstat_primary.spinfo_cwnd", "4464", "4404"],
      [
        "freebsd/api_tests/getsockopt/sctp_status.pkt",
        148,
        "value.sstat_primary.spinfo_cwnd",
        "4464",
        "4404",
      ],
      ["freebsd/sctp_get_socket_options.pkt", 46, "value.sstat_primary.spinfo_cwnd", "4464", "4404"],
      ["freebsd/sctp_get_socket_options.pkt", 54, "value.spinfo_cwnd", "4464", "4404"],
      ["freebsd/sctp_get_socket_options.pkt", 60, "value.spinfo_cwnd", "4464", "4404"],
      ["freebsd/sctp_get_socket_options.pkt", 63, "value.spinfo_cwnd", "4464", "4404"],
    ],
  },
  {
    why: "RFC 6458 §8.1.20: one-to-one sockets are recommended to default to level 0; 1 is FreeBSD's own",
    lines: [["freebsd/api_tests/getsockopt/sctp_fragment_interleave.pkt", 13, "value", "1", "0"]],
  },
  {
    why: "RFC 6458 §8.1.20: level 2 is an error without sctp_data_io_event and SCTP_RECVRCVINFO",
    lines: [
      ["freebsd/api_tests/getsockopt/sctp_fragment_interleave.pkt", 14, "result", "0", "-1 EINVAL"],
      ["freebsd/api_tests/getsockopt/sctp_fragment_interleave.pkt", 15, "value", "2", "0"],
    ],
  },
  {
    why: "RFC 6458 §8.1.16: \"The default value for this option is '0'\"; 1452 is FreeBSD's own",
    lines: [["freebsd/sctp_get_socket_options.pkt", 99, "value.assoc_value", "1452", "0"]],
  },
  {
    why: "RFC 6458 §8.1.12: SPP_DSCP is refused where it cannot be: Node does not set it on a UDP socket; so nothing is set",
    lines: [
      ["freebsd/sctp_get_socket_options.pkt", 67, "result", "0", "-1 EOPNOTSUPP"],
      ["freebsd/sctp_get_socket_options.pkt", 70, "value.spp_hbinterval", "300", "30000"],
      ["freebsd/sctp_get_socket_options.pkt", 76, "value.spp_hbinterval", "300", "30000"],
      ["freebsd/sctp_get_socket_options.pkt", 79, "value.spp_hbinterval", "300", "30000"],
      ["freebsd/sctp_get_socket_options.pkt", 82, "value.spp_hbinterval", "300", "30000"],
    ],
  },
  {
    why: "RFC 6458 §8.1.5: SCTP_NODELAY is of the level IPPROTO_SCTP; at SOL_SOCKET its number is SO_REUSEADDR in FreeBSD",
    lines: [
      ["freebsd/api_tests/getsockopt/sctp_nodelay.pkt", 14, "result", "0", "-1 ENOPROTOOPT"],
      ["freebsd/api_tests/getsockopt/sctp_nodelay.pkt", 15, "result", "0", "-1 ENOPROTOOPT"],
      ["freebsd/api_tests/getsockopt/sctp_nodelay.pkt", 16, "result", "0", "-1 ENOPROTOOPT"],
    ],
  },
  {
    why: "FreeBSD's own number: its receive buffer",
    lines: [
      ["freebsd/api_tests/getsockopt/sctp_associnfo.pkt", 19, "value.sasoc_local_rwnd", "1864135", "1048576"],
      ["freebsd/api_tests/getsockopt/sctp_associnfo.pkt", 49, "value.sasoc_local_rwnd", "1864135", "1048576"],
      ["freebsd/sctp_get_socket_options.pkt", 109, "value.sasoc_local_rwnd", "1864135", "1048576"],
    ],
  },
  {
    why: "FreeBSD's own number: a part of its receive buffer",
    lines: [
      ["freebsd/api_tests/getsockopt/sctp_partial_delivery_point.pkt", 13, "value", "932067", "1048576"],
    ],
  },
  {
    why: "FreeBSD's own number: RFC 6458 §8.1.23 names no default",
    lines: [["freebsd/api_tests/getsockopt/sctp_auto_asconf.pkt", 13, "value", "1", "0"]],
  },
  {
    why: "FreeBSD's own number: RFC 6458 §8.1.4 knows on and off",
    lines: [
      ["freebsd/sctp_get_socket_options.pkt", 87, "value.l_onoff", "128", "1"],
      ["freebsd/sctp_get_socket_options.pkt", 88, "value.l_onoff", "128", "1"],
    ],
  },
  {
    why: "RFC 6525 §5.2.1: a SACK SHOULD be sent back with the response",
    lines: [
      [
        "freebsd/sctp_reconfig/reset_outgoing_ssn_passiv.pkt",
        38,
        "chunks",
        "RECONFIG[flgs=0, RECONFIG_RESPONSE[resp_sn=1, result=1]]",
        "RECONFIG[flgs=0, len=16, RECONFIG_RESPONSE[len=12, resp_sn=1, result=1]]; SACK[flgs=0, len=16, cum_tsn=2, a_rwnd=1048576, gaps=[], dups=[]]",
      ],
    ],
  },
  {
    why: "RFC 6525 §6.1.2: assocreset_remote_tsn is the next TSN of the peer, its Sender's Next TSN (1) and not 2",
    lines: [
      [
        "freebsd/sctp_reconfig/sctp_reset_assoc_event.pkt",
        36,
        "notification.assocreset_remote_tsn",
        "2",
        "1",
      ],
    ],
  },
  {
    why: "RFC 9260 §3.3.3: the parameters of an INIT ACK may stand in any order, and the cookie stands first here",
    lines: [
      [
        "freebsd/sctp_forward-tsn-supported-parameter.pkt",
        23,
        "INIT_ACK",
        "[FORWARD_TSN_SUPPORTED[], SUPPORTED_EXTENSIONS[...], STATE_COOKIE[...]]",
        "[STATE_COOKIE[...], FORWARD_TSN_SUPPORTED[...], SUPPORTED_EXTENSIONS[...]]",
      ],
    ],
  },
  {
    why: "RFC 3758 §3.6, RFC 9260 §6.2: a FORWARD TSN that is out of date is answered as duplicate data is, at once",
    lines: [
      [
        "freebsd/sctp_forward_tsn.pkt",
        38,
        "chunks",
        "SHUTDOWN[flgs=0, cum_tsn=1]",
        "SACK[flgs=0, len=16, cum_tsn=1, a_rwnd=1048576, gaps=[], dups=[]]",
      ],
      [
        "freebsd/sctp_forward_tsn.pkt",
        40,
        "chunks",
        "SHUTDOWN_COMPLETE[flgs=0]",
        "FORWARD_TSN[flgs=0, len=12, cum_tsn=2, ids=[{1, 1}]]; SHUTDOWN[flgs=0, len=8, cum_tsn=1]",
      ],
      [
        "freebsd/sctp_forward_tsn.pkt",
        40,
        "packet",
        "silence at the end",
        "SHUTDOWN_COMPLETE[flgs=0, len=4]",
      ],
    ],
  },
];

export const expectedDifferences: readonly ExpectedDifference[] = flatten(differenceGroups);
