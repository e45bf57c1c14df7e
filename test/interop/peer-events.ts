/** What the programs of the peers tell: see `usrsctp/README.md`. */

interface EventBase {
  /** When it was written: `CLOCK_MONOTONIC` in ns, the clock of `process.hrtime`. */
  readonly at: number;
}

export interface AssociationEvent extends EventBase {
  readonly event: "assoc";
  readonly assoc: number;
  readonly state: "COMM_UP" | "COMM_LOST" | "RESTART" | "SHUTDOWN_COMP" | "CANT_STR_ASSOC";
  readonly error: number;
  /** Inbound streams. */
  readonly in: number;
  /** Outbound streams. */
  readonly out: number;
  /** Hex: the features (COMM_UP, RESTART) or the ABORT chunk that was received. */
  readonly info: string;
}

export interface PathEvent extends EventBase {
  readonly event: "path";
  readonly assoc: number;
  readonly address: string;
  readonly state: "AVAILABLE" | "UNREACHABLE" | "REMOVED" | "ADDED" | "MADE_PRIM" | "CONFIRMED";
  readonly error: number;
}

export interface MessageEvent extends EventBase {
  readonly event: "message";
  readonly assoc: number;
  readonly stream: number;
  /** Where the stack tells it to its user. */
  readonly ssn?: number;
  readonly ppid: number;
  /** Where the stack tells it to its user. */
  readonly unordered?: boolean;
  /** Bytes. */
  readonly length: number;
  readonly sha256: string;
}

/** A source has ended: the peer acknowledged everything (`error` 0), or a send failed (`error` is an errno). */
export interface SourcedEvent extends EventBase {
  readonly event: "sourced";
  readonly command: number;
  readonly assoc: number;
  readonly bytes: number;
  readonly messages: number;
  /** From the first send to the last acknowledgement. */
  readonly ns: number;
  /** From the first send until the library had taken the last message. */
  readonly handedNs: number;
  readonly error: number;
}

/** The bytes that `expectSink` named have come. */
export interface SunkEvent extends EventBase {
  readonly event: "sunk";
  readonly assoc: number;
  readonly bytes: number;
  readonly messages: number;
  /** From the first to the last byte. */
  readonly ns: number;
}

export interface ShutdownEvent extends EventBase {
  readonly event: "shutdown";
  readonly assoc: number;
}

export interface SendFailedEvent extends EventBase {
  readonly event: "send-failed";
  readonly assoc: number;
  readonly stream: number;
  readonly ppid: number;
  readonly length: number;
  /** It was on the wire at least once. */
  readonly sent: boolean;
  readonly error: number;
}

export interface RemoteErrorEvent extends EventBase {
  readonly event: "remote-error";
  readonly assoc: number;
  readonly cause: number;
  /** Hex: the ERROR chunk. */
  readonly chunk: string;
}

export interface PeerErrorEvent extends EventBase {
  readonly event: "error";
  readonly call: string;
  readonly errno: number;
  readonly message: string;
}

export interface PartialAbortedEvent extends EventBase {
  readonly event: "partial-aborted";
  readonly assoc: number;
  readonly stream: number;
  readonly ssn: number;
}

/** A key of authenticated chunks changed, or we have none. */
export interface AuthEvent extends EventBase {
  readonly event: "auth";
  readonly assoc: number;
  readonly change: "NEW_KEY" | "NO_AUTH" | "FREE_KEY";
  readonly key: number;
}

export type PeerReconfigResult = "performed" | "denied" | "failed";

export interface StreamResetEvent extends EventBase {
  readonly event: "stream-reset";
  readonly assoc: number;
  /** `incoming`: those that we send on. */
  readonly direction: "incoming" | "outgoing";
  readonly result: PeerReconfigResult;
  /** None: all. */
  readonly streams: readonly number[];
}

export interface AssocResetEvent extends EventBase {
  readonly event: "assoc-reset";
  readonly assoc: number;
  readonly result: PeerReconfigResult;
  readonly localTsn: number;
  readonly remoteTsn: number;
}

/** `in` and `out` are how many there are now. */
export interface StreamChangeEvent extends EventBase {
  readonly event: "stream-change";
  readonly assoc: number;
  readonly result: PeerReconfigResult;
  readonly in: number;
  readonly out: number;
}

export interface ReadyEvent extends EventBase {
  readonly event: "ready";
  readonly port: number;
  readonly udpPort: number;
  readonly pid: number;
}

export type PeerEvent =
  | AssociationEvent
  | PathEvent
  | MessageEvent
  | SourcedEvent
  | SunkEvent
  | ShutdownEvent
  | SendFailedEvent
  | RemoteErrorEvent
  | PeerErrorEvent
  | PartialAbortedEvent
  | AuthEvent
  | StreamResetEvent
  | AssocResetEvent
  | StreamChangeEvent
  | ReadyEvent;
