import {
  type Association,
  type Endpoint,
  type IncomingMessage,
  type IpAddress,
  SctpError,
  type StackEvent,
} from "usctp/core";
import type { Host } from "../host.ts";
import type { Network } from "../network.ts";
import { message } from "../traffic.ts";
import type { Author, Entry, Ledger } from "./ledger.ts";
import { type HostPlan, type RequestPlan, SCHEDULERS, type Side, type WriterPlan } from "./plan.ts";

export const PORT = 5_000;
/** ms after which a lost association is opened again. */
const RECONNECT = 1_000;
/** Bytes of a receive buffer that was made small. */
const SMALL_BUFFER = 1_500;
/** ms for which enough unread bytes for that are waited for, and between two looks. */
const SHRINKS_WITHIN = 60_000;
const SHRINK_PERIOD = 20;

/** One side of a run: its host, the application on it, and their successors after restarts. */
export class Player {
  readonly side: Side;
  readonly #network: Network;
  readonly #plan: HostPlan;
  readonly #ledger: Ledger;
  /** Counts what happened, by name. */
  readonly #meet: (name: string) => void;
  readonly #other: () => Player;
  host!: Host;
  incarnation = -1;
  connects = false;
  /** What it opened itself, of which there may be no event yet. */
  #opened: Association[] = [];
  #deaf = false;
  #down = true;
  #leaving: "shutdown" | "abort" | "stay" | undefined = undefined;
  /** Associations whose peer began anew: a message that was read in part has no end any more. */
  #restarted: Set<Association> = new Set();
  /** The parts of messages that are being read, by association, stream and U bit. */
  #parts: Map<Association, Map<string, Uint8Array[]>> = new Map();
  /** The path MTU of each destination, as it was told last. */
  readonly #mtus: Map<string, number> = new Map();
  /** Whom a drain wakes. */
  #waiting: (() => void)[] = [];

  constructor(
    side: Side,
    network: Network,
    plan: HostPlan,
    ledger: Ledger,
    meet: (name: string) => void,
    other: () => Player,
  ) {
    this.side = side;
    this.#network = network;
    this.#plan = plan;
    this.#ledger = ledger;
    this.#meet = meet;
    this.#other = other;
  }

  /** The host comes up with nothing of the past. */
  begin(): void {
    if (!this.#down) return;
    this.incarnation += 1;
    this.#down = false;
    this.#parts = new Map();
    this.#opened = [];
    this.#waiting = [];
    this.host = this.#network.host(`${this.side}${this.incarnation === 0 ? "" : this.incarnation}`, {
      addresses: this.#plan.addresses,
    });
    const { host } = this;
    host.endpoint({ port: PORT, config: this.#plan.config });
    host.onEvent((event) => this.#onEvent(event));
    if (this.connects) this.connect();
  }

  /** The host is gone at once. */
  crash(): void {
    if (this.#down) return;
    this.#down = true;
    this.#ledger.orphan(this.side);
    void this.host.driver.close();
  }

  connect(): void {
    this.connects = true;
    if (this.#later(() => this.connect())) return;
    if (this.#down || this.#leaving !== undefined || this.association !== undefined) return;
    const other = this.#other();
    const [endpoint] = this.host.endpoints;
    if (endpoint === undefined) return;
    try {
      const { addresses, udpPort } = other.host;
      this.#opened.push(endpoint.connect(this.host.now, { port: PORT, addresses, udpPort }));
    } catch (error) {
      this.#refused(error);
    }
    this.host.driver.wake();
  }

  /** An address of the host goes, and comes back. */
  loseAddress(index: number): void {
    this.#changeAddress(index, (endpoint, address) =>
      endpoint.removeAddresses(this.host.now, [address], true),
    );
  }

  regainAddress(index: number): void {
    this.#changeAddress(index, (endpoint, address) => endpoint.addAddresses(this.host.now, [address], true));
  }

  #changeAddress(index: number, change: (endpoint: Endpoint, address: IpAddress) => void): void {
    if (this.#down || this.#later(() => this.#changeAddress(index, change))) return;
    const [endpoint] = this.host.endpoints;
    const address = this.host.addresses[index];
    // The last one stays.
    const isLast = endpoint?.addresses.length === 1 && endpoint.addresses[0] === address;
    if (endpoint === undefined || address === undefined || isLast) return;
    try {
      change(endpoint, address);
    } catch (error) {
      this.#refused(error);
    }
    this.host.driver.wake();
  }

  /** Nothing is done while the process stands still; whether it is left for later. */
  #later(act: () => void): boolean {
    if (this.#down || !this.#network.isStopped(this.host)) return false;
    this.#network.at(this.#network.now + 500, act);
    return true;
  }

  /** The one in use. */
  get association(): Association | undefined {
    return this.open.at(-1);
  }

  get open(): Association[] {
    if (this.#down) return [];
    return [...new Set([...this.#opened, ...this.host.associations])].filter(
      ({ state }) => state !== "closed",
    );
  }

  hear(): void {
    if (this.#later(() => this.hear())) return;
    this.#deaf = false;
    if (this.#down) return;
    for (const association of this.host.associations) this.#read(association);
  }

  turnDeaf(): void {
    this.#deaf = true;
  }

  /** From now on nothing is opened again. */
  leave(how: "shutdown" | "abort" | "stay"): void {
    this.#leaving = how;
    for (const association of this.open) this.#leave(association);
    if (!this.#down) this.host.driver.wake();
  }

  #leave(association: Association): void {
    if (this.#leaving === "abort") association.abort(new Uint8Array(0));
    else if (this.#leaving === "shutdown") association.shutdown(this.host.now);
  }

  /** Sends the messages of a writer one after another. */
  write(writer: WriterPlan, draw: () => number): void {
    let left = writer.count;
    const step = (): void => {
      while (left > 0) {
        if (this.#later(step)) return;
        const association = this.#down ? undefined : this.association;
        if (association?.state !== "established") {
          if (this.#leaving === undefined) this.#network.at(this.#network.now + 500, step);
          return;
        }
        left -= 1;
        const room = this.#send(association, writer, draw);
        this.host.driver.wake();
        if (writer.every > 0) {
          this.#network.at(this.#network.now + writer.every, step);
          return;
        }
        if (!room) {
          this.#meet("event send buffer full");
          this.#waiting.push(step);
          return;
        }
      }
    };
    step();
  }

  #send(association: Association, writer: WriterPlan, draw: () => number): boolean {
    const { host, incarnation, side } = this;
    const author: Author = { side, incarnation, association: association.id };
    const [low, high] = writer.length;
    const { data, number } = this.#ledger.compose(author, low + Math.floor(draw() * (high - low + 1)));
    const outgoing = message(data, {
      stream: Math.floor(draw() * Math.min(writer.streams, association.outboundStreams)),
      unordered: draw() < writer.unordered,
      ppid: number,
      notify: true,
      lifetime: writer.lifetime,
      reliability:
        writer.retransmissions === undefined
          ? undefined
          : { policy: "retransmissions", value: writer.retransmissions },
    });
    const context = this.#ledger.took(author, number, outgoing);
    try {
      return association.send(host.now, { ...outgoing, context });
    } catch (error) {
      this.#ledger.entries.delete(`${context.key} ${number}`);
      this.#refused(error);
      return true;
    }
  }

  request({ what, choice }: RequestPlan): void {
    const association = this.#down || this.#network.isStopped(this.host) ? undefined : this.association;
    if (association?.state !== "established") return;
    const { now } = this.host;
    const outgoing = [choice % association.outboundStreams];
    const incoming = [choice % association.inboundStreams];
    try {
      switch (what) {
        case "reset-outgoing":
          association.resetStreams(now, { outgoing });
          break;
        case "reset-incoming":
          association.resetStreams(now, { incoming });
          break;
        case "reset-all":
          association.resetStreams(now, { outgoing: "all", incoming: "all" });
          break;
        case "reset-association":
          association.resetAssociation(now);
          break;
        case "add-streams":
          association.addStreams(now, { outgoing: 1 + (choice % 3) });
          break;
        case "set-primary":
          association.setPrimary(association.paths[choice % association.paths.length]!.destination);
          break;
        case "scheduler":
          association.configure(now, { scheduler: SCHEDULERS[choice % SCHEDULERS.length]! });
          break;
        case "shrink-buffer":
          this.#shrinkBuffer(association, now + SHRINKS_WITHIN);
          return;
        case "heartbeat":
          for (const { destination } of association.paths) association.requestHeartbeat(destination);
          break;
      }
      this.#meet(`request ${what}`);
    } catch (error) {
      this.#refused(error);
    }
    this.host.driver.wake();
  }

  /** As soon as twice as much is unread as the buffer will hold: what waits for a gap to be filled may be taken back. */
  #shrinkBuffer(association: Association, until: number): void {
    if (this.#down || association.state === "closed" || this.#network.now > until) return;
    if (association.unreadBytes <= 2 * SMALL_BUFFER || this.#network.isStopped(this.host)) {
      this.#network.at(this.#network.now + SHRINK_PERIOD, () => this.#shrinkBuffer(association, until));
      return;
    }
    association.configure(this.host.now, { receiveBuffer: SMALL_BUFFER });
    this.#meet("request shrink-buffer");
    this.host.driver.wake();
  }

  /** Only what says what the caller may not do now is allowed to be thrown. */
  #refused(error: unknown): void {
    if (!(error instanceof SctpError)) throw error;
    this.#meet(`refused ${error.code}`);
  }

  #onEvent(event: StackEvent): void {
    this.#count(event);
    switch (event.type) {
      case "readable":
        this.#read(event.association as Association);
        break;
      case "established":
        this.#leave(event.association as Association);
        break;
      case "restarted":
        this.#restarted.add(event.association as Association);
        for (const parts of this.#parts.get(event.association as Association)?.values() ?? []) {
          this.#ledger.cut(Buffer.concat(parts));
        }
        this.#parts.delete(event.association as Association);
        this.#leave(event.association as Association);
        break;
      case "drain":
        for (const step of this.#waiting.splice(0)) step();
        break;
      case "partial-aborted":
        this.#parts.get(event.association as Association)?.delete(`${event.stream} ${event.unordered}`);
        break;
      case "acknowledged":
        this.#ledger.acknowledged(event.message.context as Entry);
        break;
      case "failed":
        this.#meet(`failed ${event.failure}`);
        this.#ledger.failed(event.message.context as Entry, event.failure, event.sent);
        break;
      case "closed":
        this.#countStatistics(event.association as Association);
        this.#meet(`end ${event.reason}`);
        for (const step of this.#waiting.splice(0)) step();
        if (this.connects) this.#network.at(this.host.now + RECONNECT, () => this.connect());
        break;
    }
  }

  #count(event: StackEvent): void {
    if (event.type !== "path") {
      this.#meet(`event ${event.type}`);
      return;
    }
    const { change, path } = event;
    this.#meet(`path ${change}`);
    const { association } = event;
    if (change === "mtu") {
      if (path.mtu < (this.#mtus.get(path.destination) ?? path.mtu)) this.#meet("path MTU shrunk");
    }
    this.#mtus.set(path.destination, path.mtu);
    const isOver = change === "unreachable" || change === "potentially-failed";
    if (isOver && association.paths.some(({ state }) => state === "active")) this.#meet("path fail-over");
  }

  #countStatistics({ statistics, authenticates, interleaves, reconfiguresAddresses }: Association): void {
    if (statistics.timeouts > 0) this.#meet("timer T3-rtx");
    if (statistics.fastRetransmissions > 0) this.#meet("event fast retransmit");
    if (statistics.chunksDropped > 0) this.#meet("event dropped for want of room");
    if (authenticates) this.#meet("extension authentication");
    if (interleaves) this.#meet("extension interleaving");
    if (reconfiguresAddresses) this.#meet("extension address reconfiguration");
  }

  #read(association: Association): void {
    if (this.#deaf) return;
    let incoming = association.receive();
    for (; incoming !== undefined; incoming = association.receive()) this.#take(association, incoming);
    // Reading opens the window, which may owe the peer a SACK.
    this.host.driver.wake();
  }

  #take(association: Association, incoming: IncomingMessage): void {
    const lanes = this.#parts.get(association) ?? new Map<string, Uint8Array[]>();
    this.#parts.set(association, lanes);
    const lane = `${incoming.stream} ${incoming.unordered}`;
    const begun = lanes.get(lane);
    const isCut = begun !== undefined && this.#restarted.has(association);
    if (incoming.continuation !== (begun !== undefined) && !isCut) {
      this.#ledger.faults.push(
        `${this.side} reads a part of stream ${lane} that ${incoming.continuation ? "continues nothing" : "comes before the end of another message"}`,
      );
    }
    const parts = incoming.continuation ? [...(begun ?? []), incoming.data] : [incoming.data];
    if (incoming.more) lanes.set(lane, parts);
    else {
      lanes.delete(lane);
      this.#ledger.delivered(Buffer.concat(parts), incoming);
    }
  }
}
