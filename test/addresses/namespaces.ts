import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { Agent } from "./agent.ts";

const AGENT = fileURLToPath(new URL("agent.ts", import.meta.url));
/** MTU of a veth interface that nobody has changed. */
const ETHERNET = 1_500;
/** The namespaces of this process; a file may open them several times. */
let opened = 0;

function ip(...args: string[]): string {
  return execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** The methods of an agent in another process. */
type Remote = {
  readonly [K in keyof Agent]: Agent[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

/** A machine of its own: a network namespace with a process in it that does what the test says. */
export class Machine {
  readonly agent: Remote;
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #calls: Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }> =
    new Map();
  #lastCall = 0;

  constructor(name: string) {
    this.#name = name;
    const node = [process.execPath, "--import", "tsx", AGENT];
    this.#process = spawn("ip", ["netns", "exec", name, ...node], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#process.on("message", (answer) => this.#onAnswer(answer as Answer));
    this.#ended = new Promise((resolve) => {
      this.#process.on("exit", (code) => {
        for (const { reject } of this.#calls.values()) reject(new Error(`the agent ended with ${code}`));
        resolve();
      });
    });
    this.agent = new Proxy({} as Remote, {
      get:
        (_, method) =>
        (...args: unknown[]) =>
          this.#call(String(method), args),
    });
  }

  /** `ip` inside the namespace. */
  ip(...args: string[]): string {
    return ip("-n", this.#name, ...args);
  }

  /** Gives an interface addresses, usable at once (no duplicate detection). */
  assign(device: string, ...addresses: string[]): void {
    for (const address of addresses) {
      this.ip("addr", "add", address, "dev", device, ...(address.includes(":") ? ["nodad"] : []));
    }
  }

  /** An address for the time of one test. */
  borrow(device: string, address: string): void {
    this.assign(device, address);
    onTestFinished(() => void this.ip("addr", "del", address, "dev", device));
  }

  /** A route for the time of one test. */
  route(...route: string[]): void {
    this.ip("route", "add", ...route);
    onTestFinished(() => void this.ip("route", "del", ...route));
  }

  end(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    return this.#ended;
  }

  #call(method: string, args: unknown[]): Promise<never> {
    const id = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#process.send({ id, method, args }, (error) => {
        if (error) reject(error);
      });
    });
  }

  #onAnswer({ id, value, error }: Answer): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error === undefined) call?.resolve(value as never);
    else call?.reject(new Error(error));
  }
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/**
 * Two machines, "a" and "b", joined by two links: eth0 of a with eth0 of b, and eth1 with eth1.
 *
 * eth0: 10.9.0.1, fd00:9::1, fe80::a0 and 10.9.0.2, 10.9.0.3, fd00:9::2, fd00:9::3, fe80::b0, fe80::b1.
 * eth1: 10.8.0.1, fd00:8::1, fe80::a0 and 10.8.0.2, fd00:8::2, fe80::b0.
 */
export class TwoMachines {
  readonly a: Machine;
  readonly b: Machine;
  readonly #names: readonly string[];

  constructor() {
    const unique = `usctp-${process.pid}-${opened++}`;
    const [a, b] = [`${unique}-a`, `${unique}-b`];
    this.#names = [a, b];
    for (const name of this.#names) {
      ip("netns", "add", name);
      ip("-n", name, "link", "set", "lo", "up");
    }
    for (const device of ["eth0", "eth1"]) {
      ip("-n", a, "link", "add", device, "type", "veth", "peer", "name", device, "netns", b);
      for (const name of this.#names) {
        // The link-local addresses are given below, so that a test knows them.
        ip("-n", name, "link", "set", device, "addrgenmode", "none");
        ip("-n", name, "link", "set", device, "up");
      }
    }
    this.a = new Machine(a);
    this.b = new Machine(b);
    this.a.assign("eth0", "10.9.0.1/24", "fd00:9::1/64", "fe80::a0/64");
    this.a.assign("eth1", "10.8.0.1/24", "fd00:8::1/64", "fe80::a0/64");
    this.b.assign("eth0", "10.9.0.2/24", "10.9.0.3/24", "fd00:9::2/64", "fd00:9::3/64");
    this.b.assign("eth0", "fe80::b0/64", "fe80::b1/64");
    this.b.assign("eth1", "10.8.0.2/24", "fd00:8::2/64", "fe80::b0/64");
  }

  /** Gives both ends of a link another MTU, for the time of one test. */
  setMtu(device: string, mtu: number): void {
    const set = (bytes: number): void => {
      for (const machine of [this.a, this.b]) machine.ip("link", "set", device, "mtu", `${bytes}`);
    };
    set(mtu);
    onTestFinished(() => set(ETHERNET));
  }

  /**
   * A third way between the two, over a router: eth2 of a, 10.7.0.1 and fd00:7::1, leads to it, and from it to eth2 of b,
   * 10.6.0.2 and fd00:6::2. The link behind it has that MTU, the one before it 1,500. For the time of one test.
   */
  addRouter(mtu: number): void {
    const router = `${this.#names[0]}-r`;
    ip("netns", "add", router);
    onTestFinished(() => void ip("netns", "del", router));
    const links: readonly (readonly [Machine, string, string, string])[] = [
      [this.a, "to-a", "7", "1"],
      [this.b, "to-b", "6", "2"],
    ];
    for (const [index, [machine, device, net, host]] of links.entries()) {
      machine.ip("link", "add", "eth2", "type", "veth", "peer", "name", device, "netns", router);
      machine.ip("link", "set", "eth2", "up");
      ip("-n", router, "link", "set", device, "up");
      machine.assign("eth2", `10.${net}.0.${host}/24`, `fd00:${net}::${host}/64`);
      ip("-n", router, "addr", "add", `10.${net}.0.254/24`, "dev", device);
      ip("-n", router, "addr", "add", `fd00:${net}::254/64`, "dev", device, "nodad");
      if (index === 1) {
        ip("-n", router, "link", "set", device, "mtu", `${mtu}`);
        machine.ip("link", "set", "eth2", "mtu", `${mtu}`);
      }
      const other = index === 0 ? "6" : "7";
      machine.ip("route", "add", `10.${other}.0.0/24`, "via", `10.${net}.0.254`);
      machine.ip("route", "add", `fd00:${other}::/64`, "via", `fd00:${net}::254`);
    }
    const settings = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"];
    execFileSync("ip", ["netns", "exec", router, "sysctl", "-q", "-w", ...settings]);
  }

  async remove(): Promise<void> {
    await Promise.all([this.a.end(), this.b.end()]);
    for (const name of this.#names) ip("netns", "del", name);
  }
}
