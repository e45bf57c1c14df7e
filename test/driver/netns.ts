import { execFileSync, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const SCENARIO = fileURLToPath(new URL("netns-scenario.ts", import.meta.url));

function ip(...args: string[]): string {
  return execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Whether this process may make network namespaces. */
export function hasNamespaces(): boolean {
  const name = `usctp-probe-${process.pid}`;
  try {
    ip("netns", "add", name);
    ip("netns", "del", name);
    return true;
  } catch {
    return false;
  }
}

/** Two network namespaces, "a" and "b", with loopback up and joined by a veth pair: eth0 of a, eth0 of b. */
export class NamespacePair {
  readonly a: string = `usctp-${process.pid}-a`;
  readonly b: string = `usctp-${process.pid}-b`;

  constructor() {
    for (const name of [this.a, this.b]) {
      ip("netns", "add", name);
      ip("-n", name, "link", "set", "lo", "up");
    }
    ip("-n", this.a, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", this.b);
    for (const name of [this.a, this.b]) ip("-n", name, "link", "set", "eth0", "up");
  }

  /** Gives eth0 of `namespace` addresses, usable at once (no duplicate detection). */
  assign(namespace: string, ...addresses: string[]): void {
    for (const address of addresses) {
      const nodad = address.includes(":") ? ["nodad"] : [];
      ip("-n", namespace, "addr", "add", address, "dev", "eth0", ...nodad);
    }
  }

  remove(): void {
    for (const name of [this.a, this.b]) ip("netns", "del", name);
  }
}

/** A scenario on its way in a process of its own. */
export interface RunningScenario {
  /** The first value that it says. */
  readonly first: Promise<unknown>;
  /** The last value that it said, once it has ended by itself; rejects when it failed. */
  readonly finished: Promise<unknown>;
  /** Asks it to end. */
  readonly end: () => void;
}

/** Runs a scenario of netns-scenario.ts inside `namespace`. */
export function runScenario(namespace: string, name: string, ...args: string[]): RunningScenario {
  const node = [process.execPath, "--import", "tsx", SCENARIO, name, ...args];
  const child = spawn("ip", ["netns", "exec", namespace, ...node]);
  let output = "";
  let errors = "";
  child.stdout.on("data", (bytes) => {
    output += bytes;
  });
  child.stderr.on("data", (bytes) => {
    errors += bytes;
  });
  const said = (): unknown[] =>
    output
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const finished = new Promise<unknown>((resolve, reject) => {
    child.on("close", (code) => {
      if (code === 0) resolve(said().at(-1));
      else reject(new Error(`scenario ${name} ended with ${code}: ${errors}`));
    });
  });
  const first = new Promise<unknown>((resolve, reject) => {
    child.stdout.on("data", () => {
      if (output.includes("\n")) resolve(said()[0]);
    });
    finished.catch(reject);
  });
  // Who waits for the one need not wait for the other.
  first.catch(() => {});
  return { first, finished, end: () => child.stdin.end() };
}
