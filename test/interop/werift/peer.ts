/** The peer over werift's SCTP. */
import type { Socket } from "node:dgram";
import { createUdpTransport, SCTP } from "werift-sctp";
import { type Library, type Outgoing, type Remote, runProgram, type Told } from "../node-peer/program.ts";

class Werift implements Library {
  readonly #socket: Socket;
  readonly #port: number;
  readonly #told: Told;
  #sctp: SCTP | undefined;
  #transport: ReturnType<typeof createUdpTransport> | undefined;
  #aborting = false;

  constructor(socket: Socket, { port }: { readonly port: number }, told: Told) {
    this.#socket = socket;
    this.#port = port;
    this.#told = told;
  }

  listen(): void {
    // It has to be told the SCTP port of the other side beforehand, and takes it from the first packet here.
    this.#socket.once("message", (packet, { address, port }) => {
      if (this.#sctp !== undefined) return;
      this.#start(SCTP.server, { address, port, sctpPort: packet.readUInt16BE(0) });
      this.#transport?.onData?.(packet);
    });
  }

  connect(to: Remote & { readonly sctpPort: number }): void {
    this.#start(SCTP.client, to);
  }

  async send(data: Buffer, { stream, ppid, unordered }: Outgoing): Promise<void> {
    await this.#association().send(stream, ppid, data, {
      expiry: undefined,
      maxRetransmits: undefined,
      ordered: !unordered,
    });
  }

  async settled(): Promise<void> {
    const sctp = this.#association();
    const { sentQueue } = sctp as unknown as { readonly sentQueue: readonly unknown[] };
    while (sctp.outboundQueue.length > 0 || sentQueue.length > 0) {
      await new Promise<void>((resolve) => {
        sctp.onSackReceived = async () => resolve();
      });
    }
  }

  async resetStream(stream: number): Promise<void> {
    const sctp = this.#association();
    sctp.reconfigQueue.push(stream);
    await sctp.transmitReconfigRequest();
  }

  shutdown(): void {
    throw new Error("it has no shutdown");
  }

  abort(): void {
    this.#aborting = true;
    this.#association()
      .stop()
      .catch((error: unknown) => this.#told.problem("stop", error));
  }

  remoteUdpPort(): number {
    return (this.#transport as unknown as { readonly rinfo: Remote }).rinfo.port;
  }

  #association(): SCTP {
    if (this.#sctp === undefined) throw new Error("no association");
    return this.#sctp;
  }

  #start(
    make: typeof SCTP.client,
    { address, port, sctpPort }: Remote & { readonly sctpPort: number },
  ): void {
    const rinfo = { address, port, family: address.includes(":") ? "IPv6" : "IPv4", size: 0 } as const;
    const transport = createUdpTransport(this.#socket, rinfo);
    const sctp = make(transport, this.#port);
    this.#transport = transport;
    this.#sctp = sctp;
    sctp.onReceive.subscribe((stream, ppid, data) => this.#told.message(stream, ppid, data));
    sctp.stateChanged.connected.subscribe(() => {
      this.#told.up({ in: sctp._inboundStreamsCount, out: sctp._outboundStreamsCount });
    });
    sctp.stateChanged.closed.subscribe(() => {
      // It ends after an ABORT, its own or the other side's, and when its timers have given up.
      if (!this.#aborting) this.#told.over("COMM_LOST");
    });
    sctp.start(sctpPort).catch((error: unknown) => this.#told.problem("start", error));
  }
}

await runProgram((socket, options, told) => new Werift(socket, options, told));
