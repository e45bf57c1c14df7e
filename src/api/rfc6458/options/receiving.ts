import * as names from "../constants.ts";
import { SocketError } from "../errors.ts";
import { senderDry } from "../events.ts";
import { assocId, type FieldReader, integer, oneOf, struct, u8, u32 } from "../fields.ts";
import type { SocketState } from "../socket-state.ts";
import type { NotificationType, SctpAssocValue, SctpEvent, SctpEventSubscribe } from "../structures.ts";
import { assocValue } from "./association.ts";
import {
  any,
  configure,
  everything,
  type Options,
  option,
  plain,
  resettle,
  settingsOf,
  socketFlag,
  type Targets,
} from "./option.ts";

const notificationType: FieldReader<NotificationType> = oneOf<NotificationType>(
  names.SCTP_ASSOC_CHANGE,
  names.SCTP_PEER_ADDR_CHANGE,
  names.SCTP_REMOTE_ERROR,
  names.SCTP_SEND_FAILED,
  names.SCTP_SHUTDOWN_EVENT,
  names.SCTP_ADAPTATION_INDICATION,
  names.SCTP_PARTIAL_DELIVERY_EVENT,
  names.SCTP_AUTHENTICATION_EVENT,
  names.SCTP_SENDER_DRY_EVENT,
  names.SCTP_NOTIFICATIONS_STOPPED_EVENT,
  names.SCTP_SEND_FAILED_EVENT,
  names.SCTP_STREAM_RESET_EVENT,
  names.SCTP_ASSOC_RESET_EVENT,
  names.SCTP_STREAM_CHANGE_EVENT,
);

/** Members of the old structure, and the notifications that they stand for (RFC 6458 §6.2.1). */
const subscribed: readonly (readonly [keyof SctpEventSubscribe, NotificationType])[] = [
  ["sctp_association_event", names.SCTP_ASSOC_CHANGE],
  ["sctp_address_event", names.SCTP_PEER_ADDR_CHANGE],
  ["sctp_send_failure_event", names.SCTP_SEND_FAILED],
  ["sctp_peer_error_event", names.SCTP_REMOTE_ERROR],
  ["sctp_shutdown_event", names.SCTP_SHUTDOWN_EVENT],
  ["sctp_partial_delivery_event", names.SCTP_PARTIAL_DELIVERY_EVENT],
  ["sctp_adaptation_layer_event", names.SCTP_ADAPTATION_INDICATION],
  ["sctp_authentication_event", names.SCTP_AUTHENTICATION_EVENT],
  ["sctp_sender_dry_event", names.SCTP_SENDER_DRY_EVENT],
];

/** What is read, and in which form. */
export const receivingOptions: Options = {
  /** RFC 6458 §6.2.2. */
  SCTP_EVENT: option<"SCTP_EVENT", SctpEvent>({
    idMember: "se_assoc_id",
    read: struct<SctpEvent>({ se_assoc_id: assocId, se_type: notificationType, se_on: u8 }),
    get: (socket, { se_assoc_id, se_type }) => ({
      se_assoc_id,
      se_type,
      se_on: Number(settingsOf(socket, se_assoc_id).subscriptions.has(se_type)),
    }),
    set: (socket, { se_assoc_id, se_type, se_on }) =>
      subscribe(socket, any(socket, se_assoc_id), [[se_type, se_on !== 0]]),
  }),
  /** RFC 6458 §6.2.1 (deprecated). */
  SCTP_EVENTS: plain<"SCTP_EVENTS", SctpEventSubscribe>({
    read: struct<SctpEventSubscribe>({
      sctp_data_io_event: u8,
      sctp_association_event: u8,
      sctp_address_event: u8,
      sctp_send_failure_event: u8,
      sctp_peer_error_event: u8,
      sctp_shutdown_event: u8,
      sctp_partial_delivery_event: u8,
      sctp_adaptation_layer_event: u8,
      sctp_authentication_event: u8,
      sctp_sender_dry_event: u8,
    }),
    get: ({ settings, defaults, single }) => {
      const { subscriptions } = single?.settings ?? defaults;
      const members = subscribed.map(([member, type]) => [member, Number(subscriptions.has(type))]);
      return { sctp_data_io_event: Number(settings.receivesSndRcv), ...Object.fromEntries(members) };
    },
    set: (socket, events) => {
      socket.settings = { ...socket.settings, receivesSndRcv: events.sctp_data_io_event !== 0 };
      const changes = subscribed.map(([member, type]): [NotificationType, boolean] => [
        type,
        events[member] !== 0,
      ]);
      subscribe(socket, everything(socket), changes);
    },
  }),
  /** RFC 6458 §8.1.25. */
  SCTP_CONTEXT: option<"SCTP_CONTEXT", SctpAssocValue>({
    idMember: "assoc_id",
    read: assocValue,
    get: (socket, { assoc_id }) => ({ assoc_id, assoc_value: settingsOf(socket, assoc_id).context }),
    set: (socket, { assoc_id, assoc_value }) =>
      resettle(socket, any(socket, assoc_id), () => ({ context: assoc_value })),
  }),
  /** RFC 6458 §8.1.29. */
  SCTP_RECVRCVINFO: socketFlag("receivesRcvInfo"),
  /** RFC 6458 §8.1.30. */
  SCTP_RECVNXTINFO: socketFlag("receivesNxtInfo"),
  /** RFC 6458 §8.1.22 (deprecated). */
  SCTP_USE_EXT_RCVINFO: socketFlag("extendedRcvInfo"),
  /** RFC 6458 §8.1.15. */
  SCTP_I_WANT_MAPPED_V4_ADDR: socketFlag("wantsMapped", ({ domain }, syscall) => {
    // "If this socket option is used on a socket of type PF_INET, an error is returned."
    if (domain === names.AF_INET6) return;
    throw new SocketError("EINVAL", syscall, "SCTP_I_WANT_MAPPED_V4_ADDR is for AF_INET6 sockets");
  }),
  /** RFC 6458 §8.1.20. */
  SCTP_FRAGMENT_INTERLEAVE: plain<"SCTP_FRAGMENT_INTERLEAVE", number>({
    read: integer(0, 2),
    get: ({ settings }) => settings.interleaveLevel,
    set: (socket, level) => {
      const { receivesRcvInfo, receivesSndRcv } = socket.settings;
      if (level === 2 && !receivesRcvInfo && !receivesSndRcv) {
        throw new SocketError(
          "EINVAL",
          "setsockopt",
          "level 2 needs the stream of each part: set SCTP_RECVRCVINFO before (RFC 6458 §8.1.20)",
        );
      }
      // RFC 8260 §4.3.1: with interleaving, a lower level "can possibly lead to application deadlock".
      if (level < 2 && socket.config.interleaving === true) {
        throw new SocketError(
          "EINVAL",
          "setsockopt",
          "SCTP_INTERLEAVING_SUPPORTED is on, and needs level 2: turn it off before (RFC 8260 §4.3.1)",
        );
      }
      socket.setInterleaveLevel(level as 0 | 1 | 2);
      configure(socket, everything(socket), { fragmentInterleave: level === 2 });
    },
  }),
  /** RFC 6458 §8.1.21. */
  SCTP_PARTIAL_DELIVERY_POINT: plain<"SCTP_PARTIAL_DELIVERY_POINT", number>({
    read: u32,
    get: ({ config }) => Math.min(config.partialDeliveryPoint, config.receiveBuffer),
    set: (socket, partialDeliveryPoint) => {
      const { receiveBuffer } = socket.config;
      if (partialDeliveryPoint > receiveBuffer) {
        throw new SocketError(
          "EINVAL",
          "setsockopt",
          `the partial delivery point is at most the receive buffer, ${receiveBuffer} bytes: raise SO_RCVBUF first`,
        );
      }
      configure(socket, everything(socket), { partialDeliveryPoint });
    },
  }),
};

/** RFC 6458 §6.1.9: who subscribes to SENDER_DRY hears at once where there is nothing to send. */
function subscribe(
  socket: SocketState,
  targets: Targets,
  changes: readonly (readonly [NotificationType, boolean])[],
): void {
  const unaware = targets.associations.filter(
    ({ settings }) => !settings.subscriptions.has(names.SCTP_SENDER_DRY_EVENT),
  );
  resettle(socket, targets, ({ subscriptions }) => {
    const wanted = new Set(subscriptions);
    for (const [type, on] of changes) {
      if (on) wanted.add(type);
      else wanted.delete(type);
    }
    return { subscriptions: wanted };
  });
  if (!changes.some(([type, on]) => on && type === names.SCTP_SENDER_DRY_EVENT)) return;
  for (const association of unaware) {
    if (association.isUp && association.core.bufferedBytes === 0)
      association.notify(senderDry(association.id));
  }
}
