import { type Association, coreOf } from "../message/association.ts";
import { pathStates } from "./notifications.ts";

/** SCTP_STATUS (RFC 6458 §8.2.1) as `node-lksctp` has it, as far as it can be told here. Bytes, where not said otherwise. */
export interface SocketStatus {
  /** Our verification tag. */
  readonly tag: number;
  /** The state by its number in Linux: 4 is ESTABLISHED. */
  readonly state: number;
  /** What is left of our receive buffer. */
  readonly rwnd: number;
  /** DATA chunks that are not acknowledged. */
  readonly unackdata: number;
  readonly numberOfIncomingStreams: number;
  readonly numberOfOutgoingStreams: number;
  /** User data in the largest chunk that a message is cut to, on whichever path. */
  readonly fragmentationPoint: number;
  /** Received and not read. */
  readonly incomingQueue: number;
  /** Sent and not acknowledged, or waiting to be sent. */
  readonly outgoingQueue: number;
  /** Packets (RFC 9260 §16). */
  readonly maxBurst: number;
  readonly peer: {
    readonly tag: number;
    /** The peer's window. */
    readonly rwnd: number;
  };
}

/** SCTP_GET_PEER_ADDR_INFO (RFC 6458 §8.2.2): times in ms, sizes in bytes. */
export interface PeerAddressInfo {
  /** 0 inactive, 1 potentially failed, 2 active, 3 unconfirmed. */
  readonly state: number;
  readonly cwnd: number;
  /** 0 before the first measurement. */
  readonly srtt: number;
  readonly rto: number;
  readonly mtu: number;
}

const states: Readonly<Record<string, number>> = {
  closed: 1,
  "cookie-wait": 2,
  "cookie-echoed": 3,
  established: 4,
  "shutdown-pending": 5,
  "shutdown-sent": 6,
  "shutdown-received": 7,
  "shutdown-ack-sent": 8,
};

export function statusOf(association: Association): SocketStatus {
  const core = coreOf(association);
  return {
    tag: core.localTag,
    state: states[association.state] ?? 0,
    rwnd: Math.max(0, core.config.receiveBuffer - core.unreadBytes),
    unackdata: core.outstandingChunks,
    numberOfIncomingStreams: association.inboundStreams,
    numberOfOutgoingStreams: association.outboundStreams,
    fragmentationPoint: core.fragmentationPoint,
    incomingQueue: core.unreadBytes,
    outgoingQueue: association.bufferedBytes,
    maxBurst: core.config.maxBurst,
    peer: { tag: core.peerTag, rwnd: core.peerWindow },
  };
}

export function peerInfoOf(association: Association): Record<string, PeerAddressInfo> {
  return Object.fromEntries(
    association.paths.map(({ destination, state, cwnd, srtt = 0, rto, mtu }) => [
      destination,
      { state: pathStates[state], cwnd, srtt, rto, mtu },
    ]),
  );
}
