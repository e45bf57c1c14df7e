import { message } from "@usctp/sim";
import { schedulerNames } from "../../src/association/send/schedulers/create.ts";
import { SctpError } from "../../src/base/error.ts";
import type { ReachableState } from "../support/reach-state.ts";
import { type Input, Reader, type Step } from "./input.ts";
import { OURS, PEER, PEER_TAG, STRANGER, Stage } from "./stage.ts";

/** The steps of all targets in which packets come to a stack. */
export const StepKind = {
  /** A packet of the fuzzer's association: chunks, to which a right header and checksum are put. */
  PACKET: 0,
  /** A whole packet; only its checksum is made right. */
  RAW: 1,
  /** 16 bits of ms pass. */
  TIME: 2,
  /** As PACKET, with the tag 0. */
  NO_TAG: 3,
  /** As PACKET, with the peer's own tag, as with the T bit. */
  REFLECTED_TAG: 4,
  SECOND_ADDRESS: 5,
  STRANGER: 6,
  /** Our user does something. */
  CALL: 7,
  /** As PACKET, with 0 as the checksum. */
  NO_CHECKSUM: 8,
  /** The system says something: a send has failed, a socket is full. */
  SYSTEM: 9,
  /** As PACKET, from another UDP port. */
  OTHER_PORT: 10,
  /**
   * The last cookie comes back; the first byte says where a bit is wrong, 0 for nowhere. More chunks
   * follow.
   */
  COOKIE: 11,
  /** As a right peer answers what it was sent. */
  ANSWER: 12,
} as const;
export const PACKET_STEP_KINDS = 13;

const CODES = [
  "EMSGSIZE",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "EINVAL",
  "EADDRNOTAVAIL",
  "ENOBUFS",
  "ECONNREFUSED",
];
const COOKIE_ECHO = 10;

/** Plays an input to a stack whose association is in that state, or has none. */
export function playPackets(input: Input, state: ReachableState | undefined): void {
  const stage = new Stage(input.head, state);
  for (const step of input.steps) {
    play(stage, step);
    stage.drain();
  }
  stage.check();
}

function play(stage: Stage, { kind, body }: Step): unknown {
  switch (kind % PACKET_STEP_KINDS) {
    case StepKind.RAW:
      return stage.raw(body);
    case StepKind.TIME:
      return stage.run(new Reader(body).u16());
    case StepKind.NO_TAG:
      return stage.packet(body, { tag: 0 });
    case StepKind.REFLECTED_TAG:
      return stage.packet(body, { tag: PEER_TAG });
    case StepKind.SECOND_ADDRESS:
      return stage.packet(body, { source: PEER[1] });
    case StepKind.STRANGER:
      return stage.packet(body, { source: STRANGER });
    case StepKind.CALL:
      return call(stage, new Reader(body));
    case StepKind.NO_CHECKSUM:
      return stage.packet(body, { checksum: false });
    case StepKind.SYSTEM:
      return system(stage, new Reader(body));
    case StepKind.OTHER_PORT:
      return stage.packet(body, { udpPort: 40_000 });
    case StepKind.ANSWER:
      return stage.answer((body[0] ?? 0) % 8);
    case StepKind.COOKIE:
      return stage.packet(cookieEcho(stage.cookie, body));
    default:
      return stage.packet(body);
  }
}

function cookieEcho(cookie: Uint8Array, body: Uint8Array): Uint8Array {
  const changed = cookie.slice();
  const wrong = body[0] ?? 0;
  if (wrong > 0 && changed.length > 0) {
    const at = wrong % changed.length;
    changed[at] = (changed[at] ?? 0) ^ 1;
  }
  const length = 4 + changed.length;
  const padded = (length + 3) & ~3;
  const bytes = new Uint8Array(padded + Math.max(0, body.length - 1));
  bytes.set([COOKIE_ECHO, 0, length >> 8, length & 0xff]);
  bytes.set(changed, 4);
  bytes.set(body.subarray(1), padded);
  return bytes;
}

/** A call of the user; what it may refuse, it refuses with an error of ours. */
function call(stage: Stage, reader: Reader): void {
  try {
    callVictim(stage, reader);
  } catch (error) {
    if (!(error instanceof SctpError)) throw error;
  }
}

function callVictim(stage: Stage, reader: Reader): unknown {
  const { victim, now } = stage;
  if (victim === undefined) return;
  const destination = reader.pick(PEER);
  switch (reader.u8() % 18) {
    case 0:
      return victim.shutdown(now);
    case 1:
      return victim.abort(reader.rest());
    case 2:
      return victim.resetStreams(now, { outgoing: streams(reader), incoming: streams(reader) });
    case 3:
      return victim.resetAssociation(now);
    case 4:
      return victim.addStreams(now, { outgoing: reader.u16(), incoming: reader.u16() });
    case 5:
      return victim.setPrimary(destination);
    case 6:
      return victim.setPeerPrimary(reader.pick(OURS));
    case 7:
      return stage.endpoint.addAddresses(now, [reader.pick([STRANGER, ...OURS])]);
    case 8:
      // The neighbour has the first one.
      return stage.endpoint.removeAddresses(now, [reader.pick([STRANGER, ...OURS.slice(1)])]);
    case 9:
      return victim.requestHeartbeat(destination);
    case 10:
      while (victim.receive() !== undefined);
      return;
    case 14:
      return victim.setAuthKey(reader.u8() % 3, new Uint8Array(reader.u8()));
    case 15:
      return victim.activateAuthKey(reader.u8() % 3);
    case 16:
      return reader.u8() % 2 === 0
        ? victim.deactivateAuthKey(reader.u8() % 3)
        : victim.deleteAuthKey(reader.u8() % 3);
    case 17:
      return victim.configure(now, {
        scheduler: reader.pick(schedulerNames),
        fragmentInterleave: reader.u8() % 2 === 0,
        receiveBuffer: reader.pick([1_500, 4_096, 100_000]),
        maxSegment: reader.pick([undefined, 100, 1_000]),
        sackFrequency: reader.pick([1, 2, 5]),
        autoClose: reader.pick([0, 10, 5_000]),
      });
    default: {
      const stream = reader.u8() % 12;
      const [flags, rtx, lifetime] = [reader.u8(), reader.u8(), reader.u16()];
      const data = new Uint8Array(1 + (reader.u16() % 8_192));
      victim.send(
        now,
        message(data, {
          stream,
          unordered: (flags & 1) !== 0,
          more: (flags & 2) !== 0,
          immediate: (flags & 4) !== 0,
          notify: (flags & 8) !== 0,
          destination: (flags & 16) === 0 ? undefined : destination,
          lifetime: (flags & 32) === 0 ? Number.POSITIVE_INFINITY : lifetime,
          reliability: (flags & 64) === 0 ? undefined : { policy: "retransmissions", value: rtx % 4 },
        }),
      );
    }
  }
}

function streams(reader: Reader): readonly number[] | "all" | undefined {
  switch (reader.u8() % 3) {
    case 0:
      return undefined;
    case 1:
      return "all";
    default:
      return Array.from({ length: 1 + (reader.u8() % 4) }, () => reader.u8());
  }
}

function system(stage: Stage, reader: Reader): unknown {
  const source = reader.pick(OURS);
  switch (reader.u8() % 3) {
    case 0:
      return stage.stack.handleBlocked(source);
    case 1:
      return stage.stack.handleWritable(source);
    default:
      return stage.failSend(reader.pick(CODES), reader.u16());
  }
}
