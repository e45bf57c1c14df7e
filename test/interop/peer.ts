/**
 * Runs a peer's program: starts it and speaks its line protocol, which is the same for all of them.
 *
 * Nothing here sleeps or polls: every wait is for an event of the peer and has a time limit.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { createInterface } from "node:readline";
import type { AssociationEvent, PeerEvent, SourcedEvent, SunkEvent } from "./peer-events.ts";
import type { Stack } from "./stack.ts";
import { usrsctp } from "./usrsctp/stack.ts";

export type PeerMode = "report" | "echo" | "sink";

export interface PeerOptions {
  /** Local addresses, IPv4 and IPv6; all of 127.0.0.0/8 counts as local. */
  readonly localAddresses: readonly string[];
  /** Those that `bindx` may add later. Default: none. */
  readonly spareAddresses?: readonly string[];
  /** SCTP port. */
  readonly port: number;
  /**
   * Our UDP encapsulation port. The library binds it on both wildcards, so it must be another than the one that the
   * stack under test uses on this machine.
   */
  readonly udpPort: number;
  /** What it does with messages: tells of each (default), sends each back, or counts and hashes them. */
  readonly mode?: PeerMode;
  /** Takes associations that others open. Default true. */
  readonly listen?: boolean;
  /** Outbound streams to ask for. Default 16. */
  readonly streams?: number;
  /** Inbound streams to allow. Default 2,048. */
  readonly inboundStreams?: number;
  /** Of the SCTP socket, in bytes. Default 1 MiB. */
  readonly receiveBuffer?: number;
  /** Of the SCTP socket, in bytes; no larger message can be sent. Default 2 MiB. */
  readonly sendBuffer?: number;
  /** Of the UDP sockets, in bytes. Default: what the library takes, 128 KiB. */
  readonly udpBuffer?: number;
  /** Settings of the library by their names without `sctp_`, as `{ ecn_enable: 1, rto_min_default: 200 }`. */
  readonly sysctl?: Readonly<Record<string, number>>;
}

export interface PeerPath {
  readonly address: string;
  readonly state: "ACTIVE" | "INACTIVE" | "UNCONFIRMED";
  /** Bytes. */
  readonly cwnd: number;
  /** Milliseconds. */
  readonly srtt: number;
  /** Milliseconds. */
  readonly rto: number;
  /** Bytes of chunks that a packet has room for: without the IP, UDP and SCTP headers. */
  readonly mtu: number;
  /** The remote UDP port that the peer uses for this path. */
  readonly udpPort: number;
}

export interface PeerStatus {
  readonly assoc: number;
  readonly state: string;
  readonly primary: string;
  /** The window that we advertise to it, in bytes. */
  readonly peerWindow: number;
  readonly unacknowledged: number;
  readonly pending: number;
  readonly in: number;
  readonly out: number;
  readonly fragmentationPoint: number;
  readonly paths: readonly PeerPath[];
}

export interface SinkReport {
  readonly assoc: number;
  readonly bytes: number;
  readonly messages: number;
  /** From the first to the last byte. */
  readonly ns: number;
  readonly streams: readonly {
    readonly stream: number;
    readonly bytes: number;
    readonly messages: number;
    /** Of the bytes in the order of their delivery; empty where hashing is off. */
    readonly sha256: string;
  }[];
}

/** The library's counters over the life of the process. */
export interface PeerCounters {
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly dataIn: number;
  readonly dataOut: number;
  readonly duplicatesIn: number;
  readonly sacksIn: number;
  readonly sacksOut: number;
  readonly retransmitted: number;
  readonly fastRetransmitted: number;
  readonly t3Timeouts: number;
  readonly checksumErrors: number;
  readonly outOfTheBlue: number;
  readonly badTags: number;
  readonly aborted: number;
  readonly restarts: number;
  readonly collisions: number;
  readonly heartbeatsIn: number;
  readonly heartbeatsOut: number;
  readonly windowProbes: number;
  readonly droppedForWindow: number;
  readonly sendErrors: number;
}

export interface SendOptions {
  readonly assoc?: number;
  /** Bytes of the pattern (`patternBytes`) to send. */
  readonly length: number;
  /** Where in the pattern the message begins. Default 0. */
  readonly offset?: number;
  readonly stream?: number;
  readonly ppid?: number;
  readonly unordered?: boolean;
}

export interface SourceOptions {
  readonly assoc?: number;
  /** How many bytes in all; without it `ms` is the end. */
  readonly bytes?: number;
  /** For how long, in milliseconds. */
  readonly ms?: number;
  /** Bytes of each message; the last may be shorter. */
  readonly size: number;
  /** The first stream. Default 0. */
  readonly stream?: number;
  /** Round robin over this many streams. Default 1. Each has the pattern from its beginning. */
  readonly streams?: number;
  readonly ppid?: number;
  readonly unordered?: boolean;
}

/** Default time limit of a wait, in milliseconds. */
const defaultTimeoutMs = 10_000;

/** A UDP port that is free on both wildcards at this moment. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket({ type: "udp6", ipv6Only: false });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ port: 0, exclusive: true }, resolve);
  });
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

function programArguments(options: PeerOptions): string[] {
  const words = options.localAddresses.map((address) => `--local=${address}`);
  words.push(...(options.spareAddresses ?? []).map((address) => `--spare=${address}`));
  words.push(`--port=${options.port}`, `--udp-port=${options.udpPort}`, `--mode=${options.mode ?? "report"}`);
  if (options.listen !== false) words.push("--listen");
  const numbers = {
    streams: options.streams,
    "in-streams": options.inboundStreams,
    "receive-buffer": options.receiveBuffer,
    "send-buffer": options.sendBuffer,
    "udp-buffer": options.udpBuffer,
  };
  for (const [name, value] of Object.entries(numbers)) {
    if (value !== undefined) words.push(`--${name}=${value}`);
  }
  for (const [name, value] of Object.entries(options.sysctl ?? {})) words.push(`--sysctl=${name}=${value}`);
  return words;
}

interface Waiter {
  readonly accept: (event: PeerEvent) => boolean;
  readonly resolve: (event: PeerEvent) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

interface Reply {
  readonly reply: number;
  readonly error?: string;
  readonly errno?: number;
}

interface PendingReply {
  readonly command: string;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** A command that the peer refused; `errno` is of its system call. */
export class PeerCommandError extends Error {
  readonly errno: number;

  constructor(command: string, message: string, errno: number) {
    super(`peer: ${command}: ${message}`);
    this.name = "PeerCommandError";
    this.errno = errno;
  }
}

/** A running peer. Dispose of it (`await using`), or call `kill`. */
export class Peer {
  readonly stack: Stack;
  readonly options: PeerOptions;
  /** Every event so far, in order; for messages about failures, and for counting. */
  readonly events: PeerEvent[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<void>;
  readonly #backlog: PeerEvent[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #replies = new Map<number, PendingReply>();
  readonly #onProcessExit: () => void;
  #stderr = "";
  #lastCommand = 0;
  #gone = false;

  constructor(stack: Stack, command: readonly string[], options: PeerOptions) {
    this.stack = stack;
    this.options = options;
    const [program = "", ...words] = command;
    this.#child = spawn(program, [...words, ...programArguments(options)], { stdio: "pipe" });
    this.#onProcessExit = () => this.#child.kill("SIGKILL");
    process.once("exit", this.#onProcessExit);
    this.#exited = new Promise((resolve) => this.#child.once("close", () => resolve()));
    this.#exited.then(() => this.#onClose());
    this.#child.once("error", (error) => this.#failAll(error));
    // A peer that was killed takes no more commands: the loss shows by its exit.
    this.#child.stdin.on("error", () => {});
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4_096);
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#onLine(line));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * The first event that nobody has taken yet, that is of this name, and that agrees with every field of `match`.
   * Waits for it at most `timeoutMs`.
   */
  next<Name extends PeerEvent["event"]>(
    name: Name,
    match: Partial<Extract<PeerEvent, { event: Name }>> = {},
    timeoutMs: number = defaultTimeoutMs,
  ): Promise<Extract<PeerEvent, { event: Name }>> {
    const wanted = Object.entries({ ...match, event: name });
    const accept = (event: PeerEvent): boolean =>
      wanted.every(([key, value]) => (event as unknown as Record<string, unknown>)[key] === value);
    return this.#take(accept, `${name} ${JSON.stringify(match)}`, timeoutMs) as Promise<
      Extract<PeerEvent, { event: Name }>
    >;
  }

  /** An association has come up, from either side. */
  up(timeoutMs: number = defaultTimeoutMs): Promise<AssociationEvent> {
    return this.next("assoc", { state: "COMM_UP" }, timeoutMs);
  }

  /** Begins an association (`up` tells of its success) and gives its id. */
  async connect(to: {
    readonly addresses: readonly string[];
    readonly port: number;
    readonly udpPort: number;
  }): Promise<number> {
    const words = { to: to.addresses.join(","), port: to.port, udp: to.udpPort };
    const reply = (await this.command("connect", words)) as Reply & { readonly assoc: number };
    return reply.assoc;
  }

  /** Hands one message to the library; waits while its send buffer is full. */
  async send(options: SendOptions): Promise<void> {
    await this.command("send", { ...options });
  }

  /** Sends the pattern in bulk. Resolves when everything is acknowledged; rejects when a send failed. */
  async source(options: SourceOptions, timeoutMs: number = 60_000): Promise<SourcedEvent> {
    const { reply } = await this.command("source", { ...options });
    const done = await this.next("sourced", { command: reply }, timeoutMs);
    if (done.error !== 0) throw new PeerCommandError("source", `ended after ${done.bytes} bytes`, done.error);
    return done;
  }

  /** In mode `sink`: resolves when that many bytes have come over the association. */
  async expectSink(bytes: number, timeoutMs: number = 60_000, assoc?: number): Promise<SunkEvent> {
    await this.command("expect", { bytes, assoc });
    return this.next("sunk", assoc === undefined ? {} : { assoc }, timeoutMs);
  }

  async sink(options: { readonly assoc?: number; readonly reset?: boolean } = {}): Promise<SinkReport> {
    return (await this.command("sink", { ...options })) as unknown as SinkReport;
  }

  async status(assoc?: number): Promise<PeerStatus> {
    return (await this.command("status", { assoc })) as unknown as PeerStatus;
  }

  async counters(): Promise<PeerCounters> {
    return (await this.command("counters", {})) as unknown as PeerCounters;
  }

  /** `hash: false` spares the hashing of a sink, for measurements. */
  async setMode(mode: PeerMode, options: { readonly hash?: boolean } = {}): Promise<void> {
    await this.command("mode", { name: mode, ...options });
  }

  /** `port` is the remote SCTP port. */
  async setPrimary(address: string, port: number, assoc?: number): Promise<void> {
    await this.command("primary", { address, port, assoc });
  }

  /** Says our UDP port, for addresses that we will add to associations to come. */
  async expectUdpPort(port: number): Promise<void> {
    await this.command("udp", { port });
  }

  /** Adds a local address, a spare one, or removes one. */
  async bindx(address: string, add: boolean): Promise<void> {
    await this.command("bindx", { address, add });
  }

  /** Asks us to send to that address of its own. */
  async setPeerPrimary(address: string, assoc?: number): Promise<void> {
    await this.command("peer-primary", { address, assoc });
  }

  /** Stops reading (after the read that is under way) until `resume`. */
  async pause(): Promise<void> {
    await this.command("pause", { on: true });
  }

  async resume(): Promise<void> {
    await this.command("pause", { on: false });
  }

  /** A graceful end: delivers what was sent, then SHUTDOWN. The event SHUTDOWN_COMP tells of its end. */
  async shutdown(assoc?: number): Promise<void> {
    await this.command("shutdown", { assoc });
  }

  /** `reason` travels as a user-initiated abort cause; it may not contain spaces. */
  async abort(options: { readonly assoc?: number; readonly reason?: string } = {}): Promise<void> {
    await this.command("abort", { ...options });
  }

  /** Any command of the line protocol. Undefined values are left out; booleans are 1 and 0. */
  async command(
    verb: string,
    values: Readonly<Record<string, string | number | boolean | undefined>>,
    timeoutMs: number = defaultTimeoutMs,
  ): Promise<Reply> {
    const words = Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${typeof value === "boolean" ? Number(value) : value}`);
    const id = ++this.#lastCommand;
    if (this.#gone) throw new Error(this.#story(`${verb}: the peer is gone`));
    const reply = await new Promise<Reply>((resolve, reject) => {
      const late = (): void => {
        this.#replies.delete(id);
        reject(new Error(this.#story(`${verb}: no reply within ${timeoutMs} ms`)));
      };
      this.#replies.set(id, { command: verb, resolve, reject, timer: setTimeout(late, timeoutMs) });
      this.#child.stdin.write(`${[id, verb, ...words].join(" ")}\n`);
    });
    if (reply.error !== undefined) throw new PeerCommandError(verb, reply.error, reply.errno ?? 0);
    return reply;
  }

  /** Ends the process as a crash would: nothing is said to the other side. Waits until it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #take(accept: (event: PeerEvent) => boolean, what: string, timeoutMs: number): Promise<PeerEvent> {
    const at = this.#backlog.findIndex(accept);
    const [found] = at < 0 ? [] : this.#backlog.splice(at, 1);
    if (found !== undefined) return Promise.resolve(found);
    if (this.#gone) return Promise.reject(new Error(this.#story(`waiting for ${what}: the peer is gone`)));
    return new Promise((resolve, reject) => {
      const late = (): void => {
        this.#waiters.delete(waiter);
        reject(new Error(this.#story(`no event ${what} within ${timeoutMs} ms`)));
      };
      const waiter: Waiter = { accept, resolve, reject, timer: setTimeout(late, timeoutMs) };
      this.#waiters.add(waiter);
    });
  }

  #onLine(line: string): void {
    const spoken = JSON.parse(line) as PeerEvent | Reply;
    if ("reply" in spoken) {
      const pending = this.#replies.get(spoken.reply);
      this.#replies.delete(spoken.reply);
      clearTimeout(pending?.timer);
      pending?.resolve(spoken);
      return;
    }
    this.events.push(spoken);
    for (const waiter of this.#waiters) {
      if (!waiter.accept(spoken)) continue;
      this.#waiters.delete(waiter);
      clearTimeout(waiter.timer);
      waiter.resolve(spoken);
      return;
    }
    this.#backlog.push(spoken);
  }

  #onClose(): void {
    this.#gone = true;
    process.removeListener("exit", this.#onProcessExit);
    this.#failAll(new Error(this.#story("the peer is gone")));
  }

  #failAll(error: Error): void {
    for (const one of [...this.#waiters, ...this.#replies.values()]) {
      clearTimeout(one.timer);
      one.reject(error);
    }
    this.#waiters.clear();
    this.#replies.clear();
  }

  #story(what: string): string {
    const last = this.events.slice(-12).map((event) => `  ${JSON.stringify(event)}`);
    const head = `${this.stack.name} peer on UDP ${this.options.udpPort}: ${what}; last events:`;
    return [head, ...last, this.#stderr].join("\n");
  }
}

/** Starts a peer and waits until it listens. Throws where its program cannot be had. */
export async function startPeer(options: PeerOptions, stack: Stack = usrsctp): Promise<Peer> {
  const program = stack.prepare();
  if (!program.available) throw new Error(`no ${stack.name} peer: ${program.reason}; try: ${program.hint}`);
  const peer = new Peer(stack, program.command, options);
  try {
    await peer.next("ready");
    return peer;
  } catch (error) {
    await peer.kill();
    throw error;
  }
}
