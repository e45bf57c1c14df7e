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
import type { Author, Ledger, Part } from "./ledger.ts";
import { type HostPlan, type RequestPlan, SCHEDULERS, type Side, type WriterPlan } from "./plan.ts";
import { HALF, isOpen, type Lane, type OpenRecord, piecesOf } from "./records.ts";
import { countStatistics } from "./statistics.ts";

export const PORT = 5_000;
/** ms after which a lost association is opened again. */
const RECONNECT = 1_000;
/** Bytes of a receive buffer that was made small. */
const SMALL_BUFFER = 1_500;
/** ms for which enough unread bytes for that are waited for, and between two looks. */
const SHRINKS_WITHIN = 60_000;
const SHRINK_PERIOD = 20;

/** Shared Key Identifiers from here on are of keys that are set in the run. */
const LATER_KEYS = 10;
/** ms after which the other side uses a new key, at most; and between two changes of several. */
const KEY_DELAY = 500;
/** ms after which a lane that has a record without its end is looked at again. */
const LANE_WAIT = 20;

/** What an application tells of what it sees. */
interface Reports {
  readonly ledger: Ledger;
  /** Counts what happened, by name. */
  readonly meet: (name: string) => void;
  /** An association was aborted by its own user, or for him: what came in and was not read is lost. */
  readonly lost: () => void;
  readonly other: () => Player;
}

/** One side of a run: its host, the application on it, and their successors after restarts. */
export class Player {
  readonly side: Side;
  readonly #network: Network;
  readonly #plan: HostPlan;
  readonly #ledger: Ledger;
  readonly #meet: (name: string) => void;
  readonly #lost: () => void;
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
  /** Bound: one a writer. */
  #records: Set<OpenRecord> = new Set();
  /** The active shared key, where it is not that of the configuration. */
  #keys: Map<Association, number> = new Map();
  /** Keys that are told to be free. */
  readonly #freed: Map<Association, Set<number>> = new Map();
  /** Whom a drain wakes. */
  #waiting: (() => void)[] = [];

  constructor(side: Side, network: Network, plan: HostPlan, { ledger, meet, lost, other }: Reports) {
    this.side = side;
    this.#network = network;
    this.#plan = plan;
    this.#ledger = ledger;
    this.#meet = meet;
    this.#lost = lost;
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
    this.#keys = new Map();
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
    if (this.#records.size > 0) this.#meet("record half-written, its host is gone");
    this.#records.clear();
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

  /** Whether somebody waits for a drain although there is room. */
  get waitsInVain(): boolean {
    const association = this.#down ? undefined : this.association;
    return (
      this.#waiting.length > 0 && association?.state === "established" && association.bufferedBytes === 0
    );
  }

  /** Sends the messages of a writer one after another. */
  write(writer: WriterPlan, draw: () => number): void {
    let left = writer.count;
    let record: OpenRecord | undefined;
    const step = (): void => {
      while (left > 0 || record !== undefined) {
        if (this.#later(step)) return;
        if (record !== undefined && !this.#goesOn(record)) record = undefined;
        if (left === 0 && record === undefined) return;
        const association = this.#down ? undefined : this.association;
        if (record === undefined && association?.state !== "established") {
          if (this.#leaving === undefined) this.#network.at(this.#network.now + 500, step);
          return;
        }
        let room: boolean;
        if (record !== undefined) {
          room = this.#continue(record);
          if (record.rest.length === 0) record = undefined;
        } else {
          const lane = this.#drawLane(association!, writer, draw);
          if (lane === undefined) {
            this.#network.at(this.#network.now + LANE_WAIT, step);
            return;
          }
          left -= 1;
          [room, record] = this.#send(association!, writer, draw, lane);
        }
        this.host.driver.wake();
        const pause = record === undefined ? writer.every : writer.pause;
        if (pause > 0) {
          this.#network.at(this.#network.now + pause, step);
          return;
        }
        // Others may have filled the buffer, and wait for the end of this record: it does not wait for them.
        if (!room && record === undefined) {
          this.#meet("event send buffer full");
          this.#waiting.push(step);
          return;
        }
      }
    };
    step();
  }

  /** A stream and U bit; undefined where a record of these waits for its end. */
  #drawLane(association: Association, writer: WriterPlan, draw: () => number): Lane | undefined {
    const stream = Math.floor(draw() * Math.min(writer.streams, association.outboundStreams));
    const unordered = draw() < writer.unordered;
    return isOpen(this.#records, association, { stream, unordered }) ? undefined : { stream, unordered };
  }

  /** Returns whether there is room for more, and the record that was begun, if it was not ended. */
  #send(
    association: Association,
    writer: WriterPlan,
    draw: () => number,
    lane: Lane,
  ): [boolean, OpenRecord | undefined] {
    const { host, incarnation, side } = this;
    const author: Author = { side, incarnation, association: association.id };
    const [low, high] = writer.length;
    const { data, number } = this.#ledger.compose(author, low + Math.floor(draw() * (high - low + 1)));
    const [first, ...rest] = piecesOf(data, writer.parts);
    const active = this.#activeKey(association);
    const names = writer.namesKeys && association.authenticates;
    const authKeyId = names ? (draw() < 0.5 ? this.#firstKey : active) : undefined;
    const outgoing = message(first!, {
      ...lane,
      ppid: number,
      notify: true,
      more: rest.length > 0,
      lifetime: writer.lifetime,
      authKeyId,
      reliability:
        writer.retransmissions === undefined
          ? undefined
          : { policy: "retransmissions", value: writer.retransmissions },
    });
    const context = this.#ledger.took(author, number, outgoing, {
      length: data.length,
      keyId: authKeyId ?? active,
    });
    try {
      const room = association.send(host.now, { ...outgoing, context });
      if (rest.length === 0) return [room, undefined];
      this.#meet("record in parts");
      const record = { association, entry: context.entry, outgoing, rest };
      this.#records.add(record);
      return [room, record];
    } catch (error) {
      this.#ledger.refused(context);
      this.#refused(error);
      return [true, undefined];
    }
  }

  /** Whether a record can still get its end; if not, it is given up. */
  #goesOn(record: OpenRecord): boolean {
    if (!this.#records.has(record)) return false;
    if (record.association.state === "established") return true;
    this.#records.delete(record);
    this.#meet("record half-written, its association ends");
    return false;
  }

  #continue(record: OpenRecord): boolean {
    const { association, entry, rest } = record;
    const data = rest.shift()!;
    const more = rest.length > 0;
    if (!more) this.#records.delete(record);
    const outgoing = { ...record.outgoing, data, more, authKeyId: undefined };
    const context = this.#ledger.continued(entry, outgoing);
    return association.send(this.host.now, { ...outgoing, context });
  }

  /** Begins a record that never gets its end. */
  writeHalf(): void {
    const association = this.#down ? undefined : this.association;
    const lane = { stream: 0, unordered: false };
    if (association?.state !== "established" || isOpen(this.#records, association, lane)) return;
    const { host, incarnation, side } = this;
    const author: Author = { side, incarnation, association: association.id };
    const { data, number } = this.#ledger.compose(author, HALF);
    const outgoing = message(data.subarray(0, HALF / 2), { ...lane, ppid: number, notify: true, more: true });
    const context = this.#ledger.took(author, number, outgoing, {
      length: HALF,
      keyId: this.#activeKey(association),
    });
    association.send(host.now, { ...outgoing, context });
    this.#meet("record half-written at the end");
  }

  get #firstKey(): number {
    return this.#plan.config.authentication?.activeKey ?? 0;
  }

  #activeKey(association: Association): number {
    return this.#keys.get(association) ?? this.#firstKey;
  }

  /** Both sides learn a new key; this one uses it from now on, the other a little later. */
  #changeKey(association: Association, choice: number): void {
    const peer = this.#other();
    const its = peer.#partner(association);
    if (its === undefined || !association.authenticates) return;
    const keyId = this.#ledger.nextKey(LATER_KEYS);
    const secret = new Uint8Array(16).fill(choice & 0xff);
    association.setAuthKey(keyId, secret);
    its.setAuthKey(keyId, secret);
    this.#activate(association, keyId);
    this.#meet("request change-key");
    this.#network.at(this.#network.now + (choice % KEY_DELAY), () => {
      if (peer.#partner(association) === its) peer.#activate(its, keyId);
    });
  }

  /** The association of this side that has that one of the other for its peer. */
  #partner({ localTag, peerTag }: Association): Association | undefined {
    if (this.#down || this.#network.isStopped(this.host)) return undefined;
    return this.open.find(
      (it) => it.state === "established" && it.localTag === peerTag && it.peerTag === localTag,
    );
  }

  /** The key before is used no more, unless it is that of the configuration, which a peer that begins anew has. */
  #activate(association: Association, keyId: number): void {
    const before = this.#activeKey(association);
    association.activateAuthKey(keyId);
    this.#keys.set(association, keyId);
    if (before === this.#firstKey || before === keyId) return;
    association.deactivateAuthKey(before);
    this.#meet("authentication key deactivated");
    this.host.driver.wake();
  }

  /** A key is deleted where neither side uses it any more. */
  #onFreeKey(association: Association, keyId: number): void {
    const { side, incarnation } = this;
    this.#ledger.freed({ side, incarnation, association: association.id }, keyId);
    const freed = this.#freed.get(association) ?? new Set();
    this.#freed.set(association, freed.add(keyId));
    const peer = this.#other();
    const its = peer.#partner(association);
    if (its === undefined || peer.#freed.get(its)?.has(keyId) !== true) return;
    association.deleteAuthKey(keyId);
    its.deleteAuthKey(keyId);
    this.#meet("authentication key deleted");
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
          // Now and then none, which is refused.
          association.resetStreams(now, { outgoing: choice % 8 === 0 ? [] : outgoing });
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
        case "change-key":
          // Where chunks are not authenticated it is refused.
          if (!association.authenticates) association.activateAuthKey(this.#firstKey);
          for (let times = 0; times < 1 + (choice % 3); times++) {
            this.#network.at(now + times * KEY_DELAY, () => {
              if (association === this.association && !this.#network.isStopped(this.host))
                this.#changeKey(association, choice);
            });
          }
          return;
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
        this.#dropRecords(event.association as Association);
        this.#keys.delete(event.association as Association);
        if ((event.association as Association).authenticates)
          (event.association as Association).activateAuthKey(this.#firstKey);
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
        this.#ledger.acknowledged(event.message.context as Part);
        break;
      case "failed":
        this.#meet(`failed ${event.failure}`);
        this.#ledger.failed(event.message.context as Part, event.failure, event.sent);
        break;
      case "authentication":
        this.#meet(`authentication ${event.change}`);
        if (event.change === "free-key") this.#onFreeKey(event.association as Association, event.keyId);
        break;
      case "closed":
        if (event.reason === "aborted") this.#lost();
        countStatistics(event.association as Association, this.#meet);
        this.#meet(`end ${event.reason}`);
        for (const step of this.#waiting.splice(0)) step();
        if (this.connects) this.#network.at(this.host.now + RECONNECT, () => this.connect());
        break;
    }
  }

  /** Its peer began anew: no end of theirs would be heard as one. */
  #dropRecords(association: Association): void {
    for (const record of this.#records) {
      if (record.association !== association) continue;
      this.#records.delete(record);
      this.#meet("record half-written, its association ends");
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
