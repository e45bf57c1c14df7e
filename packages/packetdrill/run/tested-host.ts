import { setImmediate } from "node:timers/promises";
import { Random, seededEnvironment } from "@usctp/sim";
import { type IpAddress, SctpError, Stack } from "usctp/core";
import { type VirtualDatagram, VirtualDriver, type VirtualWorld } from "usctp/driver";

/** Turns of the event loop without anything to do, after which nothing more is expected to come. */
const IDLE_TURNS = 3;

export interface HostOptions {
  readonly address: IpAddress;
  readonly udpPort: number;
  /** Bytes of an IP packet with its UDP header. */
  readonly mtu: number;
  readonly seed: number;
}

/** A datagram that left the tested host, and when, ms. */
export interface Sent extends VirtualDatagram {
  readonly time: number;
}

/** The host that a script tests: one stack, its virtual time, and what it sends, which goes nowhere else. */
export class TestedHost {
  readonly driver: VirtualDriver;
  readonly #sent: Sent[] = [];
  readonly #open: Set<IpAddress> = new Set();
  #now = 0;
  #isReady = false;

  constructor({ address, udpPort, mtu, seed }: HostOptions) {
    const world: VirtualWorld = {
      now: () => this.#now,
      ready: () => {
        this.#isReady = true;
      },
      open: (_, opened) => {
        if (opened !== address) {
          throw new SctpError("ERR_SCTP_ADDRESS_UNAVAILABLE", `${opened} is not an address of this host`);
        }
        this.#open.add(opened);
      },
      shut: (_, shut) => this.#open.delete(shut),
      carry: (datagram) => this.#sent.push({ ...datagram, time: this.#now }),
      route: (_, destination) => (destination.includes(":") === address.includes(":") ? address : undefined),
    };
    const environment = seededEnvironment(Random.of(seed, "packetdrill"));
    const stack = new Stack({ environment, linkMtu: () => mtu });
    this.driver = new VirtualDriver({ stack, world, addresses: [address], udpPort });
  }

  /** ms. */
  get now(): number {
    return this.#now;
  }

  /** Takes away what was sent, the oldest first. */
  takeSent(): Sent[] {
    return this.#sent.splice(0);
  }

  /** Everything that is to be done at this moment. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < IDLE_TURNS; idle += 1) {
      // What waits for promises of the sockets face goes on.
      await setImmediate();
      if (!this.#isReady) continue;
      this.#isReady = false;
      this.driver.run();
      idle = 0;
    }
  }

  /** Lets time pass to the next moment at which something is due, at most to `time`, and does it. */
  async pass(time: number): Promise<void> {
    const due = this.driver.deadline;
    this.#now = Math.max(this.#now, Math.min(due, time));
    if (due > this.#now) return;
    this.driver.run();
    await this.settle();
  }

  /** The same. What is due at `time` itself comes after what the script does then. */
  async passBefore(time: number): Promise<void> {
    if (this.driver.deadline < time) await this.pass(time);
    else this.#now = Math.max(this.#now, time);
  }

  /** Lets time pass up to that moment. */
  async passUntil(time: number): Promise<void> {
    while (this.#now < time) await this.passBefore(time);
  }

  deliver(datagram: VirtualDatagram): void {
    this.driver.deliver(datagram);
  }
}
