import { type OptionName, SocketError, type SocketOptions } from "usctp/socket";
import { type CallContext, type Descriptor, numberArgument, type Returned } from "../calls/context.ts";
import { handlerOf } from "../calls/index.ts";
import { sameErrno } from "../calls/names.ts";
import { plainValue } from "../calls/values.ts";
import type { CallAction } from "../language/ast.ts";
import { ScriptError } from "../language/position.ts";
import { type Difference, printChunks } from "../packets/compare.ts";
import type { DecodedPacket } from "../packets/decode.ts";
import { print } from "../packets/print.ts";
import { captureHost } from "./capture.ts";
import { checkOrder, type Window, windowOf } from "./clock.ts";
import { Conversation } from "./conversation.ts";
import type { PreparedEvent, PreparedPacket, PreparedScript } from "./prepare.ts";
import {
  applySettings,
  initialSettings,
  initialSocketOptions,
  settingOf,
  socketOptionsOf,
} from "./sysctl.ts";
import { type Sent, TestedHost } from "./tested-host.ts";

/** A difference, and the line of the script that it belongs to. */
export interface FoundDifference extends Difference {
  readonly line: number;
}

export interface RunOptions {
  /** The `#ifdef` that holds. */
  readonly system: string | undefined;
  /** Looks at tag, checksum, padding and silence at the end. */
  readonly isStrict: boolean;
  /** Whether the script goes on after a difference. */
  readonly goesOn: (found: FoundDifference) => boolean;
  /** Is handed the packets of the run, as a pcapng file. Default: none is made. */
  readonly onCapture?: ((file: Uint8Array) => void) | undefined;
}

const UDP_PORT = 9_899;
const UDP_HEADER = 8;
const SEED = 1;
/** Simulated ms after the script, in which whatever is left open gives up. */
const AFTERMATH = 3_600_000;
/**
 * Simulated ms after the last event in which nothing may be sent. RFC 9260 §6.2: the delay of a SACK "MUST NOT" be
 * more than 500 ms; the RTO is at least 1 s unless a script says otherwise.
 */
const SILENCE = 500;

/** The script goes no further. */
class Stopped extends Error {}

/** Runs a script against a host of its own, and says where the two differ. */
export async function runScript(script: PreparedScript, options: RunOptions): Promise<FoundDifference[]> {
  const run = new Run(script, options);
  const capture = options.onCapture === undefined ? undefined : captureHost(run.host);
  try {
    await run.all();
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  } finally {
    if (capture !== undefined) options.onCapture?.(capture());
    await run.end();
  }
  return run.differences;
}

class Run {
  readonly differences: FoundDifference[] = [];
  readonly host: TestedHost;
  readonly #events: readonly PreparedEvent[];
  readonly #options: RunOptions;
  readonly #conversation: Conversation;
  readonly #context: Omit<CallContext, "wanted" | "socketOptions">;
  #socketOptions: SocketOptions;
  readonly #settings: (readonly [OptionName, Readonly<Record<string, number>>])[];
  readonly #tolerance: number;
  /** Sent between the two ends, and not compared yet. */
  readonly #unread: Sent[] = [];
  /** The last packet that was expected, and whether it may be sent again. */
  #heard: { readonly sent: Sent; readonly mayRepeat: boolean } | undefined;
  /** When the last event was a close(), ms. */
  #closedAt: number | undefined;
  /** A call that waits. */
  #waiting:
    | { readonly event: PreparedEvent; readonly action: CallAction; readonly until: Window }
    | undefined;
  /** When the event before was complete, ms. */
  #previous = 0;

  constructor(script: PreparedScript, options: RunOptions) {
    this.#options = options;
    this.#socketOptions = initialSocketOptions(options.system);
    this.#settings = initialSettings(options.system);
    this.#events = script.events.filter(({ system }) => system === undefined || system === options.system);
    checkOrder(this.#events);
    const { local, remote, mtu, domain } = script.surroundings;
    this.#tolerance = script.surroundings.tolerance;
    this.host = new TestedHost({
      address: local.address,
      udpPort: UDP_PORT,
      // The script's MTU knows no UDP header.
      mtu: mtu + UDP_HEADER,
      seed: SEED,
    });
    this.#conversation = new Conversation(local, remote);
    this.#context = {
      host: this.host,
      domain,
      local,
      remote,
      symbols: this.#conversation.symbols,
      descriptors: new Map<number, Descriptor>(),
    };
  }

  async all(): Promise<void> {
    for (const event of this.#events) {
      try {
        await this.#do(event);
        await this.host.settle();
        await this.#tryAgain();
      } catch (error) {
        if (error instanceof Stopped || error instanceof ScriptError) throw error;
        // A fault of the stack, or what a sysctl asks for and no socket takes: it fails this script and no other.
        const actual = error instanceof Error ? error.message : String(error);
        this.#found(event, { field: "error", expected: "none", actual });
      }
    }
    await this.#finishWaiting();
    if (this.#options.isStrict) await this.#checkSilence();
  }

  /** Lets everything end, so that nothing is left that waits. */
  async end(): Promise<void> {
    for (const { socket } of this.#context.descriptors.values()) socket.close().catch(() => {});
    await this.host.settle();
    await this.host.passUntil(this.host.now + AFTERMATH);
    await this.host.settle();
  }

  async #do(event: PreparedEvent): Promise<void> {
    const { action } = event;
    this.#closedAt = undefined;
    if (action.kind === "packet" && action.direction === "out") {
      await this.#expectPacket(event, action);
      return;
    }
    const { due, latest } = windowOf(event.time, this.#previous, this.#tolerance);
    await this.#passUntil(due ?? this.#previous);
    // A relative time is counted from a packet that never came, too: only an absolute one can be gone by.
    if (event.time.kind === "absolute" && this.host.now > latest)
      this.#foundTime(event, due ?? latest, this.host.now);
    switch (action.kind) {
      case "command": {
        const setting = settingOf(action.text);
        if (setting !== undefined) this.#settings.push(setting);
        this.#socketOptions = { ...this.#socketOptions, ...socketOptionsOf(action.text) };
        break;
      }
      case "packet":
        this.#deliver(action);
        break;
      case "call":
        await this.#call(event, action);
    }
    this.#previous = this.host.now;
  }

  #deliver(packet: PreparedPacket): void {
    const bytes = this.#conversation.build(packet, packet.normal);
    const destinationPort = packet.udp?.destination ?? UDP_PORT;
    if (destinationPort !== UDP_PORT) return;
    this.host.deliver({
      bytes,
      source: this.#conversation.remote.address,
      sourcePort: packet.udp?.source ?? UDP_PORT,
      destination: this.#conversation.local.address,
      destinationPort,
    });
  }

  async #expectPacket(event: PreparedEvent, packet: PreparedPacket): Promise<void> {
    const window = windowOf(event.time, this.#previous, this.#tolerance);
    const sent = await this.#nextSent(window.latest);
    if (sent === undefined) {
      this.#found(event, { field: "packet", expected: printChunks(packet.normal), actual: "nothing" });
      this.#previous = Math.max(this.#previous, window.due ?? this.#previous);
      return;
    }
    const read = this.#conversation.read(sent, packet.normal);
    const { isStrict } = this.#options;
    const difference = this.#conversation.compare(packet, packet.normal, { sent, read, isStrict });
    if (difference !== undefined) this.#found(event, difference);
    else {
      this.#heard = { sent, mayRepeat: this.#heard !== undefined && areSame(this.#heard.sent, sent) };
      this.#compareTime(event, window, sent.time);
    }
    this.#previous = Math.max(this.#previous, sent.time);
  }

  /** The next packet between the two ends, waited for until then. */
  async #nextSent(latest: number): Promise<Sent | undefined> {
    for (;;) {
      this.#collect();
      const next = this.#unread.shift();
      if (next !== undefined) return next;
      if (this.host.now >= latest) return undefined;
      await this.host.pass(latest);
      await this.#tryAgain();
    }
  }

  /** Lets time pass up to that moment. A call that waits is tried whenever something has happened. */
  async #passUntil(time: number): Promise<void> {
    while (this.host.now < time) {
      await this.host.passBefore(time);
      await this.#tryAgain();
    }
  }

  #collect(): void {
    for (const sent of this.host.takeSent()) if (this.#conversation.isOurs(sent)) this.#unread.push(sent);
  }

  async #call(event: PreparedEvent, action: CallAction): Promise<void> {
    if (this.#waiting !== undefined) await this.#finishWaiting();
    if (action.name === "close") this.#closedAt = this.host.now;
    if (action.name === "socket") this.#conversation.beginSocket();
    const outcome = await this.#attempt(action);
    const until = event.until && windowOf(event.until, this.host.now, this.#tolerance);
    if (outcome.errno !== undefined && this.#mayWait(action, outcome.errno) && until !== undefined) {
      this.#waiting = { event, action, until };
      return;
    }
    this.#judge(event, action, outcome);
    if (until !== undefined) this.#compareTime(event, until, this.host.now);
    this.#noteCall(action, outcome);
  }

  /** A call of a socket that waits fails only because ours never do. */
  #mayWait(action: CallAction, errno: string): boolean {
    const descriptor = this.#context.descriptors.get(numberArgument(action.args[0]));
    return (
      descriptor?.nonblocking === false &&
      (errno === "EAGAIN" || errno === "EINPROGRESS" || errno === "EALREADY")
    );
  }

  async #attempt(action: CallAction): Promise<Outcome> {
    const outcome = await this.#once(action);
    if (outcome.errno !== "EAGAIN") return outcome;
    // What the face does in several turns of the event loop, binding for example, a system does at once.
    await this.host.settle();
    return this.#once(action);
  }

  async #once(action: CallAction): Promise<Outcome> {
    const wanted = plainValue(action.result);
    const context = {
      ...this.#context,
      socketOptions: this.#socketOptions,
      wanted: typeof wanted === "number" ? wanted : undefined,
    };
    try {
      const returned = await handlerOf(action)?.(context, action.args);
      return { returned: returned ?? { value: 0 }, errno: undefined };
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      return { returned: { value: -1 }, errno: error.code };
    }
  }

  #judge(event: PreparedEvent, action: CallAction, { returned, errno }: Outcome): void {
    const difference =
      compareReturned(action, returned, errno) ?? (errno === undefined ? returned.compare?.() : undefined);
    if (difference !== undefined) this.#found(event, difference);
  }

  #noteCall(action: CallAction, { returned, errno }: Outcome): void {
    const number = action.name === "socket" ? returned.value : numberArgument(action.args[0]);
    const descriptor = this.#context.descriptors.get(number);
    if (errno !== undefined || descriptor === undefined) return;
    if (action.name === "socket") applySettings(descriptor.socket, this.#settings);
    if (action.name === "bind" || action.name === "sctp_bindx") {
      this.#conversation.bound(descriptor.socket.getsockname().port);
    }
  }

  /** Whether a call that waits is over now. */
  async #tryAgain(): Promise<void> {
    if (this.#waiting === undefined) return;
    const { event, action, until } = this.#waiting;
    const outcome = action.name === "connect" ? this.#connected(action) : await this.#once(action);
    if (outcome.errno !== undefined && this.#mayWait(action, outcome.errno)) return;
    this.#waiting = undefined;
    this.#judge(event, action, outcome);
    this.#compareTime(event, until, this.host.now);
  }

  /** connect() has begun: how it went is asked of SO_ERROR and SCTP_STATUS. */
  #connected(action: CallAction): Outcome {
    const socket = this.#context.descriptors.get(numberArgument(action.args[0]))?.socket;
    const error = socket?.getsockopt("SOL_SOCKET", "SO_ERROR");
    if (typeof error === "string") return { returned: { value: -1 }, errno: error };
    const state = socket?.getsockopt("IPPROTO_SCTP", "SCTP_STATUS").sstat_state;
    const isUp = state !== "SCTP_COOKIE_WAIT" && state !== "SCTP_COOKIE_ECHOED";
    return isUp
      ? { returned: { value: 0 }, errno: undefined }
      : { returned: { value: -1 }, errno: "EALREADY" };
  }

  async #finishWaiting(): Promise<void> {
    if (this.#waiting === undefined) return;
    const { event, action, until } = this.#waiting;
    while (this.#waiting !== undefined && this.host.now < until.latest) {
      await this.host.passBefore(until.latest);
      await this.#tryAgain();
    }
    if (this.#waiting === undefined) return;
    this.#waiting = undefined;
    const actual = `it waits at ${seconds(this.host.now)}`;
    this.#found(event, { field: "result", expected: print(action.result), actual });
  }

  async #checkSilence(): Promise<void> {
    const last = this.#events.at(-1);
    if (last === undefined) return;
    await this.host.passUntil(this.host.now + SILENCE);
    this.#collect();
    for (const sent of this.#unread) {
      if (this.#isRepeated(sent)) continue;
      const read = this.#conversation.read(sent, []);
      const isClosing = this.#isClosing(sent, read.chunks);
      if (isClosing) this.#heard = { sent, mayRepeat: true };
      const difference = isClosing
        ? this.#conversation.compareHeaders(
            { tag: undefined, udp: undefined },
            { sent, read, isStrict: true },
          )
        : { field: "packet", expected: "silence at the end", actual: printChunks(read.chunks) };
      if (difference === undefined) continue;
      this.#found(last, difference);
      return;
    }
  }

  /**
   * A script that expects a packet again need not count how often: RFC 9260 §6.3.3 and §9.2 have it sent until it is
   * acknowledged. So is the SHUTDOWN of a last close().
   */
  #isRepeated(sent: Sent): boolean {
    if (this.#heard?.mayRepeat !== true) return false;
    return sent.time > this.#heard.sent.time && areSame(sent, this.#heard.sent);
  }

  /** RFC 9260 §9.1, §9.2: a close() as the last event ends the association, of which scripts need not say more. */
  #isClosing({ time }: Sent, chunks: DecodedPacket["chunks"]): boolean {
    const [chunk, ...others] = chunks;
    const isOnly = others.length === 0 && (chunk?.name === "SHUTDOWN" || chunk?.name === "ABORT");
    return isOnly && time === this.#closedAt;
  }

  #compareTime(event: PreparedEvent, { due, earliest, latest }: Window, time: number): void {
    if (time < earliest || time > latest) this.#foundTime(event, due ?? latest, time);
  }

  #foundTime(event: PreparedEvent, expected: number, actual: number): void {
    this.#found(event, { field: "time", expected: seconds(expected), actual: seconds(actual) });
  }

  #found({ at }: PreparedEvent, difference: Difference): void {
    const found = { line: at.line, ...difference };
    this.differences.push(found);
    if (!this.#options.goesOn(found)) throw new Stopped();
  }
}

interface Outcome {
  readonly returned: Returned;
  readonly errno: string | undefined;
}

function compareReturned(
  action: CallAction,
  { value, abiLength }: Returned,
  errno: string | undefined,
): Difference | undefined {
  if (action.result.kind === "any") return undefined;
  const wanted = plainValue(action.result);
  const actual = errno === undefined ? String(value) : `-1 ${errno}`;
  const name = action.errno?.name;
  const expected = name === undefined ? String(wanted) : `${String(wanted)} ${name}`;
  const isNumber =
    abiLength === undefined || typeof wanted !== "number"
      ? value === wanted
      : wanted > 0 && wanted <= abiLength.upTo;
  const isErrno = name === undefined || (errno !== undefined && sameErrno(errno, name));
  return isNumber && isErrno ? undefined : { field: "result", expected, actual };
}

function areSame({ bytes: a }: Sent, { bytes: b }: Sent): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(6))} s`;
}
