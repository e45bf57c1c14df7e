import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Answer, Order, Ready } from "./workers/worker.ts";

/** ms for a worker to start, to answer unless the caller waits longer, and to end. */
const PATIENCE = 15_000;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Compiles the workers, which run as plain JavaScript: tsx would compile them differently, and costs start-up. */
export function buildWorkers(): void {
  rmSync(here("dist"), { recursive: true, force: true });
  const compiler = here("../node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", here("tsconfig.json")], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the workers do not compile:\n${stdout}`);
}

export interface WorkerOptions {
  /** Where it leaves a CPU profile, if anywhere. */
  readonly profiles?: string | undefined;
  /** The network namespace that it runs in. */
  readonly namespace?: string | undefined;
  /** Further options of Node's. */
  readonly nodeArgs?: readonly string[];
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** A compiled worker in its process. */
export class Worker {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #pending: Map<number, Pending> = new Map();
  #lastOrder = 0;
  #udpPort = 0;

  private constructor(name: string, given: object, options: WorkerOptions) {
    const { profiles, namespace, nodeArgs = [] } = options;
    this.#name = name;
    const profiling =
      profiles === undefined
        ? []
        : ["--cpu-prof", `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${profileName(name, given)}`];
    const node = [...nodeArgs, ...profiling];
    // The IPC channel is inherited through `ip netns exec`, which becomes the process.
    this.#child = fork(here(`dist/bench/workers/${name}.js`), [JSON.stringify(given)], {
      ...(namespace === undefined
        ? { execArgv: node }
        : { execPath: "ip", execArgv: ["netns", "exec", namespace, process.execPath, ...node] }),
    });
    this.#child.on("message", (answer) => this.#onAnswer(answer as Answer));
    this.#child.once("error", (error) => this.#failAll(error));
    this.#child.once("exit", (code, signal) =>
      this.#failAll(new Error(`${name} ended with ${code ?? signal}`)),
    );
  }

  /** Starts a worker with what it is `given` (as JSON) and waits until it is ready. */
  static async start(name: string, given: object, options: WorkerOptions = {}): Promise<Worker> {
    const worker = new Worker(name, given, options);
    try {
      const ready = (await worker.#answer(0, PATIENCE)) as Ready;
      worker.#udpPort = ready.udpPort;
      return worker;
    } catch (error) {
      await worker.end();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Where it can be sent to. */
  get udpPort(): number {
    return this.#udpPort;
  }

  /** Gives an order and waits for its answer, `patience` ms at most. */
  async ask<T = void>(name: string, patience: number = PATIENCE): Promise<T> {
    const order: Order = { id: ++this.#lastOrder, name };
    const answer = this.#answer(order.id, patience);
    this.#child.send(order);
    return (await answer) as T;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    const exited = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    await exited;
    clearTimeout(timer);
  }

  #answer(id: number, patience: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const late = (): void => {
        this.#pending.delete(id);
        reject(new Error(`${this.#name} said nothing for ${patience} ms`));
      };
      this.#pending.set(id, { resolve, reject, timer: setTimeout(late, patience) });
    });
  }

  #onAnswer({ id, value, error }: Answer): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(pending?.timer);
    if (error === undefined) pending?.resolve(value);
    else pending?.reject(new Error(`${this.#name}: ${error}`));
  }

  #failAll(error: Error): void {
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#pending.clear();
  }
}

/** One file for all runs of a worker with the same size: the last one stays. */
function profileName(name: string, given: object): string {
  const size = (given as { readonly size?: number }).size;
  return `${[name, ...(size === undefined ? [] : [size])].join("-")}.cpuprofile`;
}
