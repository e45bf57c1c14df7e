import type { SchedulerName } from "../../../association/send/schedulers/create.ts";
import * as names from "../constants.ts";
import { SocketError } from "../errors.ts";
import { assocId, oneOf, struct, u16 } from "../fields.ts";
import type { SocketAssociation } from "../socket-association.ts";
import type { SocketState } from "../socket-state.ts";
import type { SctpSchedulerValue, SctpStreamValue, StreamScheduler } from "../structures.ts";
import { any, asked, configOf, configure, type Options, option } from "./option.ts";

/** By the names of RFC 8260 §4.3.2. */
const schedulers: Readonly<Record<StreamScheduler, SchedulerName>> = {
  [names.SCTP_SS_DEFAULT]: "fcfs",
  [names.SCTP_SS_RR]: "round-robin",
  [names.SCTP_SS_RR_PKT]: "round-robin-packet",
  [names.SCTP_SS_PRIO]: "priority",
  [names.SCTP_SS_FB]: "fair",
  [names.SCTP_SS_WFQ]: "weighted-fair",
};
const schedulerNames = Object.keys(schedulers) as StreamScheduler[];
const scheduler = oneOf<StreamScheduler>(...schedulerNames);

/** Which stream sends next (RFC 8260 §3). */
export const schedulingOptions: Options = {
  /** RFC 8260 §4.3.2. */
  SCTP_STREAM_SCHEDULER: option<"SCTP_STREAM_SCHEDULER", Partial<SctpSchedulerValue> & { assoc_id: number }>({
    idMember: "assoc_id",
    read: struct<Partial<SctpSchedulerValue> & { assoc_id: number }>({
      assoc_id: assocId,
      assoc_value: (value, name, syscall) =>
        value === undefined ? undefined : scheduler(value, name, syscall),
    }),
    get: (socket, { assoc_id }) => {
      const { scheduler: chosen } = configOf(socket, assoc_id);
      const assoc_value = schedulerNames.find((name) => schedulers[name] === chosen);
      return { assoc_id, assoc_value: assoc_value ?? names.SCTP_SS_DEFAULT };
    },
    set: (socket, { assoc_id, assoc_value = names.SCTP_SS_DEFAULT }) =>
      configure(socket, any(socket, assoc_id), { scheduler: schedulers[assoc_value] }),
  }),
  /** RFC 8260 §4.3.3. */
  SCTP_STREAM_SCHEDULER_VALUE: option<"SCTP_STREAM_SCHEDULER_VALUE", SctpStreamValue>({
    idMember: "assoc_id",
    read: struct<SctpStreamValue>({ assoc_id: assocId, stream_id: u16, stream_value: u16 }),
    get: (socket, { assoc_id, stream_id }) => {
      checkStream(socket, asked(socket, assoc_id), stream_id, "getsockopt");
      return {
        assoc_id,
        stream_id,
        stream_value: configOf(socket, assoc_id).streamValues.get(stream_id) ?? 0,
      };
    },
    set: (socket, { assoc_id, stream_id, stream_value }) => {
      const { future, associations } = any(socket, assoc_id);
      for (const each of associations) checkStream(socket, each, stream_id, "setsockopt");
      if (future) checkStream(socket, undefined, stream_id, "setsockopt");
      const changed = (
        values: ReadonlyMap<number, number>,
      ): { streamValues: ReadonlyMap<number, number> } => ({
        streamValues: new Map(values).set(stream_id, stream_value),
      });
      if (future) configure(socket, { future, associations: [] }, changed(socket.config.streamValues));
      for (const each of associations) {
        configure(socket, { future: false, associations: [each] }, changed(each.core.config.streamValues));
      }
    },
  }),
};

function checkStream(
  socket: SocketState,
  target: SocketAssociation | undefined,
  stream: number,
  syscall: string,
): void {
  const streams = target?.core.outboundStreams ?? socket.config.outboundStreams;
  if (stream < streams) return;
  throw new SocketError("EINVAL", syscall, `there is no stream ${stream}: there are 0 to ${streams - 1}`);
}
