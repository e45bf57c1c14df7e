/** The peer over the npm package `sctp`, which takes a UDP socket instead of its raw one. */
import type { Socket } from "node:dgram";
import type { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import type { ProgramOptions } from "../node-peer/options.ts";
import { type Library, type Outgoing, type Remote, runProgram, type Told } from "../node-peer/program.ts";

/** What we use of the library, which has no types. */
interface SctpAssociation extends EventEmitter {
  readonly OS: number;
  readonly MIS: number;
  readonly flightsize: number;
  readonly queue: readonly unknown[];
  SEND(data: Buffer, options: object, callback: (error?: Error) => void): boolean;
  SHUTDOWN(callback: () => void): void;
  ABORT(reason: string): void;
  RECEIVE(stream: number): (Buffer & { readonly ppid: number }) | undefined;
}

interface SctpSocket extends EventEmitter {
  readonly association: SctpAssociation;
  resume(): void;
}

interface SctpLibrary {
  connect(options: object): SctpSocket;
}

const sctp = createRequire(import.meta.url)("sctp") as SctpLibrary;

class NpmSctp implements Library {
  readonly #socket: Socket;
  readonly #options: ProgramOptions;
  readonly #told: Told;
  /** The library keeps this object, and sends where it says. */
  readonly #remote = { address: "", port: 0 };
  #association: SctpAssociation | undefined;
  #started = false;
  #aborting = false;

  constructor(socket: Socket, options: ProgramOptions, told: Told) {
    this.#socket = socket;
    this.#options = options;
    this.#told = told;
  }

  listen(): void {
    // It has to be told beforehand who will come.
    this.#socket.once("message", (packet, { address, port }) => {
      if (this.#started) return;
      this.#start({ address, port, sctpPort: packet.readUInt16BE(0) }, true);
      // It begins to listen a turn later.
      setImmediate(() => setImmediate(() => this.#socket.emit("message", packet, { address, port })));
    });
  }

  connect(to: Remote & { readonly sctpPort: number }): void {
    this.#start(to, false);
  }

  send(data: Buffer, { stream, ppid, unordered }: Outgoing): Promise<void> {
    const association = this.#established();
    return new Promise((resolve, reject) => {
      association.SEND(data, { stream_id: stream, ppid, unordered }, (error) =>
        error === undefined ? resolve() : reject(error),
      );
    });
  }

  async settled(): Promise<void> {
    const association = this.#established();
    while (association.flightsize > 0 || association.queue.length > 0) {
      await new Promise<void>((resolve) => association.once("sack", () => resolve()));
    }
  }

  shutdown(): void {
    this.#established().SHUTDOWN(() => {});
  }

  abort(reason: string): void {
    this.#aborting = true;
    this.#established().ABORT(reason);
  }

  remoteUdpPort(): number {
    return this.#remote.port;
  }

  #established(): SctpAssociation {
    if (this.#association === undefined) throw new Error("no association");
    return this.#association;
  }

  #start({ address, port, sctpPort }: Remote & { readonly sctpPort: number }, passive: boolean): void {
    this.#started = true;
    Object.assign(this.#remote, { address, port });
    const socket = sctp.connect({
      passive,
      port: sctpPort,
      localPort: this.#options.port,
      OS: this.#options.streams,
      MIS: 2_048,
      udpTransport: this.#socket,
      udpPeer: this.#remote,
      // Its window is what its stream would hold; a message has to fit.
      readableHighWaterMark: this.#options.receiveBuffer,
    });
    socket.on("error", (error) => this.#told.problem("socket", error));
    socket.on("connect", () => this.#begin(socket));
  }

  #begin(socket: SctpSocket): void {
    const { association } = socket;
    this.#association = association;
    // Its socket does not say of which stream a message is: its listener is replaced by ours.
    association.removeAllListeners("DATA ARRIVE");
    association.on("DATA ARRIVE", (stream: number) => {
      const data = association.RECEIVE(stream);
      if (data !== undefined) this.#told.message(stream, data.ppid, data);
    });
    association.on("shutdown", () => this.#told.shutdownBegun());
    association.on("abort", (chunk: { readonly buffer?: Buffer }) => {
      this.#told.over("COMM_LOST", chunk.buffer?.toString("hex"));
    });
    association.on("SHUTDOWN COMPLETE", () => {
      if (!this.#aborting) this.#told.over("SHUTDOWN_COMP");
    });
    this.#told.up({ in: association.MIS, out: association.OS });
  }
}

await runProgram((socket, options, told) => new NpmSctp(socket, options, told));
