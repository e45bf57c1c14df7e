import * as names from "../constants.ts";
import { SocketError } from "../errors.ts";
import { assocId, struct } from "../fields.ts";
import type { SocketState } from "../socket-state.ts";
import type { AssociationState } from "../structures.ts";
import { peerRwnd } from "./association.ts";
import { association, type Options, option, plain } from "./option.ts";
import { paddrInfo, primaryOf } from "./paths.ts";

const states: Readonly<Record<string, AssociationState>> = {
  closed: names.SCTP_CLOSED,
  "cookie-wait": names.SCTP_COOKIE_WAIT,
  "cookie-echoed": names.SCTP_COOKIE_ECHOED,
  established: names.SCTP_ESTABLISHED,
  "shutdown-pending": names.SCTP_SHUTDOWN_PENDING,
  "shutdown-sent": names.SCTP_SHUTDOWN_SENT,
  "shutdown-received": names.SCTP_SHUTDOWN_RECEIVED,
  "shutdown-ack-sent": names.SCTP_SHUTDOWN_ACK_SENT,
};

/** What is only read. */
export const statusOptions: Options = {
  /** RFC 6458 §8.2.1. */
  SCTP_STATUS: option<"SCTP_STATUS", { sstat_assoc_id: number }>({
    idMember: "sstat_assoc_id",
    read: (value, name, syscall) => {
      const { sstat_assoc_id } = (value ?? {}) as { sstat_assoc_id?: unknown };
      return struct<{ sstat_assoc_id: number }>({ sstat_assoc_id: assocId })(
        { sstat_assoc_id },
        name,
        syscall,
      );
    },
    get: (socket, { sstat_assoc_id }) => {
      const target = association(socket, sstat_assoc_id, "getsockopt");
      const { core } = target;
      return {
        sstat_assoc_id: target.id,
        sstat_state: states[core.state] ?? names.SCTP_CLOSED,
        sstat_rwnd: peerRwnd(core),
        sstat_unackdata: Math.min(core.outstandingChunks, 0xffff),
        sstat_penddata: Math.min(core.unreadMessages, 0xffff),
        sstat_instrms: core.inboundStreams,
        sstat_outstrms: core.outboundStreams,
        sstat_fragmentation_point: core.fragmentationPoint,
        sstat_primary: paddrInfo(socket, target, primaryOf(core.paths)),
      };
    },
  }),
  /** RFC 6458 §8.2.5. */
  SCTP_GET_ASSOC_NUMBER: plain<"SCTP_GET_ASSOC_NUMBER", never>({
    get: (socket) => idsOf(socket).length,
  }),
  /** RFC 6458 §8.2.6. */
  SCTP_GET_ASSOC_ID_LIST: plain<"SCTP_GET_ASSOC_ID_LIST", never>({
    get: (socket) => {
      const ids = idsOf(socket);
      return { gaids_number_of_ids: ids.length, gaids_assoc_id: ids };
    },
  }),
};

function idsOf({ style, associations }: SocketState): number[] {
  if (style === "one-to-many") return [...associations.keys()];
  throw new SocketError("EINVAL", "getsockopt", "a one-to-one socket has no list of associations");
}
