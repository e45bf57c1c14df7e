/** What has happened since the beginning. */
export interface Counters {
  /** Associations that were up, and how those of them ended: by `close`, by `abort`, or given up by their timers. */
  opened: number;
  closed: number;
  aborted: number;
  timedOut: number;
  /** Associations that never were: nobody listens there, or nothing answers. */
  refused: number;
  unanswered: number;
  /** Bytes of messages that came back to who sent them. */
  bytes: number;
  messages: number;
  /** Messages that were given up because of their lifetime or number of retransmissions. */
  abandoned: number;
  /** Paths that were potentially failed. */
  failovers: number;
  retransmissions: number;
  /** T3-rtx. */
  timeouts: number;
}

export function createCounters(): Counters {
  return {
    opened: 0,
    closed: 0,
    aborted: 0,
    timedOut: 0,
    refused: 0,
    unanswered: 0,
    bytes: 0,
    messages: 0,
    abandoned: 0,
    failovers: 0,
    retransmissions: 0,
    timeouts: 0,
  };
}
