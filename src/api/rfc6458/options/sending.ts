import {
  SCTP_EOF,
  SCTP_PR_SCTP_NONE,
  SCTP_PR_SCTP_PRIO,
  SCTP_PR_SCTP_RTX,
  SCTP_PR_SCTP_TTL,
  SCTP_SACK_IMMEDIATELY,
  SCTP_SENDALL,
  SCTP_UNORDERED,
} from "../constants.ts";
import { SocketError } from "../errors.ts";
import { assocId, type FieldReader, flags, oneOf, struct, u16, u32 } from "../fields.ts";
import type { DefaultSend } from "../settings.ts";
import type { SocketState } from "../socket-state.ts";
import type { PrPolicy, SctpDefaultPrInfo, SctpSndInfo, SctpSndRcvInfo } from "../structures.ts";
import { any, type Options, option, resettle, settingsOf, socketFlag, type Targets } from "./option.ts";

/** RFC 6458 §8.1.13 and §8.1.31: SCTP_UNORDERED, SCTP_EOF, SCTP_SENDALL; RFC 7053 §5 adds the last. */
const DEFAULT_FLAGS = SCTP_UNORDERED | SCTP_EOF | SCTP_SENDALL | SCTP_SACK_IMMEDIATELY;

export const prPolicy: FieldReader<PrPolicy> = (value = SCTP_PR_SCTP_NONE, name, syscall) =>
  oneOf<PrPolicy>(
    SCTP_PR_SCTP_NONE,
    SCTP_PR_SCTP_TTL,
    SCTP_PR_SCTP_RTX,
    SCTP_PR_SCTP_PRIO,
  )(value, name, syscall);

/** What messages are sent with that say nothing else. */
export const sendingOptions: Options = {
  /** RFC 6458 §8.1.31. */
  SCTP_DEFAULT_SNDINFO: option<"SCTP_DEFAULT_SNDINFO", SctpSndInfo>({
    idMember: "snd_assoc_id",
    read: struct<SctpSndInfo>({
      snd_sid: u16,
      snd_flags: flags(DEFAULT_FLAGS),
      snd_ppid: u32,
      snd_context: u32,
      snd_assoc_id: assocId,
    }),
    get: (socket, { snd_assoc_id }) => {
      const { sid, flags: sent, ppid, context } = settingsOf(socket, snd_assoc_id).defaultSend;
      return { snd_sid: sid, snd_flags: sent, snd_ppid: ppid, snd_context: context, snd_assoc_id };
    },
    set: (socket, { snd_sid, snd_flags, snd_ppid, snd_context, snd_assoc_id }) =>
      setDefault(socket, any(socket, snd_assoc_id), {
        sid: snd_sid,
        flags: snd_flags,
        ppid: snd_ppid,
        context: snd_context,
      }),
  }),
  /** RFC 6458 §8.1.13 (deprecated): the same with a lifetime. */
  SCTP_DEFAULT_SEND_PARAM: option<"SCTP_DEFAULT_SEND_PARAM", SctpSndRcvInfo>({
    idMember: "sinfo_assoc_id",
    read: struct<SctpSndRcvInfo>({
      sinfo_stream: u16,
      sinfo_ssn: u16,
      sinfo_flags: flags(DEFAULT_FLAGS),
      sinfo_ppid: u32,
      sinfo_context: u32,
      sinfo_timetolive: u32,
      sinfo_tsn: u32,
      sinfo_cumtsn: u32,
      sinfo_assoc_id: assocId,
    }),
    get: (socket, { sinfo_assoc_id }) => {
      const { sid, flags: sent, ppid, context, timetolive } = settingsOf(socket, sinfo_assoc_id).defaultSend;
      return {
        sinfo_stream: sid,
        sinfo_ssn: 0,
        sinfo_flags: sent,
        sinfo_ppid: ppid,
        sinfo_context: context,
        sinfo_timetolive: timetolive,
        sinfo_tsn: 0,
        sinfo_cumtsn: 0,
        sinfo_assoc_id,
      };
    },
    set: (socket, info) =>
      setDefault(socket, any(socket, info.sinfo_assoc_id), {
        sid: info.sinfo_stream,
        flags: info.sinfo_flags,
        ppid: info.sinfo_ppid,
        context: info.sinfo_context,
        timetolive: info.sinfo_timetolive,
      }),
  }),
  /** RFC 6458 §8.1.32, RFC 7496 §4.2. */
  SCTP_DEFAULT_PRINFO: option<"SCTP_DEFAULT_PRINFO", SctpDefaultPrInfo>({
    idMember: "pr_assoc_id",
    read: struct<SctpDefaultPrInfo>({ pr_policy: prPolicy, pr_value: u32, pr_assoc_id: assocId }),
    get: (socket, { pr_assoc_id }) => ({ ...settingsOf(socket, pr_assoc_id).defaultPr, pr_assoc_id }),
    set: (socket, { pr_policy, pr_value, pr_assoc_id }) =>
      resettle(socket, any(socket, pr_assoc_id), () => ({
        defaultPr: { pr_policy, pr_value: pr_policy === SCTP_PR_SCTP_NONE ? 0 : pr_value },
      })),
  }),
  /** RFC 6458 §8.1.11. */
  SCTP_DISABLE_FRAGMENTS: socketFlag("disablesFragments"),
  /** RFC 6458 §8.1.26. */
  SCTP_EXPLICIT_EOR: socketFlag("explicitEor"),
};

function setDefault(socket: SocketState, targets: Targets, change: Partial<DefaultSend>): void {
  const streams = targets.associations.map(({ core }) => core.outboundStreams);
  const fewest = Math.min(
    ...streams,
    targets.future ? socket.config.outboundStreams : Number.POSITIVE_INFINITY,
  );
  if (change.sid !== undefined && change.sid >= fewest) {
    throw new SocketError(
      "EINVAL",
      "setsockopt",
      `there is no stream ${change.sid}: there are 0 to ${fewest - 1}`,
    );
  }
  resettle(socket, targets, ({ defaultSend }) => ({ defaultSend: { ...defaultSend, ...change } }));
}
