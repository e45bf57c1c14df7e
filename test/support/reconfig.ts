import { asSerial, asTsn, type Serial, type Tsn, tsnAdd } from "../../src/base/serial.ts";
import type { ReconfigChunk } from "../../src/packet/chunks/re-config.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import type { ReconfigResponseParameter } from "../../src/packet/parameters/reconfig/re-config-response.ts";
import type { ReconfigParameter } from "../../src/packet/parameters/reconfig/reconfig-parameter.ts";
import type { Script } from "./ladder-test.ts";
import type { ScriptedPeer } from "./scripted-peer.ts";

/** A peer of the test's that speaks RFC 6525, parameter by parameter. */

const supported: readonly Parameter[] = [{ type: "SUPPORTED-EXTENSIONS", chunkTypes: [0x82] }];

export const Result = {
  NOTHING: 0,
  PERFORMED: 1,
  DENIED: 2,
  WRONG_SSN: 3,
  ALREADY: 4,
  BAD_SEQUENCE: 5,
  IN_PROGRESS: 6,
} as const;

/** Both sides have RE-CONFIG; the peer begins. */
export function associate(peer: ScriptedPeer, parts: { readonly outboundStreams?: number } = {}): void {
  peer.associate({ parameters: supported, ...parts });
}

/** The same, and the stack begins. */
export function accept({ a, peer }: Script): void {
  a.connect([peer.socket.address]);
  peer.accept({ parameters: supported });
}

export function reconfig(...parameters: readonly ReconfigParameter[]): ReconfigChunk {
  return { type: "RE-CONFIG", parameters };
}

/** See `requests`. */
export interface Requests {
  readonly number: (nth: number) => Serial;
  readonly outgoing: (
    nth: number,
    streams: readonly number[],
    parts?: { readonly lastTsn?: Tsn; readonly responseSequence?: number },
  ) => ReconfigParameter;
  readonly incoming: (nth: number, streams: readonly number[]) => ReconfigParameter;
  readonly tsns: (nth: number) => ReconfigParameter;
  readonly addOutgoing: (nth: number, newStreams: number) => ReconfigParameter;
  readonly addIncoming: (nth: number, newStreams: number) => ReconfigParameter;
}

/** Requests of the peer: its `nth` one, from 0 on, has its initial TSN plus n as its number (RFC 6525 §4.1). */
export function requests(peer: Pick<ScriptedPeer, "initialTsn" | "peerInitialTsn">): Requests {
  const number = (nth: number) => asSerial(peer.initialTsn + nth);
  return {
    number,
    outgoing: (nth, streams, parts = {}) => ({
      type: "OUTGOING-SSN-RESET-REQUEST",
      requestSequence: number(nth),
      responseSequence: asSerial(parts.responseSequence ?? peer.peerInitialTsn - 1),
      lastTsn: parts.lastTsn ?? asTsn(peer.initialTsn - 1),
      streams,
    }),
    incoming: (nth, streams) => ({
      type: "INCOMING-SSN-RESET-REQUEST",
      requestSequence: number(nth),
      streams,
    }),
    tsns: (nth) => ({
      type: "SSN-TSN-RESET-REQUEST",
      requestSequence: number(nth),
    }),
    addOutgoing: (nth, newStreams) => ({
      type: "ADD-OUTGOING-STREAMS-REQUEST",
      requestSequence: number(nth),
      newStreams,
    }),
    addIncoming: (nth, newStreams) => ({
      type: "ADD-INCOMING-STREAMS-REQUEST",
      requestSequence: number(nth),
      newStreams,
    }),
  };
}

/** The answer to the stack's `nth` request. */
export function response(
  peer: ScriptedPeer,
  nth: number,
  result: number,
  tsns?: { readonly sender: Tsn; readonly receiver: Tsn },
): ReconfigResponseParameter {
  const plain = {
    type: "RE-CONFIG-RESPONSE",
    responseSequence: asSerial(peer.peerInitialTsn + nth),
    result,
  } as const;
  return tsns === undefined
    ? plain
    : { ...plain, senderNextTsn: tsns.sender, receiverNextTsn: tsns.receiver };
}

/** Results in the next RE-CONFIG of the stack, which has responses alone. */
export function nextResults(peer: ScriptedPeer): number[] {
  return peer
    .await("RE-CONFIG")
    .parameters.map((parameter) => (parameter.type === "RE-CONFIG-RESPONSE" ? parameter.result : -1));
}

/** TSNs of the peer's first `count` messages. */
export function sentTsn(peer: ScriptedPeer, count: number): Tsn {
  return tsnAdd(peer.initialTsn, count - 1);
}
