import type { AssociationConfig } from "../../../association/config.ts";
import type { Association } from "../../../stack/index.ts";
import * as names from "../constants.ts";
import { SocketError } from "../errors.ts";
import { assocId, flag, flags, listOf, oneOf, struct, u16, u32, unread } from "../fields.ts";
import { readSockAddr } from "../sockaddr.ts";
import type {
  SctpAddStreams,
  SctpAssocValue,
  SctpPrStatus,
  SctpResetStreams,
  SctpSetAdaptation,
} from "../structures.ts";
import { assocValue } from "./association.ts";
import {
  any,
  asked,
  association,
  configOf,
  configure,
  configureCore,
  everything,
  nowOf,
  type Options,
  one,
  option,
  plain,
} from "./option.ts";

const prStatus = struct<SctpPrStatus>({
  sprstat_assoc_id: assocId,
  sprstat_sid: u16,
  sprstat_policy: oneOf<SctpPrStatus["sprstat_policy"]>(
    names.SCTP_PR_SCTP_ALL,
    names.SCTP_PR_SCTP_TTL,
    names.SCTP_PR_SCTP_RTX,
    names.SCTP_PR_SCTP_PRIO,
  ),
  sprstat_abandoned_unsent: u32,
  sprstat_abandoned_sent: u32,
});

/**
 * Options of extensions that are not negotiated yet: values are checked, kept, inherited and answered; what asks an
 * association to do something that its peer would have to support fails with EOPNOTSUPP.
 */
export const extensionOptions: Options = {
  /** RFC 6458 §8.1.10. */
  SCTP_ADAPTATION_LAYER: plain<"SCTP_ADAPTATION_LAYER", SctpSetAdaptation>({
    read: struct<SctpSetAdaptation>({ ssb_adaptation_ind: u32 }),
    get: ({ config }) => ({ ssb_adaptation_ind: config.adaptation ?? 0 }),
    // "all future associations": it is told in INIT and INIT ACK.
    set: (socket, { ssb_adaptation_ind }) =>
      configure(socket, { future: true, associations: [] }, { adaptation: ssb_adaptation_ind }),
  }),
  /** RFC 6458 §8.1.23. */
  SCTP_AUTO_ASCONF: plain<"SCTP_AUTO_ASCONF", boolean>({
    read: flag,
    get: ({ config }) => Number(config.automaticReconfiguration),
    set: (socket, automaticReconfiguration) =>
      configure(socket, everything(socket), { automaticReconfiguration }),
  }),
  /** RFC 6458 §8.3.1. */
  SCTP_SET_PEER_PRIMARY_ADDR: option<
    "SCTP_SET_PEER_PRIMARY_ADDR",
    { sspp_assoc_id: number; sspp_addr: unknown }
  >({
    read: struct<{ sspp_assoc_id: number; sspp_addr: unknown }>({
      sspp_assoc_id: assocId,
      sspp_addr: unread,
    }),
    set: (socket, { sspp_assoc_id, sspp_addr }) => {
      const { core } = association(socket, sspp_assoc_id, "setsockopt");
      const { address } = readSockAddr("setsockopt", sspp_addr, socket.addressRules);
      if (socket.port?.addresses.includes(address) !== true) {
        throw new SocketError(
          "EADDRNOTAVAIL",
          "setsockopt",
          `${address} is not a local address of this socket`,
        );
      }
      if (!core.reconfiguresAddresses) throw unsupported("dynamic address reconfiguration (RFC 5061)");
      configureCore(socket, () => core.setPeerPrimary(address));
    },
  }),
  /** RFC 6525 §6.3.1. */
  SCTP_ENABLE_STREAM_RESET: option<"SCTP_ENABLE_STREAM_RESET", SctpAssocValue>({
    idMember: "assoc_id",
    read: struct<SctpAssocValue>({
      assoc_id: assocId,
      assoc_value: flags(
        names.SCTP_ENABLE_RESET_STREAM_REQ |
          names.SCTP_ENABLE_RESET_ASSOC_REQ |
          names.SCTP_ENABLE_CHANGE_ASSOC_REQ,
      ),
    }),
    get: (socket, { assoc_id }) => ({
      assoc_id,
      assoc_value: allowedRequests(configOf(socket, assoc_id)),
    }),
    set: (socket, { assoc_id, assoc_value }) =>
      configure(socket, any(socket, assoc_id), {
        allowStreamReset: (assoc_value & names.SCTP_ENABLE_RESET_STREAM_REQ) !== 0,
        allowAssociationReset: (assoc_value & names.SCTP_ENABLE_RESET_ASSOC_REQ) !== 0,
        allowStreamChange: (assoc_value & names.SCTP_ENABLE_CHANGE_ASSOC_REQ) !== 0,
      }),
  }),
  /** RFC 6525 §6.3.2. */
  SCTP_RESET_STREAMS: option<"SCTP_RESET_STREAMS", SctpResetStreams>({
    read: struct<SctpResetStreams>({
      srs_assoc_id: assocId,
      srs_flags: flags(names.SCTP_STREAM_RESET_INCOMING | names.SCTP_STREAM_RESET_OUTGOING),
      srs_stream_list: listOf(u16),
    }),
    set: (socket, { srs_assoc_id, srs_flags, srs_stream_list }) => {
      const { core } = association(socket, srs_assoc_id, "setsockopt");
      if (srs_flags === 0) {
        throw invalid("srs_flags are SCTP_STREAM_RESET_INCOMING, SCTP_STREAM_RESET_OUTGOING or both");
      }
      // "If it is empty, the operation is performed on all streams."
      const streams = srs_stream_list.length === 0 ? "all" : srs_stream_list;
      const isFor = (flag: number): boolean => (srs_flags & flag) !== 0;
      configureCore(socket, () =>
        core.resetStreams(nowOf(socket), {
          outgoing: isFor(names.SCTP_STREAM_RESET_OUTGOING) ? streams : undefined,
          incoming: isFor(names.SCTP_STREAM_RESET_INCOMING) ? streams : undefined,
        }),
      );
    },
  }),
  /** RFC 6525 §6.3.3. */
  SCTP_RESET_ASSOC: plain<"SCTP_RESET_ASSOC", number>({
    read: assocId,
    set: (socket, id) => {
      const { core } = association(socket, id, "setsockopt");
      configureCore(socket, () => core.resetAssociation(nowOf(socket)));
    },
  }),
  /** RFC 6525 §6.3.4. */
  SCTP_ADD_STREAMS: option<"SCTP_ADD_STREAMS", SctpAddStreams>({
    read: struct<SctpAddStreams>({ sas_assoc_id: assocId, sas_instrms: u16, sas_outstrms: u16 }),
    set: (socket, { sas_assoc_id, sas_instrms, sas_outstrms }) => {
      const { core } = association(socket, sas_assoc_id, "setsockopt");
      configureCore(socket, () =>
        core.addStreams(nowOf(socket), { outgoing: sas_outstrms, incoming: sas_instrms }),
      );
    },
  }),
  /** RFC 7496 §4.5. */
  SCTP_PR_SUPPORTED: option<"SCTP_PR_SUPPORTED", SctpAssocValue>({
    idMember: "assoc_id",
    read: assocValue,
    get: (socket, { assoc_id }) => {
      const core = asked(socket, assoc_id)?.core;
      const isOn = core === undefined ? socket.config.partialReliability : core.isPartiallyReliable;
      return { assoc_id, assoc_value: Number(isOn ?? false) };
    },
    set: (socket, { assoc_id, assoc_value }) => {
      if (!one(socket, assoc_id).future) throw negotiated();
      socket.config = { ...socket.config, partialReliability: assoc_value !== 0 };
    },
  }),
  /** RFC 7496 §4.3. */
  SCTP_PR_STREAM_STATUS: option<"SCTP_PR_STREAM_STATUS", SctpPrStatus>({
    idMember: "sprstat_assoc_id",
    read: prStatus,
    get: (socket, query) => {
      const { core } = association(socket, query.sprstat_assoc_id, "getsockopt");
      if (query.sprstat_sid >= core.outboundStreams)
        throw invalid(`there is no stream ${query.sprstat_sid}`, "getsockopt");
      return { ...query, ...abandonedOf(core, query.sprstat_policy, query.sprstat_sid) };
    },
  }),
  /** RFC 7496 §4.4. */
  SCTP_PR_ASSOC_STATUS: option<"SCTP_PR_ASSOC_STATUS", SctpPrStatus>({
    idMember: "sprstat_assoc_id",
    read: prStatus,
    get: (socket, query) => {
      const { core } = association(socket, query.sprstat_assoc_id, "getsockopt");
      return { ...query, ...abandonedOf(core, query.sprstat_policy) };
    },
  }),
  /** RFC 8260 §4.3.1. */
  SCTP_INTERLEAVING_SUPPORTED: option<"SCTP_INTERLEAVING_SUPPORTED", SctpAssocValue>({
    idMember: "assoc_id",
    read: assocValue,
    get: (socket, { assoc_id }) => {
      const core = asked(socket, assoc_id)?.core;
      return { assoc_id, assoc_value: Number(core?.interleaves ?? socket.config.interleaving ?? false) };
    },
    set: (socket, { assoc_id, assoc_value }) => {
      if (!one(socket, assoc_id).future) throw negotiated();
      // RFC 8260 §2.2.1: not "unless the user has requested its use"; §4.3.1: "Setting the interleaving level to at least
      // 2 before enabling the negotiation of user message interleaving should work on all platforms".
      if (assoc_value !== 0 && socket.settings.interleaveLevel < 2) {
        throw invalid("interleaving needs level 2: set SCTP_FRAGMENT_INTERLEAVE before (RFC 8260 §4.3.1)");
      }
      configure(socket, { future: true, associations: [] }, { interleaving: assoc_value !== 0 });
    },
  }),
  /** RFC 9653 §7.1: "It is a write-only socket option and applies only to future SCTP associations". */
  SCTP_ACCEPT_ZERO_CHECKSUM: plain<"SCTP_ACCEPT_ZERO_CHECKSUM", number>({
    read: oneOf<number>(names.SCTP_EDMID_NONE, names.SCTP_EDMID_LOWER_LAYER_DTLS),
    set: (socket, method) => {
      const zeroChecksum = method === names.SCTP_EDMID_LOWER_LAYER_DTLS;
      if (zeroChecksum && socket.options.driver?.stack.errorDetection !== "dtls") {
        throw new SocketError(
          "EOPNOTSUPP",
          "setsockopt",
          'packets without a checksum need a driver whose transport says errorDetection: "dtls"; plain UDP does not',
        );
      }
      socket.config = { ...socket.config, zeroChecksum };
    },
  }),
};

/** RFC 7496 §4.3: SCTP_PR_SCTP_ALL is the sum. */
function abandonedOf(
  core: Association,
  policy: SctpPrStatus["sprstat_policy"],
  stream?: number,
): Pick<SctpPrStatus, "sprstat_abandoned_unsent" | "sprstat_abandoned_sent"> {
  const { unsent, sent } = core.abandoned(policyNames[policy], stream);
  return { sprstat_abandoned_unsent: unsent, sprstat_abandoned_sent: sent };
}

const policyNames = {
  [names.SCTP_PR_SCTP_ALL]: undefined,
  [names.SCTP_PR_SCTP_TTL]: "lifetime",
  [names.SCTP_PR_SCTP_RTX]: "retransmissions",
  [names.SCTP_PR_SCTP_PRIO]: "priority",
} as const;

/** RFC 6525 §6.3.1. */
function allowedRequests(config: AssociationConfig): number {
  return (
    (config.allowStreamReset ? names.SCTP_ENABLE_RESET_STREAM_REQ : 0) |
    (config.allowAssociationReset ? names.SCTP_ENABLE_RESET_ASSOC_REQ : 0) |
    (config.allowStreamChange ? names.SCTP_ENABLE_CHANGE_ASSOC_REQ : 0)
  );
}

function negotiated(): SocketError {
  return invalid("what an association negotiated stays: this is for associations to come");
}

function invalid(message: string, syscall: string = "setsockopt"): SocketError {
  return new SocketError("EINVAL", syscall, message);
}

function unsupported(what: string): SocketError {
  return new SocketError("EOPNOTSUPP", "setsockopt", `the association has not negotiated ${what}`);
}
