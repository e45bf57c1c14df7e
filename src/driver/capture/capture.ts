import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { Writable } from "node:stream";
import { inspect } from "node:util";
import { SctpError } from "../../base/error.ts";
import { type CapturedDatagram, encodeCaptureStart, encodeDatagram } from "./encode.ts";
import { statisticsBlock } from "./pcapng.ts";
import { type Reservation, reserve } from "./targets.ts";

/** Where a capture goes: a file, which is made or overwritten, or a stream. */
export type CaptureTarget = string | Writable;

/** Bytes that may wait to be written. What comes while more do is left out, and counted. */
const MOST_WAITING = 8 << 20;

/** ms that the end of a capture is waited for; a stream that takes nothing must not hold up who closes. */
const LONGEST_END = 2_000;

/** What a capture is called that goes to a stream. */
const STREAM = "the capture";

/**
 * A capture in the pcapng format that is being written. Nobody waits for it: what the target does not take is left
 * out, and when it fails the capture is over, with one warning of the process and nothing else.
 */
export class Capture {
  readonly #stream: Writable;
  readonly #name: string;
  #waiting = 0;
  #seen = 0;
  #dropped = 0;
  #droppedSince = 0;
  #latest = 0n;
  #state: "open" | "ending" | "over" = "open";
  readonly #onError = (error: Error): void => this.#fail(error);
  readonly #onClose = (): void => {
    if (this.#state === "open") this.#fail(new Error("the stream was closed"));
  };

  private constructor(stream: Writable, name: string) {
    this.#stream = stream;
    this.#name = name;
    stream.on("error", this.#onError);
    stream.on("close", this.#onClose);
    this.#write(encodeCaptureStart());
  }

  /**
   * Begins a capture. A stream belongs to it from then on. Rejects with ERR_SCTP_INVALID_OPTION, the system's error as
   * its cause, when there is no writing there, or another capture writes there; nothing stays open then.
   */
  static async open(target: CaptureTarget): Promise<Capture> {
    if (typeof target !== "string") {
      if (!target.writable) {
        throw new SctpError("ERR_SCTP_INVALID_OPTION", "capture: the stream is not writable (any more)");
      }
      if (!isOfTheProcess(target)) reserveFor(target, "the stream").until(target);
      return new Capture(target, STREAM);
    }
    const reserved = reserveFor(target, inspect(target));
    const stream = createWriteStream(target);
    reserved.until(stream);
    try {
      await once(stream, "open");
      reserved.made();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new SctpError("ERR_SCTP_INVALID_OPTION", `capture: cannot write to ${target}: ${why}`, { cause });
    }
    return new Capture(stream, `the capture in ${target}`);
  }

  /** Its bytes are copied. */
  add(datagram: CapturedDatagram): void {
    if (this.#state !== "open") return;
    this.#seen++;
    this.#latest = datagram.time;
    if (this.#waiting >= MOST_WAITING) {
      this.#dropped++;
      this.#droppedSince++;
      return;
    }
    const since = this.#droppedSince;
    this.#droppedSince = 0;
    const comments =
      since === 0 ? [] : [`${since} packets before this one are left out: writing was too slow`];
    this.#write(encodeDatagram({ ...datagram, comments }));
  }

  /**
   * Resolves when all is written, or will not be: never later than in two seconds. A stream that is read later than
   * that still gets the rest. Never rejects.
   */
  async end(): Promise<void> {
    if (this.#state !== "open") return;
    this.#write(statisticsBlock({ time: this.#latest, seen: this.#seen, dropped: this.#dropped }));
    this.#state = "ending";
    const stream = this.#stream;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(giveUp);
        stream.off("error", done);
        stream.off("close", done);
        resolve();
      };
      const giveUp = setTimeout(done, LONGEST_END);
      stream.once("error", done);
      // A file is there for others when it is closed.
      stream.once("close", done);
      if (isOfTheProcess(stream)) stream.write("", done);
      else stream.end(this.#name === STREAM ? done : undefined);
    });
    stream.off("close", this.#onClose);
    // Elsewhere it stays: a stream that fails late must not end the process.
    if (isOfTheProcess(stream)) stream.off("error", this.#onError);
  }

  #write(block: Uint8Array): void {
    this.#waiting += block.length;
    this.#stream.write(block, () => {
      this.#waiting -= block.length;
    });
  }

  #fail(error: Error): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#stream.destroy();
    process.emitWarning(`${this.#name} ends here: ${error.message}`, {
      type: "SctpCaptureWarning",
      detail: "The associations go on.",
    });
  }
}

/** Two captures in one file would each overwrite what the other has written. */
function reserveFor(target: CaptureTarget, name: string): Reservation {
  const reserved = reserve(target);
  if (reserved !== undefined) return reserved;
  throw new SctpError(
    "ERR_SCTP_INVALID_OPTION",
    `capture: ${name} is taken: another capture of this process writes there. Give each a file, or a stream, of its own`,
  );
}

/** They outlive whatever is written to them. */
function isOfTheProcess(stream: Writable): boolean {
  return stream === process.stdout || stream === process.stderr;
}
