import type { Association as Core } from "../../../stack/index.ts";
import { initChanges } from "../connecting.ts";
import { SocketError } from "../errors.ts";
import { assocId, type FieldReader, flag, integer, struct, u16, u32 } from "../fields.ts";
import type {
  SctpAssocParams,
  SctpAssocValue,
  SctpInitMsg,
  SctpRtoInfo,
  SctpSackInfo,
} from "../structures.ts";
import { any, asked, configOf, configure, everything, type Options, one, option, plain } from "./option.ts";

const SECOND = 1_000;
/** RFC 9260 §6.2: "An implementation MUST NOT allow the maximum delay ... to be configured to be more than 500 ms." */
const LARGEST_SACK_DELAY = 500;

export const assocValue: FieldReader<SctpAssocValue> = struct<SctpAssocValue>({
  assoc_id: assocId,
  assoc_value: u32,
});

/** "the peer's rwnd (reported in the last selective acknowledgment (SACK)) minus any outstanding data" (RFC 6458 §8.1.2). */
export function peerRwnd({ peerWindow, bytesInFlight }: Core): number {
  return Math.max(0, peerWindow - bytesInFlight);
}

/** Parameters of the protocol, of associations and of those to come. */
export const associationOptions: Options = {
  /** RFC 6458 §8.1.1. */
  SCTP_RTOINFO: option<"SCTP_RTOINFO", SctpRtoInfo>({
    idMember: "srto_assoc_id",
    read: struct<SctpRtoInfo>({ srto_assoc_id: assocId, srto_initial: u32, srto_max: u32, srto_min: u32 }),
    get: (socket, { srto_assoc_id }) => {
      const { rtoInitial, rtoMax, rtoMin } = configOf(socket, srto_assoc_id);
      return { srto_assoc_id, srto_initial: rtoInitial, srto_max: rtoMax, srto_min: rtoMin };
    },
    set: (socket, { srto_assoc_id, srto_initial, srto_max, srto_min }) => {
      const targets = one(socket, srto_assoc_id);
      const now = targets.associations[0]?.core.config ?? socket.config;
      const rtoInitial = srto_initial || now.rtoInitial;
      const rtoMax = srto_max || now.rtoMax;
      const rtoMin = srto_min || now.rtoMin;
      if (rtoMin > rtoInitial || rtoInitial > rtoMax) {
        throw new SocketError(
          "EINVAL",
          "setsockopt",
          `srto_min, srto_initial and srto_max must not fall: ${rtoMin}, ${rtoInitial}, ${rtoMax} ms`,
        );
      }
      configure(socket, targets, { rtoInitial, rtoMax, rtoMin });
    },
  }),
  /** RFC 6458 §8.1.2. */
  SCTP_ASSOCINFO: option<"SCTP_ASSOCINFO", SctpAssocParams>({
    idMember: "sasoc_assoc_id",
    read: struct<SctpAssocParams>({
      sasoc_assoc_id: assocId,
      sasoc_asocmaxrxt: u16,
      sasoc_number_peer_destinations: u16,
      sasoc_peer_rwnd: u32,
      sasoc_local_rwnd: u32,
      sasoc_cookie_life: u32,
    }),
    get: (socket, { sasoc_assoc_id }) => {
      const core = asked(socket, sasoc_assoc_id)?.core;
      const { associationMaxRetrans, validCookieLife, receiveBuffer } = core?.config ?? socket.config;
      return {
        sasoc_assoc_id,
        sasoc_asocmaxrxt: associationMaxRetrans,
        sasoc_number_peer_destinations: core?.paths.length ?? 0,
        sasoc_peer_rwnd: core === undefined ? 0 : peerRwnd(core),
        sasoc_local_rwnd: core?.advertisedWindow ?? receiveBuffer,
        sasoc_cookie_life: validCookieLife,
      };
    },
    set: (socket, { sasoc_assoc_id, sasoc_asocmaxrxt, sasoc_cookie_life }) =>
      configure(socket, one(socket, sasoc_assoc_id), {
        ...(sasoc_asocmaxrxt === 0 ? {} : { associationMaxRetrans: sasoc_asocmaxrxt }),
        ...(sasoc_cookie_life === 0 ? {} : { validCookieLife: sasoc_cookie_life }),
      }),
  }),
  /** RFC 6458 §8.1.3: of associations to come alone. */
  SCTP_INITMSG: option<"SCTP_INITMSG", SctpInitMsg>({
    read: struct<SctpInitMsg>({
      sinit_num_ostreams: u16,
      sinit_max_instreams: u16,
      sinit_max_attempts: u16,
      sinit_max_init_timeo: u16,
    }),
    get: ({ config }) => ({
      sinit_num_ostreams: config.outboundStreams,
      sinit_max_instreams: config.inboundStreams,
      sinit_max_attempts: config.maxInitRetransmits,
      sinit_max_init_timeo: Math.min(config.initRtoMax ?? config.rtoMax, 0xffff),
    }),
    set: (socket, init) => configure(socket, { future: true, associations: [] }, initChanges(init)),
  }),
  /** RFC 6458 §8.1.5. */
  SCTP_NODELAY: plain<"SCTP_NODELAY", boolean>({
    read: flag,
    get: ({ config }) => Number(config.noDelay),
    set: (socket, noDelay) => configure(socket, everything(socket), { noDelay }),
  }),
  /** RFC 6458 §8.1.8. */
  SCTP_AUTOCLOSE: plain<"SCTP_AUTOCLOSE", number>({
    read: integer(0, 0x7fff_ffff),
    get: ({ config }) => config.autoClose / SECOND,
    set: (socket, seconds) => {
      if (socket.style === "one-to-one") {
        throw new SocketError("EOPNOTSUPP", "setsockopt", "SCTP_AUTOCLOSE is for one-to-many sockets");
      }
      configure(socket, everything(socket), { autoClose: seconds * SECOND });
    },
  }),
  /** RFC 6458 §8.1.16. */
  SCTP_MAXSEG: option<"SCTP_MAXSEG", SctpAssocValue>({
    idMember: "assoc_id",
    read: assocValue,
    get: (socket, { assoc_id }) => ({ assoc_id, assoc_value: configOf(socket, assoc_id).maxSegment ?? 0 }),
    set: (socket, { assoc_id, assoc_value }) =>
      configure(socket, one(socket, assoc_id), { maxSegment: assoc_value === 0 ? undefined : assoc_value }),
  }),
  /** RFC 6458 §8.1.19. */
  SCTP_DELAYED_SACK: option<"SCTP_DELAYED_SACK", SctpSackInfo>({
    idMember: "sack_assoc_id",
    read: struct<SctpSackInfo>({
      sack_assoc_id: assocId,
      sack_delay: integer(0, LARGEST_SACK_DELAY),
      sack_freq: u32,
    }),
    get: (socket, { sack_assoc_id }) => {
      const { sackDelay, sackFrequency } = configOf(socket, sack_assoc_id);
      return { sack_assoc_id, sack_delay: sackDelay, sack_freq: sackFrequency };
    },
    set: (socket, { sack_assoc_id, sack_delay, sack_freq }) =>
      configure(socket, any(socket, sack_assoc_id), {
        ...(sack_delay === 0 ? {} : { sackDelay: sack_delay }),
        ...(sack_freq === 0 ? {} : { sackFrequency: sack_freq }),
      }),
  }),
  /** RFC 6458 §8.1.24: "Setting the value to 0 disables burst mitigation." */
  SCTP_MAX_BURST: option<"SCTP_MAX_BURST", SctpAssocValue>({
    idMember: "assoc_id",
    read: assocValue,
    get: (socket, { assoc_id }) => {
      const { maxBurst } = configOf(socket, assoc_id);
      return { assoc_id, assoc_value: Number.isFinite(maxBurst) ? maxBurst : 0 };
    },
    set: (socket, { assoc_id, assoc_value }) =>
      configure(socket, any(socket, assoc_id), { maxBurst: assoc_value || Number.POSITIVE_INFINITY }),
  }),
};
