import { setTimeout as sleep } from "node:timers/promises";
import {
  type Association,
  type CloseInfo,
  type ConnectOptions,
  connect,
  type ProtocolOptions,
  SctpError,
  type Server,
} from "usctp";
import { openRelay, type Relay } from "../interop/relay.ts";
import type { Counters } from "./counters.ts";

export const ADDRESSES: readonly string[] = ["127.0.0.1", "127.0.0.2"];

/** PPID of messages that come back, and of those that do not. */
export const ECHOED = 1;
export const UNECHOED = 2;

/** Of both sides: faults are to be noticed within seconds, so that many fit a run. */
export const QUICK: ProtocolOptions = {
  rtoInitial: 200,
  rtoMin: 200,
  rtoMax: 800,
  sackDelay: 50,
  heartbeatInterval: 500,
  pathMaxRetrans: 2,
  associationMaxRetrans: 5,
};

/** A port on which nobody listens. */
const NOBODY = 5_001;

/** What every message is cut from: whoever has read so many bytes knows which one comes next. */
const PERIOD = 251;
const PATTERN = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % PERIOD));

/**
 * The UDP ports of callers, closed and opened again with every association: below those that systems give away by
 * themselves, or somebody else has one of them in between.
 */
let nextPort = 20_000 + Math.floor(Math.random() * 10_000);

type Story = (caller: Caller) => Promise<void>;

/** What an association lives through; each is told again and again. */
const stories: readonly Story[] = [
  (caller) => caller.talk("close"),
  (caller) => caller.talk("close"),
  (caller) => caller.talk("abort"),
  (caller) => caller.talk("close", "failover"),
  (caller) => caller.talk("close", "failover"),
  (caller) => caller.talk("cut off"),
  (caller) => caller.refused(),
  (caller) => caller.unanswered(),
];

/** Opens associations to the server, one after the other, over a relay and from a UDP port of its own. */
export class Caller {
  readonly #counters: Counters;
  readonly #relay: Relay;
  readonly #localUdpPort: number;
  readonly #server: Server;
  #told: number;

  private constructor(relay: Relay, localUdpPort: number, server: Server, counters: Counters, first: number) {
    this.#relay = relay;
    this.#localUdpPort = localUdpPort;
    this.#server = server;
    this.#counters = counters;
    this.#told = first;
  }

  /** `first`: which story to begin with. */
  static async open(server: Server, counters: Counters, first: number): Promise<Caller> {
    const localUdpPort = nextPort++;
    const relay = await openRelay({
      paths: ADDRESSES.map((address) => ({
        near: { address, port: localUdpPort },
        far: { address, port: server.udpPort },
      })),
      impairment: { loss: 0.01, duplicate: 0.002, reorder: 0.005 },
    });
    return new Caller(relay, localUdpPort, server, counters, first);
  }

  /** One story after the other until then (`performance.now()`). */
  async live(until: number): Promise<void> {
    while (performance.now() < until) {
      const story = stories[this.#told++ % stories.length];
      await story?.(this);
      this.#relay.heal();
      await sleep(20);
    }
  }

  close(): Promise<void> {
    return this.#relay.close();
  }

  /** An association over which messages go to and fro. */
  async talk(end: "close" | "abort" | "cut off", trouble?: "failover"): Promise<void> {
    const counters = this.#counters;
    const association = await this.connect();
    const rounds = Math.random() < 0.1 ? 40 : 8;
    const conversation = new Conversation(association, counters);
    for (let round = 0; round < rounds; round++) {
      if (trouble !== undefined && round === 2) this.#relay.cut({ path: 0 });
      await conversation.round();
    }
    if (end === "close") {
      await association.close();
      counters.closed++;
    } else if (end === "abort") {
      const over = ended(association);
      association.abort("enough");
      await over;
      counters.aborted++;
    } else {
      this.#relay.cut();
      const over = ended(association);
      association.trySend("nobody hears this");
      const { reason } = await over;
      if (reason !== "timed-out") throw new Error(`cut off, it ended with ${reason}`);
      counters.timedOut++;
    }
    counters.retransmissions += association.statistics.retransmissions;
    counters.timeouts += association.statistics.timeouts;
  }

  async refused(): Promise<void> {
    await failure("ERR_SCTP_REFUSED", this.#connect({ port: NOBODY }));
    this.#counters.refused++;
  }

  async unanswered(): Promise<void> {
    this.#relay.cut();
    await failure("ERR_SCTP_CONNECT_TIMEOUT", this.#connect({ timeout: 700 }));
    this.#counters.unanswered++;
  }

  /** With some of the extensions. */
  async connect(): Promise<Association> {
    const some = (): boolean => Math.random() < 0.5;
    const association = await this.#connect({
      interleaving: some(),
      partialReliability: some(),
      reconfiguration: some(),
      addressReconfiguration: some(),
      scheduler: some() ? "fcfs" : "round-robin",
      ...(some() ? { authentication: { requiredChunks: [0, 64] } } : {}),
    });
    this.#counters.opened++;
    association.on("path", ({ change }) => {
      if (change === "potentially-failed") this.#counters.failovers++;
    });
    association.on("failed", () => this.#counters.abandoned++);
    return association;
  }

  #connect(options: Partial<ConnectOptions>): Promise<Association> {
    return connect({
      ...QUICK,
      port: this.#server.port,
      addresses: ADDRESSES,
      udpPort: this.#relay.nearPort,
      localAddresses: ADDRESSES,
      localUdpPort: this.#localUdpPort,
      ...options,
    });
  }
}

/** Sends over an association, and sees that all comes back whole and in order. */
export class Conversation {
  readonly #association: Association;
  readonly #counters: Counters;
  #sent = 0;
  #received = 0;
  #waiting: (() => void) | undefined;
  #failure: Error | undefined;

  constructor(association: Association, counters: Counters) {
    this.#association = association;
    this.#counters = counters;
    association.on("message", ({ data }) => this.#onMessage(data));
    association.on("close", ({ error }) => {
      this.#failure ??= error ?? undefined;
      this.#waiting?.();
    });
  }

  /** Messages of any size, there and back, and what the extensions have to offer. */
  async round(): Promise<void> {
    const association = this.#association;
    for (let count = 0; count < 8; count++) {
      const size =
        count === 0 ? 1 + Math.floor(Math.random() * 60_000) : 1 + Math.floor(Math.random() * 2_000);
      const from = this.#sent % PERIOD;
      this.#sent += size;
      await association.send(PATTERN.subarray(from, from + size), { ppid: ECHOED });
    }
    for (let stream = 1; stream < 4; stream++) {
      const limit = stream === 1 ? { lifetime: 100 } : { maxRetransmits: 1 };
      association.trySend(PATTERN.subarray(0, 3_000), { stream, ppid: UNECHOED, unordered: true, ...limit });
    }
    while (this.#received < this.#sent && this.#failure === undefined)
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    if (this.#failure !== undefined) throw this.#failure;
    if (association.extensions.reconfiguration && Math.random() < 0.2)
      await association.resetStreams({ outgoing: [3] });
    await sleep(10);
  }

  #onMessage(data: Buffer): void {
    const from = this.#received % PERIOD;
    if (!data.equals(PATTERN.subarray(from, from + data.length)))
      this.#failure ??= new Error(`${data.length} bytes at ${this.#received} are not those that were sent`);
    this.#received += data.length;
    this.#counters.bytes += data.length;
    this.#counters.messages++;
    this.#waiting?.();
  }
}

function ended(association: Association): Promise<CloseInfo> {
  return new Promise((resolve) => association.once("close", resolve));
}

/** Rejects when `connecting` does not fail with this code. */
async function failure(code: string, connecting: Promise<Association>): Promise<void> {
  try {
    await connecting;
  } catch (error) {
    if (error instanceof SctpError && error.code === code) return;
    throw error;
  }
  throw new Error(`an association where ${code} was expected`);
}
