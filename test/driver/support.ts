import type { IpAddress } from "../../src/base/address.ts";
import type {
  DatagramReceiver,
  DatagramTransport,
  SendCallback,
} from "../../src/datagram/datagram-transport.ts";
import type { DrivenStack } from "../../src/driver/driver.ts";
import type { Datagram, Endpoint, StackEvent, Transmit, TransmitError } from "../../src/stack/index.ts";

/** A packet that a fake stack has ready. */
export interface Packet {
  readonly bytes: Uint8Array;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly port: number;
}

/** A stack without a protocol: it sends what it is told to, and writes down what it is called with. */
export class FakeStack implements DrivenStack {
  readonly log: string[] = [];
  readonly received: Datagram[] = [];
  readonly errors: TransmitError[] = [];
  readonly routes: { destination: IpAddress; source: IpAddress | undefined }[] = [];
  readonly outgoing: Packet[] = [];
  readonly events: StackEvent[] = [];
  readonly blocked: Set<IpAddress> = new Set();
  addresses: readonly IpAddress[] = [];
  deadline: number = Number.POSITIVE_INFINITY;
  transmitUrgent = false;
  packetLimit = 1_472;
  onDatagram: (datagram: Datagram) => void = () => {};
  onTimeout: (now: number) => boolean = () => {
    this.deadline = Number.POSITIVE_INFINITY;
    return false;
  };
  readonly #transmit: Writable<Transmit> = {
    length: 0,
    source: "" as IpAddress,
    destination: "" as IpAddress,
    destinationPort: 0,
    association: undefined,
  };

  handleDatagram(_now: number, datagram: Datagram): void {
    this.log.push("datagram");
    this.received.push(datagram);
    this.onDatagram(datagram);
  }

  handleTimeout(now: number): boolean {
    this.log.push("timeout");
    return this.onTimeout(now);
  }

  handleTransmitError(_now: number, error: TransmitError): void {
    this.errors.push(error);
  }

  handleLocalAddresses(_now: number, addresses: readonly IpAddress[]): void {
    this.addresses = addresses;
  }

  handleRoute(_now: number, answer: { destination: IpAddress; source: IpAddress | undefined }): void {
    this.routes.push(answer);
  }

  handleBlocked(source: IpAddress): void {
    this.log.push(`blocked ${source}`);
    this.blocked.add(source);
  }

  handleWritable(source: IpAddress): void {
    this.log.push(`writable ${source}`);
    this.blocked.delete(source);
  }

  pollTransmit(_now: number, into: Uint8Array): Transmit | undefined {
    const index = this.outgoing.findIndex((packet) => !this.blocked.has(packet.source));
    if (index < 0) return undefined;
    const [packet] = this.outgoing.splice(index, 1);
    if (packet === undefined) return undefined;
    this.log.push("transmit");
    into.set(packet.bytes);
    const transmit = this.#transmit;
    transmit.length = packet.bytes.length;
    transmit.source = packet.source;
    transmit.destination = packet.destination;
    transmit.destinationPort = packet.port;
    return transmit;
  }

  pollTimeout(): number {
    return this.deadline;
  }

  pollEvent(): StackEvent | undefined {
    return this.events.shift();
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A transport without sockets: sends wait until the test lets them finish. */
export class FakeTransport implements DatagramTransport {
  readonly addresses: readonly IpAddress[];
  readonly port = 9899;
  readonly receiveCapacity = 100_001;
  readonly sent: { bytes: Uint8Array; source: IpAddress; done: SendCallback }[] = [];
  receiver: DatagramReceiver | undefined;
  referenced = true;
  closed = false;

  constructor(...addresses: IpAddress[]) {
    this.addresses = addresses;
  }

  start(receiver: DatagramReceiver): void {
    this.receiver = receiver;
  }

  send(
    bytes: Uint8Array,
    source: IpAddress,
    _destination: IpAddress,
    _port: number,
    done: SendCallback,
  ): void {
    this.sent.push({ bytes, source, done });
  }

  ref(): void {
    this.referenced = true;
  }

  unref(): void {
    this.referenced = false;
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** Enough of an endpoint to attach a listener to, and of an event of one of its associations. */
export function fakeEndpoint(): Endpoint {
  return {} as Endpoint;
}

export function fakeEvent(type: "established" | "readable" | "drain", endpoint: Endpoint): StackEvent {
  return { type, association: { endpoint } } as StackEvent;
}

export function routeEvent(destination: IpAddress, endpoint: Endpoint): StackEvent {
  return { type: "route", destination, association: { endpoint } } as StackEvent;
}

/** Lets the event loop go round `count` times. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Keeps this thread busy, as a long computation of the application would. */
export function blockEventLoop(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
