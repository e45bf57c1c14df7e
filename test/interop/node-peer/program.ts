/**
 * What the peers in JavaScript have in common: the line protocol of `usrsctp/README.md` around a library that can send,
 * receive and end one association. It ends with its standard input, at once and without a word to the other side.
 */
import { createHash } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { createInterface } from "node:readline";
import { patternBytes } from "../pattern.ts";
import { type Mode, type ProgramOptions, readOptions } from "./options.ts";
import { Sink } from "./sink.ts";

/** Where the other side is. */
export interface Remote {
  readonly address: string;
  readonly port: number;
}

export interface Outgoing {
  readonly stream: number;
  readonly ppid: number;
  readonly unordered: boolean;
}

/** What a library tells the program. */
export interface Told {
  up(streams: { readonly in: number; readonly out: number }): void;
  message(stream: number, ppid: number, data: Buffer): void;
  /** It has ended; `info` is the ABORT chunk in hex, where the library tells of it. */
  over(state: "SHUTDOWN_COMP" | "COMM_LOST" | "CANT_STR_ASSOC", info?: string): void;
  shutdownBegun(): void;
  problem(call: string, error: unknown): void;
}

/** A library, with one association over one UDP socket. */
export interface Library {
  /** Takes the association that the other side opens. */
  listen(): void;
  connect(to: Remote & { readonly sctpPort: number }): void;
  /** Resolves when there is room for more. */
  send(data: Buffer, how: Outgoing): Promise<void>;
  /** Resolves when everything is acknowledged. */
  settled(): Promise<void>;
  /** Has the numbers of a stream begin anew in its direction, where it can. */
  resetStream?(stream: number): Promise<void>;
  shutdown(): void;
  abort(reason: string): void;
  /** The UDP port that it sends to. */
  remoteUdpPort(): number;
}

export type MakeLibrary = (socket: Socket, options: ProgramOptions, told: Told) => Library;

type Values = ReadonlyMap<string, string>;

class Program {
  readonly #sink = new Sink((event) => this.#say(event));
  readonly #library: Library;
  #mode: Mode;
  /** Messages are handed over one after the other, whoever sends. */
  #sending: Promise<void> = Promise.resolve();

  constructor(socket: Socket, options: ProgramOptions, make: MakeLibrary) {
    this.#mode = options.mode;
    this.#library = make(socket, options, {
      up: (streams) => this.#association("COMM_UP", "", streams),
      over: (state, info = "") => this.#association(state, info),
      shutdownBegun: () => this.#say({ event: "shutdown", assoc: 1 }),
      message: (stream, ppid, data) => this.#onMessage(stream, ppid, data),
      problem: (call, error) => this.problem(call, error),
    });
    if (options.listen) this.#library.listen();
    const { port, udpPort } = options;
    this.#say({ event: "ready", port, udpPort, pid: process.pid });
  }

  problem(call: string, error: unknown): void {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#say({ event: "error", call, errno: 0, message });
  }

  async run(line: string): Promise<void> {
    const [id = "", verb = "", ...words] = line.split(" ");
    const values: Values = new Map(words.map((word) => word.split("=", 2) as [string, string]));
    const reply = (more: object = {}): void => this.#say({ reply: Number(id), ...more });
    try {
      const later = await this.#do(verb, values, Number(id), reply);
      later?.();
    } catch (error) {
      reply({ errno: 0, error: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Does what was asked, and replies; gives what comes after the reply, if anything. */
  async #do(
    verb: string,
    values: Values,
    id: number,
    reply: (more?: object) => void,
  ): Promise<(() => void) | undefined> {
    const number = (name: string, otherwise = 0): number => Number(values.get(name) ?? otherwise);
    switch (verb) {
      case "connect": {
        const address = values.get("to") ?? "";
        if (address.includes(",")) throw new Error("it connects to one address");
        this.#library.connect({ address, port: number("udp", 9_899), sctpPort: number("port") });
        reply({ assoc: 1 });
        return;
      }
      case "send":
        await this.#send(patternBytes(number("length", 1), number("offset")), outgoing(values));
        reply();
        return;
      case "source":
        reply();
        return () => this.#source(id, values).catch((error) => this.problem("source", error));
      case "mode":
        this.#mode = values.get("name") as Mode;
        this.#sink.hashing = number("hash", 1) !== 0;
        reply();
        return;
      case "expect":
        reply();
        return () => this.#sink.expect(number("bytes", 1));
      case "sink":
        reply(this.#sink.report(number("reset") !== 0));
        return;
      case "status":
        reply({ assoc: 1, paths: [{ udpPort: this.#library.remoteUdpPort() }] });
        return;
      case "reset-streams": {
        if (this.#library.resetStream === undefined) throw new Error("it resets no streams");
        const streams = (values.get("streams") ?? "").split(",").map(Number);
        for (const stream of streams) await this.#library.resetStream(stream);
        reply();
        return;
      }
      case "shutdown":
        this.#library.shutdown();
        reply();
        return;
      case "abort":
        this.#library.abort(values.get("reason") ?? "");
        reply();
        return;
      default:
        throw new Error("it has no such thing");
    }
  }

  async #source(command: number, values: Values): Promise<void> {
    const number = (name: string, otherwise: number): number => Number(values.get(name) ?? otherwise);
    const [total, size, streams] = [number("bytes", 0), number("size", 1_024), number("streams", 1)];
    const how = outgoing(values);
    const offsets: number[] = new Array(streams).fill(0);
    const start = process.hrtime.bigint();
    let [done, messages] = [0, 0];
    for (; done < total; messages++) {
      const turn = messages % streams;
      const offset = offsets[turn] ?? 0;
      const length = Math.min(size, total - done);
      await this.#send(patternBytes(length, offset), { ...how, stream: how.stream + turn });
      offsets[turn] = offset + length;
      done += length;
    }
    const handedNs = Number(process.hrtime.bigint() - start);
    await this.#library.settled();
    const ns = Number(process.hrtime.bigint() - start);
    this.#say({ event: "sourced", command, assoc: 1, bytes: done, messages, ns, handedNs, error: 0 });
  }

  #send(data: Buffer, how: Outgoing): Promise<void> {
    const sent = this.#sending.then(() => this.#library.send(data, how));
    this.#sending = sent.catch(() => {});
    return sent;
  }

  #onMessage(stream: number, ppid: number, data: Buffer): void {
    if (this.#mode === "sink") {
      this.#sink.take(stream, data);
    } else if (this.#mode === "echo") {
      // Whether it came unordered, none of these libraries tells.
      const how = { stream, ppid, unordered: false };
      this.#send(data, how).catch((error) => this.problem("echo", error));
    } else {
      const sha256 = createHash("sha256").update(data).digest("hex");
      this.#say({ event: "message", assoc: 1, stream, ppid, length: data.length, sha256 });
    }
  }

  #association(state: string, info: string, streams = { in: 0, out: 0 }): void {
    this.#say({ event: "assoc", assoc: 1, state, error: 0, ...streams, info });
  }

  #say(what: object): void {
    process.stdout.write(`${JSON.stringify({ ...what, at: Number(process.hrtime.bigint()) })}\n`);
  }
}

function outgoing(values: Values): Outgoing {
  const number = (name: string): number => Number(values.get(name) ?? 0);
  return { stream: number("stream"), ppid: number("ppid"), unordered: number("unordered") !== 0 };
}

async function bind({ localAddress, udpPort, udpBuffer }: ProgramOptions): Promise<Socket> {
  const v6 = isIPv6(localAddress);
  const socket = createSocket(v6 ? { type: "udp6", ipv6Only: true } : { type: "udp4" });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ address: localAddress, port: udpPort, exclusive: true }, resolve);
  });
  socket.removeAllListeners("error");
  if (udpBuffer > 0) {
    socket.setRecvBufferSize(udpBuffer);
    socket.setSendBufferSize(udpBuffer);
  }
  return socket;
}

/** Runs a peer's program over a library. */
export async function runProgram(make: MakeLibrary): Promise<void> {
  const options = readOptions();
  const program = new Program(await bind(options), options, make);
  // What a library throws where nobody can catch it (werift does on a packet that it cannot parse) is told, not fatal.
  process.on("uncaughtException", (error) => program.problem("uncaught", error));
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => void program.run(line));
  lines.on("close", () => process.exit(0));
}
