import { type IpAddress, parseAddress } from "../../src/base/address.ts";
import { SctpError } from "../../src/base/error.ts";
import type { DatagramReceiver, DatagramTransport } from "../../src/datagram/datagram-transport.ts";

export function ip(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}

export interface Received {
  readonly text: string;
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
}

/** Takes datagrams, and hands them out one by one to who waits. */
export class Inbox implements DatagramReceiver {
  readonly errors: Error[] = [];
  readonly #arrived: Received[] = [];
  readonly #waiting: ((received: Received) => void)[] = [];

  onDatagram(bytes: Uint8Array, source: IpAddress, sourcePort: number, destination: IpAddress): void {
    const received = { text: new TextDecoder().decode(bytes), source, sourcePort, destination };
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#arrived.push(received);
    else waiting(received);
  }

  onError(_address: IpAddress, error: Error): void {
    this.errors.push(error);
  }

  next(): Promise<Received> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

/** Sends one text; resolves with the code of the error, or undefined when there was none. */
export function sendText(
  transport: DatagramTransport,
  datagram: {
    readonly text: string;
    readonly source: IpAddress;
    readonly destination: IpAddress;
    readonly port: number;
  },
): Promise<string | undefined> {
  const { text, source, destination, port } = datagram;
  return new Promise((resolve) => {
    transport.send(new TextEncoder().encode(text), source, destination, port, (error) => {
      resolve(error ? (error.code ?? error.message) : undefined);
    });
  });
}

/** The SctpError that `promise` rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<SctpError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof SctpError) return error;
    throw error;
  }
  throw new Error("it did not reject");
}

/** Sockets and timers that would keep this process alive. */
export function openHandles(): string[] {
  return process.getActiveResourcesInfo().filter((name) => name === "UDPWRAP" || name === "Timeout");
}

/**
 * Resolves when nothing but `before` keeps this process alive, in number at most: the test runner has timers of its own,
 * which come and go. What stays makes the test run out of time.
 */
export async function untilReleased(before: readonly string[]): Promise<void> {
  const count = (names: readonly string[], name: string): number => names.filter((it) => it === name).length;
  const isMore = (name: string): boolean => count(openHandles(), name) > count(before, name);
  while (isMore("UDPWRAP") || isMore("Timeout")) await new Promise<void>((resolve) => setImmediate(resolve));
}
