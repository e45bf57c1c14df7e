/** Counters of an association since it began. They only grow. */
export interface AssociationStatistics {
  packetsSent: number;
  packetsReceived: number;
  bytesSent: number;
  bytesReceived: number;
  /** Messages handed to the user, and messages acknowledged; parts counted once each. */
  messagesReceived: number;
  messagesSent: number;
  /** DATA chunks sent again, of them by fast retransmit. */
  retransmissions: number;
  fastRetransmissions: number;
  /** Chunks that were sent again over another path because theirs had gone silent (docs/decisions/0006). */
  tailLossProbes: number;
  /** T3-rtx expirations (RFC 9260 §6.3.3). */
  timeouts: number;
  duplicatesReceived: number;
  /** DATA chunks dropped for want of room, as they came or later (RFC 9260 §6.2). */
  chunksDropped: number;
  /** Packets of the peer that were malformed, in whole or from some chunk on. */
  malformedReceived: number;
  /** AUTH chunks that proved nothing, and chunks that came without one and needed it (RFC 4895 §6.3). */
  unauthenticatedReceived: number;
  heartbeatsSent: number;
  sacksSent: number;
}

export function createStatistics(): AssociationStatistics {
  return {
    packetsSent: 0,
    packetsReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    messagesReceived: 0,
    messagesSent: 0,
    retransmissions: 0,
    fastRetransmissions: 0,
    tailLossProbes: 0,
    timeouts: 0,
    duplicatesReceived: 0,
    chunksDropped: 0,
    malformedReceived: 0,
    unauthenticatedReceived: 0,
    heartbeatsSent: 0,
    sacksSent: 0,
  };
}
