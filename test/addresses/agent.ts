/**
 * What runs inside a network namespace, in a process of its own: it does what namespaces.ts tells it over IPC, and
 * answers with plain values.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import {
  type Association,
  type ConnectOptions,
  connect,
  createEndpoint,
  createServer,
  Endpoint,
  type PathEvent,
  type PathStatus,
  type PeerOptions,
  type ProtocolOptions,
  type Server,
} from "../../src/api/message/index.ts";
import { listedIn, type Place, RawPeer, RawSocket } from "./raw-peer.ts";
import { TapTransport } from "./tap-transport.ts";

/** What an association received of numbered messages. */
export interface Tally {
  readonly count: number;
  /** Numbers that came twice, and numbers that came before a smaller one. */
  readonly duplicates: number;
  readonly disorder: number;
}

/** Over IPC an address is text. */
type Plain<T> = { readonly [K in keyof T]: T[K] extends string ? string : T[K] };

const PORT = 5_000;
const UDP_PORT = 9_899;
const RAW_PORT = 6_000;

/** Calls back on each change until a condition holds; without it the test's own timeout speaks. */
class Changes {
  #waiting: (() => void)[] = [];

  tell(): void {
    for (const look of this.#waiting.splice(0)) look();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

class Session {
  readonly association: Association;
  readonly events: PathEvent[] = [];
  readonly changes: Changes;
  tally: Tally = { count: 0, duplicates: 0, disorder: 0 };
  #sending: Promise<number> | undefined;
  #stop = false;
  #last = -1;
  readonly #seen: Set<number> = new Set();

  constructor(association: Association, changes: Changes) {
    this.association = association;
    this.changes = changes;
    association.on("error", () => {});
    association.on("close", () => changes.tell());
    association.on("path", (event) => {
      this.events.push(event);
      changes.tell();
    });
  }

  /** Sends numbered messages until told to stop. */
  startSending(size: number): void {
    this.#sending = this.#send(size);
    // Looked at when it is stopped; a test that fails before ends it otherwise.
    this.#sending.catch(() => {});
  }

  /** How many there were, once all are acknowledged. */
  async stopSending(): Promise<number> {
    this.#stop = true;
    const count = await this.#sending;
    await this.association.flush();
    return count ?? 0;
  }

  count(): void {
    this.association.on("message", ({ data }) => {
      const number = data.readUInt32BE(0);
      const { count, duplicates, disorder } = this.tally;
      const again = this.#seen.has(number);
      this.#seen.add(number);
      this.tally = {
        count: count + 1,
        duplicates: duplicates + (again ? 1 : 0),
        disorder: disorder + (!again && number < this.#last ? 1 : 0),
      };
      this.#last = Math.max(this.#last, number);
      this.changes.tell();
    });
  }

  async #send(size: number): Promise<number> {
    for (let number = 0; ; number++) {
      if (this.#stop) return number;
      const data = Buffer.alloc(size);
      data.writeUInt32BE(number);
      await this.association.send(data);
      // Others want their turn, too: `send` may resolve without one.
      if (number % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

export class Agent {
  readonly #sessions: Session[] = [];
  readonly #changes: Changes = new Changes();
  readonly #skipped: string[] = [];
  #local: Server | Endpoint | undefined;
  #accepted = 0;
  #tap: TapTransport | undefined;
  #raw: RawSocket | undefined;

  /** A server: SCTP port 5000, UDP port 9899. What comes is echoed, or counted. Gives the addresses. */
  async listen(addresses: string | string[], use: "echo" | "count" = "echo"): Promise<readonly string[]> {
    const server = createServer((association) => {
      const session = this.#enter(association);
      if (use === "echo") association.on("message", ({ data }) => association.trySend(data));
      else session.count();
      this.#accepted++;
      this.#changes.tell();
    });
    this.#local = server;
    server.on("addresses", () => this.#changes.tell());
    server.on("addressSkipped", (address) => this.#skipped.push(address));
    await server.listen({ port: PORT, udpPort: UDP_PORT, addresses });
    return server.addresses;
  }

  /** An endpoint that associations can be dialled from. */
  async openEndpoint(addresses: string | string[]): Promise<void> {
    this.#local = await createEndpoint({ port: PORT, udpPort: UDP_PORT, addresses });
  }

  addresses(): readonly string[] {
    return this.#local?.addresses ?? [];
  }

  /** Addresses of a wildcard that could not be bound at first. */
  skipped(): readonly string[] {
    return this.#skipped;
  }

  /** Resolves when the endpoint has the address, or has it no longer. */
  untilAddress(address: string, there: boolean = true): Promise<void> {
    return this.#changes.until(() => this.addresses().includes(address) === there);
  }

  /** Resolves when the interface is up, and Node lists the address of it. The system tells nobody: it is looked again. */
  async untilInterface(device: string, address: string): Promise<void> {
    while (!networkInterfaces()[device]?.some((listed) => listed.address === address)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async removeAddresses(addresses: string[]): Promise<void> {
    await this.#local?.removeAddresses(addresses);
  }

  /** The number of the association that a peer opened last, once there are so many. */
  async accepted(count: number): Promise<number> {
    await this.#changes.until(() => this.#accepted >= count);
    return this.#sessions.length - 1;
  }

  /** Opens an association from sockets of its own; gives its number. */
  async connect(options: Partial<ConnectOptions>): Promise<number> {
    return this.#opened(connect({ port: PORT, addresses: [], timeout: 10_000, ...options }));
  }

  /** The same from the endpoint. */
  async dial(options: Partial<PeerOptions>): Promise<number> {
    if (!(this.#local instanceof Endpoint)) throw new Error("call openEndpoint first");
    return this.#opened(this.#local.connect({ port: PORT, addresses: [], ...options }));
  }

  /** The same by sockets whose datagrams are written down. */
  async connectTapped(
    localAddresses: string[],
    options: Omit<Partial<ConnectOptions>, "transport">,
  ): Promise<number> {
    this.#tap = await TapTransport.open(...localAddresses);
    return this.connect({ ...options, transport: this.#tap });
  }

  /** Bytes of the largest UDP payload to a destination since this was asked last. */
  largest(destination: string): number {
    const sent = this.#tap?.sent.splice(0).filter((datagram) => datagram.destination === destination) ?? [];
    return Math.max(0, ...sent.map(({ length }) => length));
  }

  /** The chunks of each packet that left from a source since this was asked last. */
  sent(source: string): string[] {
    const sent = this.#tap?.sent.splice(0) ?? [];
    return sent.filter((datagram) => datagram.source === source).map(({ chunks }) => chunks);
  }

  paths(number: number): readonly PathStatus[] {
    return this.#session(number).association.paths;
  }

  /** The path to a destination, once it is as described. */
  async untilPath(
    number: number,
    destination: string,
    expected: Partial<Plain<PathStatus>> = { state: "active" },
  ): Promise<PathStatus | undefined> {
    const find = (): PathStatus | undefined =>
      this.paths(number).find((path) => path.destination === destination);
    await this.#changes.until(() => {
      const path = find();
      const keys = Object.keys(expected) as (keyof PathStatus)[];
      return path !== undefined && keys.every((key) => path[key] === expected[key]);
    });
    return find();
  }

  /** What became of a destination, in order: "confirmed", "potentially-failed", … */
  changes(number: number, destination: string): string[] {
    return this.#session(number)
      .events.filter(({ path }) => path.destination === destination)
      .map(({ change }) => change);
  }

  abort(number: number): void {
    this.#session(number).association.abort();
  }

  configure(number: number, options: ProtocolOptions): void {
    this.#session(number).association.configure(options);
  }

  /** Sends a text, and gives the answer. */
  async ask(number: number, text: string): Promise<string> {
    const { association } = this.#session(number);
    const answer = new Promise<string>((resolve) =>
      association.once("message", ({ data }) => resolve(data.toString())),
    );
    await association.send(text);
    return answer;
  }

  /** Sends so many bytes, and waits until they are acknowledged. */
  send(number: number, size: number): Promise<void> {
    return this.#session(number).association.send(Buffer.alloc(size, 1), { until: "acknowledged" });
  }

  startSending(number: number, size: number): void {
    this.#session(number).startSending(size);
  }

  stopSending(number: number): Promise<number> {
    return this.#session(number).stopSending();
  }

  /** What was received, once there are so many more than now. */
  async received(number: number, more: number): Promise<Tally> {
    const session = this.#session(number);
    const goal = session.tally.count + more;
    await this.#changes.until(() => session.tally.count >= goal);
    return session.tally;
  }

  /** Bytes that an interface has received. */
  receivedBy(device: string): number {
    return Number(readFileSync(`/sys/class/net/${device}/statistics/rx_bytes`, "latin1"));
  }

  sysctl(name: string, value: string): void {
    writeFileSync(`/proc/sys/${name.replaceAll(".", "/")}`, value);
  }

  /**
   * Speaks SCTP by hand from `from` to an endpoint at `to`: the sources of INIT ACK, COOKIE ACK, SACK, HEARTBEAT ACK
   * and of an ABORT for a packet out of the blue.
   */
  async sourcesOfReplies(from: string, to: string): Promise<string[]> {
    const place: Place = { address: to, udpPort: UDP_PORT };
    const socket = await RawSocket.open(from);
    const peer = new RawPeer({ port: RAW_PORT, peerPort: PORT });
    const initAck = await peer.init(socket, place);
    const ask = async (type: "COOKIE-ACK" | "SACK" | "HEARTBEAT-ACK" | "ABORT", bytes: Uint8Array) => {
      socket.send(bytes, place);
      return (await socket.await(type)).source;
    };
    const sources = [
      initAck.source,
      await ask("COOKIE-ACK", peer.cookieEcho(initAck.cookie)),
      await ask("SACK", peer.packet({}, peer.data())),
      await ask("HEARTBEAT-ACK", peer.packet({}, peer.heartbeat())),
      await ask("ABORT", peer.packet({ port: RAW_PORT + 1 }, peer.data())),
    ];
    socket.send(peer.packet({}, { type: "ABORT", tBit: false, causes: [] }), place);
    await socket.close();
    return sources;
  }

  /** The addresses in the INIT ACK that an endpoint at `to` gives to a peer at `from`. */
  async toldFrom(from: string, to: string): Promise<string[]> {
    const socket = await RawSocket.open(from);
    const peer = new RawPeer({ port: RAW_PORT, peerPort: PORT });
    const { chunk } = await peer.init(socket, { address: to, udpPort: UDP_PORT });
    await socket.close();
    return listedIn(chunk.parameters);
  }

  /** Opens a UDP socket that waits for an INIT. */
  async awaitInit(address: string): Promise<void> {
    this.#raw = await RawSocket.open(address, UDP_PORT);
  }

  /** Where it came from, and the addresses in it. */
  async heardInit(): Promise<{ source: string; listed: string[] }> {
    const socket = this.#raw as RawSocket;
    const { chunk, source } = await socket.await("INIT");
    await socket.close();
    return { source, listed: listedIn(chunk.parameters) };
  }

  /** Ends everything that is open. */
  async reset(): Promise<void> {
    for (const { association } of this.#sessions) association.abort();
    await this.#local?.close({ associations: "abort" });
    this.#local = undefined;
    this.#accepted = 0;
    this.#skipped.length = 0;
  }

  async #opened(connecting: Promise<Association>): Promise<number> {
    this.#enter(await connecting);
    return this.#sessions.length - 1;
  }

  #enter(association: Association): Session {
    const session = new Session(association, this.#changes);
    this.#sessions.push(session);
    return session;
  }

  #session(number: number): Session {
    const session = this.#sessions[number];
    if (session === undefined) throw new Error(`there is no association ${number}`);
    return session;
  }
}

const agent = new Agent();

process.on("message", async ({ id, method, args }: { id: number; method: keyof Agent; args: never[] }) => {
  try {
    const value = await (agent[method] as (...args: unknown[]) => unknown).apply(agent, args);
    process.send?.({ id, value });
  } catch (error) {
    process.send?.({
      id,
      error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error),
    });
  }
});
process.on("disconnect", () => process.exit());
