import type { IpAddress } from "../../base/address.ts";
import { asSerial, type Serial, serialNext, type Tsn } from "../../base/serial.ts";
import type { AsconfChunk } from "../../packet/chunks/asconf.ts";
import type { AsconfAckChunk } from "../../packet/chunks/asconf-ack.ts";
import type { AddressChange } from "../events.ts";

/** One request of ours, as it stands in an ASCONF. */
export interface AddressRequest {
  readonly change: AddressChange;
  /** Ours, also where the wildcard stands for it. */
  readonly address: IpAddress;
  readonly correlationId: number;
}

/** An ASCONF that waits for its acknowledgement: the same bytes each time (RFC 5061 §5.1 B4). */
export interface OutstandingAsconf {
  readonly chunk: AsconfChunk;
  readonly requests: readonly AddressRequest[];
  /** The source that it must leave from, where a wildcard in it speaks of that. */
  readonly source: IpAddress | undefined;
  /** It shall be sent. */
  due: boolean;
  /** When T4-RTO expires, ms; Infinity before it was sent. */
  t4: number;
  /** Retransmissions so far; also which destination is next. */
  attempts: number;
  /** Where it went last. */
  destination: IpAddress | undefined;
  /** It went to more than one destination: its acknowledgement proves none of them. */
  ambiguous: boolean;
}

/** ASCONF-ACKs kept for ASCONFs that come again; a peer may bundle a few (RFC 5061 §5.5). */
const MAX_ANSWERS = 8;

/**
 * What an association keeps for RFC 5061, in both directions. Our changes are no queue: what the peer knows
 * of our addresses is held against what it should know, one ASCONF at a time, so that nothing grows with the
 * changes.
 */
export class Asconf {
  /**
   * Our addresses that the peer takes for ours. Bound: the addresses of the endpoint, and those being
   * deleted.
   */
  readonly known: Set<IpAddress>;
  /** Those that it should. Bound: the addresses of the endpoint. */
  readonly wanted: Set<IpAddress>;
  /**
   * Requests about these were refused, and are not made again until our user changes them. Bound: known and
   * wanted.
   */
  readonly refused: Set<IpAddress> = new Set();
  /** The address that the peer is to make its primary, until it has been asked. */
  primaryAsked: IpAddress | undefined = undefined;
  outstanding: OutstandingAsconf | undefined = undefined;
  /** `known` and `wanted` may differ. */
  changed = true;
  /** The peer does not understand them: F3a, F3b and A9 of RFC 5061. */
  canChangeAddresses = true;
  canAskPrimary = true;
  #next: Serial;
  #correlationId = 0;
  /** Serial of the peer's last ASCONF: 'Peer-Sequence-Number'. */
  peerSerial: Serial;
  /** Bound: MAX_ANSWERS. */
  #answers: AsconfAckChunk[] = [];
  /** The peer asked to have this one as our primary, and it is not confirmed yet. */
  primaryOnceConfirmed: IpAddress | undefined = undefined;

  constructor(options: {
    readonly localInitialTsn: Tsn;
    readonly peerInitialTsn: Tsn;
    readonly known: readonly IpAddress[];
    readonly wanted: readonly IpAddress[];
  }) {
    // RFC 5061 §5.1 A2: "MUST be initialized at the start of the association to the same value as the Initial
    // Transmission Sequence Number"; §3: the one after 2^32 - 1 is 0.
    this.#next = asSerial(options.localInitialTsn);
    this.peerSerial = asSerial(options.peerInitialTsn - 1);
    this.known = new Set(options.known);
    this.wanted = new Set(options.wanted);
  }

  /** The Sequence Number of the next ASCONF. */
  get next(): Serial {
    return this.#next;
  }

  takeSerial(): Serial {
    const serial = this.#next;
    this.#next = serialNext(serial);
    return serial;
  }

  /** RFC 5061 §5.1 A1: "unique correlation identities for each request". */
  takeCorrelationId(): number {
    this.#correlationId = (this.#correlationId + 1) >>> 0;
    return this.#correlationId;
  }

  /**
   * Whether packets may leave from it. RFC 5061 §5.3 F1: one that is being added "MUST NOT" be a source
   * before the ASCONF-ACK; F4: nor one that is being deleted.
   */
  isSource(address: IpAddress): boolean {
    return this.known.has(address) && this.wanted.has(address);
  }

  /** We are deleting it: the peer was, or is to be, asked, and has not answered. */
  isBeingDeleted(address: IpAddress): boolean {
    return this.known.has(address) && !this.wanted.has(address);
  }

  answerTo(serial: Serial): AsconfAckChunk | undefined {
    return this.#answers.find((answer) => answer.serial === serial);
  }

  /**
   * Keeps an answer; `isFirst`: it is that to the first ASCONF of its packet, so all before have arrived
   * (E1).
   */
  keepAnswer(answer: AsconfAckChunk, isFirst: boolean): void {
    if (isFirst) this.#answers = [];
    this.#answers.push(answer);
    if (this.#answers.length > MAX_ANSWERS) this.#answers.shift();
  }
}
