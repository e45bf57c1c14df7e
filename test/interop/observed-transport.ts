import { performance } from "node:perf_hooks";
import { describePacket, type IpAddress, parseAddress } from "usctp/core";
import { type DatagramReceiver, type SendCallback, UdpTransport } from "usctp/driver";
import { ForwardingTransport } from "../support/forwarding-transport.ts";

/** Bytes of packets that are kept for a trace; older ones are forgotten. */
const KEPT = 16 << 20;

type Direction = "in" | "out";

interface Kept {
  readonly at: number;
  readonly direction: Direction;
  readonly line: string;
  readonly bytes: Uint8Array;
}

/** A packet that passed. */
export interface ObservedPacket {
  readonly direction: Direction;
  /** Its chunks, whole, one after the other. */
  readonly chunks: readonly Uint8Array[];
}

export interface TransportOptions {
  readonly addresses: readonly string[];
  /** Our UDP port. Default 0: the system chooses. */
  readonly port?: number;
}

/**
 * The UDP sockets of our side with a tap and a plug. Below the driver, so that the stack is not told: after `unplug`
 * nothing leaves and nothing comes, as when a process was killed.
 */
export class ObservedTransport extends ForwardingTransport {
  readonly #kept: Kept[] = [];
  #keptBytes = 0;
  #forgotten = 0;
  #plugged = true;
  #started = false;
  #markClosed: () => void = () => {};
  /** Resolves when the driver has closed it. */
  readonly closed: Promise<void>;

  private constructor(inner: UdpTransport) {
    super(inner);
    this.closed = new Promise((resolve) => {
      this.#markClosed = resolve;
    });
  }

  static async open(options: TransportOptions): Promise<ObservedTransport> {
    const addresses = options.addresses.map((text) => {
      const address = parseAddress(text);
      if (address === undefined) throw new TypeError(`${text} is no IP address`);
      return address;
    });
    return new ObservedTransport(await UdpTransport.open({ port: options.port ?? 0, addresses }));
  }

  /** A driver has taken it, and is to close it. */
  get started(): boolean {
    return this.#started;
  }

  unplug(): void {
    this.#plugged = false;
  }

  override start(receiver: DatagramReceiver): void {
    this.#started = true;
    super.start({
      onDatagram: (bytes, source, sourcePort, destination) => {
        if (!this.#plugged) return;
        this.#keep("in", bytes, `${destination} <-- ${source}:${sourcePort}`);
        receiver.onDatagram(bytes, source, sourcePort, destination);
      },
      onError: (address, error) => receiver.onError(address, error),
    });
  }

  override send(
    bytes: Uint8Array,
    source: IpAddress,
    destination: IpAddress,
    port: number,
    done: SendCallback,
  ): void {
    if (!this.#plugged) {
      done(null);
      return;
    }
    this.#keep("out", bytes, `${source} --> ${destination}:${port}`);
    super.send(bytes, source, destination, port, done);
  }

  override async close(): Promise<void> {
    await super.close();
    this.#markClosed();
  }

  /** The last packets, one a line, with the time in ms. */
  trace(): string[] {
    return this.#kept.map(({ at, line, bytes }) => `${at.toFixed(3)}  ${line}  ${describePacket(bytes)}`);
  }

  /** The last packets, the oldest first. */
  packets(): ObservedPacket[] {
    return this.#kept.map(({ direction, bytes }) => ({ direction, chunks: chunksOf(bytes) }));
  }

  #keep(direction: Direction, bytes: Uint8Array, line: string): void {
    // A copy: the buffer goes back to the driver's pool.
    this.#kept.push({ at: performance.now(), direction, line, bytes: new Uint8Array(bytes) });
    this.#keptBytes += bytes.length;
    if (this.#keptBytes < 2 * KEPT) return;
    // Half at a time, so that forgetting costs nothing per packet.
    while (this.#keptBytes > KEPT) this.#keptBytes -= this.#kept[this.#forgotten++]?.bytes.length ?? 0;
    this.#kept.splice(0, this.#forgotten);
    this.#forgotten = 0;
  }
}

const COMMON_HEADER = 12;
const CHUNK_HEADER = 4;

function chunksOf(packet: Uint8Array): Uint8Array[] {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const chunks: Uint8Array[] = [];
  for (let at = COMMON_HEADER; at + CHUNK_HEADER <= packet.length; ) {
    const length = Math.max(view.getUint16(at + 2), CHUNK_HEADER);
    chunks.push(packet.subarray(at, at + length));
    at += (length + 3) & ~3;
  }
  return chunks;
}
