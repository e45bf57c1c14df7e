import type { IpAddress } from "../../base/address.ts";
import { asSerial, type Serial, serialNext, type Tsn } from "../../base/serial.ts";
import type { ReconfigChunk } from "../../packet/chunks/re-config.ts";
import type { ReconfigResponseParameter } from "../../packet/parameters/reconfig/re-config-response.ts";
import type { Path } from "../path/path.ts";
import { type Change, covers, type Request, type StreamList } from "./request.ts";
import { codeOf } from "./result.ts";

/** One RE-CONFIG chunk of ours with requests, from when it is asked for until each of them is answered. */
export interface Operation {
  /**
   * Ours is what the user asked for; the peer's is the answer to an Incoming SSN Reset or Add Incoming
   * Streams Request.
   */
  readonly origin: "user" | "peer";
  readonly requests: readonly Request[];
  /** As it goes out, and goes out again; undefined while it waits for data before it. */
  chunk: ReconfigChunk | undefined;
  /** It shall be sent. */
  due: boolean;
  /** When the Re-configuration Timer expires, ms; Infinity when it does not run. */
  expiresAt: number;
  /** How often it was sent. */
  transmissions: number;
  /** Where it went last. */
  path: Path | undefined;
  /** The peer is at it: the next expiry is no error (RFC 6525 §5.2.7 H2). */
  isInProgress: boolean;
}

export function operation(origin: Operation["origin"], changes: readonly Change[]): Operation {
  return {
    origin,
    requests: changes.map((change) => ({ change, sequence: undefined, result: undefined, isTaken: false })),
    chunk: undefined,
    due: false,
    expiresAt: Number.POSITIVE_INFINITY,
    transmissions: 0,
    path: undefined,
    isInProgress: false,
  };
}

/** Its SSN/TSN Reset Request is out, and what comes may have TSNs of before or of after. */
export function isResettingTsns({ chunk, requests }: Operation): boolean {
  return chunk !== undefined && requests[0]?.change.kind === "reset-association";
}

/** What a request of the peer was answered with, kept for its retransmission (RFC 6525 §5.2.1). */
export interface Answer {
  readonly sequence: Serial;
  /** Where the answer is a request of ours: that one (RFC 6525 §5.2.3 F1). */
  readonly operation: Operation | undefined;
  response: ReconfigResponseParameter;
}

/** An Outgoing SSN Reset Request whose last TSN has not come yet (RFC 6525 §5.2.2 E2). */
export interface DeferredReset {
  readonly sequence: Serial;
  readonly lastTsn: Tsn;
  readonly streams: StreamList;
  /** Our Incoming SSN Reset Request that it answers. */
  readonly invitation: Request | undefined;
}

/** Response parameters on their way out. */
export interface OwedResponses {
  readonly parameters: ReconfigResponseParameter[];
  destination: IpAddress;
  source: IpAddress;
}

/** RFC 6525 §3.1: "at most two parameters". */
const MOST_PARAMETERS = 2;
/** RFC 6525 §5.1.4: "30 seconds, which is considered a maximum segment lifetime", ms. */
export const SEGMENT_LIFETIME = 30_000;

/** The state of RFC 6525 of an association whose both sides have it. */
export class Reconfiguration {
  /** That of our next request. */
  #next: Serial;
  /** That of the peer's next request. */
  expected: Serial;
  /** The one whose chunk is out, or is the next to go out. */
  active: Operation | undefined = undefined;
  /** Those behind it. Bound: one of the user, and one of each kind that the peer makes us send. */
  readonly waiting: Operation[] = [];
  /** Of the peer's last chunk with requests. Bound: MOST_PARAMETERS. */
  #answers: Answer[] = [];
  deferred: DeferredReset | undefined = undefined;
  owed: OwedResponses | undefined = undefined;
  /** Our Incoming SSN Reset Request that the peer may answer by one of its own, and for which streams. */
  invitedReset: { readonly sequence: Serial; readonly streams: StreamList } | undefined = undefined;
  /** Streams of our Add Incoming Streams Request that the peer may add. */
  invitedStreams = 0;
  /** When an SSN/TSN Reset Request was last sent, ms. */
  tsnResetAt: number = Number.NEGATIVE_INFINITY;
  /** When the TSNs were begun anew, far from those before, ms: chunks of those may still be on their way. */
  renumberedAt: number = Number.NEGATIVE_INFINITY;

  /** RFC 6525 §4.1: the numbers are "initialized to the same value as the initial TSN". */
  constructor(localInitialTsn: Tsn, peerInitialTsn: Tsn) {
    this.#next = asSerial(localInitialTsn);
    this.expected = asSerial(peerInitialTsn);
  }

  /** RFC 6525 §5.1.4: what names TSNs as nobody could may be of those before a reset, and that old. */
  isJustRenumbered(now: number): boolean {
    return now - this.renumberedAt < SEGMENT_LIFETIME;
  }

  /** Our SSN/TSN Reset Request is out: whatever names TSNs or SSNs may mean those of before or of after. */
  get isResettingTsns(): boolean {
    return this.active !== undefined && isResettingTsns(this.active);
  }

  /** Outgoing streams that were asked for, and are not there yet. */
  get addedOutgoing(): number {
    const changes = this.#operations.flatMap(({ requests }) => requests);
    return changes.reduce(
      (sum, { change, result }) =>
        sum + (change.kind === "add-outgoing" && result === undefined ? change.count : 0),
      0,
    );
  }

  /** RFC 6525 §5.1.2 A2, §5.1.3 B1, §5.1.4 C1: the next number, which "MUST then be incremented by 1". */
  takeSequence(): Serial {
    const sequence = this.#next;
    this.#next = serialNext(sequence);
    return sequence;
  }

  /** Something shall be sent. */
  get isDue(): boolean {
    return this.owed !== undefined || this.active?.due === true;
  }

  /** When the Re-configuration Timer expires, ms; Infinity when it does not run. */
  get expiresAt(): number {
    return this.active?.expiresAt ?? Number.POSITIVE_INFINITY;
  }

  /** The user has asked for something that is not answered yet. */
  get isAsking(): boolean {
    return this.#operations.some(({ origin }) => origin === "user");
  }

  /** A request of ours that the peer has made us send is out, or waits. */
  answersBy(kind: Change["kind"]): boolean {
    return this.#operations.some(
      ({ origin, requests }) => origin === "peer" && requests.some(({ change }) => change.kind === kind),
    );
  }

  get #operations(): readonly Operation[] {
    return this.active === undefined ? this.waiting : [this.active, ...this.waiting];
  }

  /** A request of ours that is not answered yet, by its number. */
  outstanding(sequence: Serial): Request | undefined {
    return this.active?.requests.find((it) => it.sequence === sequence && it.result === undefined);
  }

  /** A request of ours that is out and not answered yet, by what it asks for. */
  outstandingFor(kind: Change["kind"]): Request | undefined {
    return this.active?.requests.find(
      ({ change, sequence, result }) =>
        change.kind === kind && sequence !== undefined && result === undefined,
    );
  }

  /** An Outgoing SSN Reset Request of ours, unanswered, has all these streams (RFC 6525 §5.2.3). */
  isResetting(streams: StreamList): boolean {
    return this.#operations.some(({ requests }) =>
      requests.some(
        ({ change, result }) =>
          change.kind === "reset-outgoing" && result === undefined && covers(change.streams, streams),
      ),
    );
  }

  /** What the peer's request was answered with, if it is one of its last chunk. */
  answerTo(sequence: Serial): Answer | undefined {
    return this.#answers.find((answer) => answer.sequence === sequence);
  }

  /** Keeps an answer in place of one before to the same request. */
  remember(answer: Answer): void {
    const others = this.#answers.filter(({ sequence }) => sequence !== answer.sequence);
    this.#answers = [...others, answer].slice(-MOST_PARAMETERS);
  }

  /** A request of ours is over: what the peer is told that asks again for what it answered. */
  settleAnswers({ requests }: Operation): void {
    for (const { change, result } of requests) {
      if (change.kind !== "reset-outgoing" || change.answers === undefined || result === undefined) continue;
      const answer = this.answerTo(change.answers);
      if (answer !== undefined) answer.response = { ...answer.response, result: codeOf(result) };
    }
  }

  /** Puts a response on its way; of more than fit a chunk the latest ones. */
  owe(response: ReconfigResponseParameter, way: { destination: IpAddress; source: IpAddress }): void {
    this.owed ??= { parameters: [], destination: way.destination, source: way.source };
    const { parameters } = this.owed;
    const same = parameters.findIndex((it) => it.responseSequence === response.responseSequence);
    if (same >= 0) parameters.splice(same, 1);
    parameters.push(response);
    if (parameters.length > MOST_PARAMETERS) parameters.shift();
    this.owed.destination = way.destination;
    this.owed.source = way.source;
  }
}
