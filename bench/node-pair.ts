import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Contestant, Running } from "./contestant.ts";
import type { FromWorker, Reading, ToWorker } from "./workers/worker.ts";

/** ms for a worker to start, to answer, and to end. */
const PATIENCE = 15_000;

const workers = fileURLToPath(new URL("dist/bench/workers/", import.meta.url));

/** A compiled worker in its process. */
export class Worker {
  readonly #name: string;
  readonly #child: ChildProcess;

  constructor(name: string, args: readonly number[], profiles: string | undefined) {
    this.#name = name;
    const execArgv = profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
    if (profiles !== undefined)
      execArgv.push(`--cpu-prof-name=${[name, ...args.slice(1)].join("-")}.cpuprofile`);
    this.#child = fork(`${workers}${name}.js`, args.map(String), { execArgv });
  }

  tell(order: ToWorker): void {
    this.#child.send(order);
  }

  /** The next message of this type. Rejects when the worker ends, or says nothing. */
  async hear<Type extends FromWorker["type"]>(type: Type): Promise<Extract<FromWorker, { type: Type }>> {
    const ended = new AbortController();
    const onExit = (code: number | null): void => ended.abort(new Error(`${this.#name} ended with ${code}`));
    this.#child.once("exit", onExit);
    try {
      const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(PATIENCE)]);
      for (;;) {
        const [message] = (await once(this.#child, "message", { signal })) as [FromWorker];
        if (message.type === type) return message as Extract<FromWorker, { type: Type }>;
      }
    } catch (error) {
      throw (
        ended.signal.reason ?? new Error(`${this.#name} said nothing for ${PATIENCE} ms`, { cause: error })
      );
    } finally {
      this.#child.off("exit", onExit);
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    const exited = once(this.#child, "exit");
    if (this.#child.connected) this.tell("end");
    await exited;
    clearTimeout(timer);
  }
}

class NodePair implements Running {
  readonly #receiver: Worker;
  readonly #sender: Worker;

  constructor(receiver: Worker, sender: Worker) {
    this.#receiver = receiver;
    this.#sender = sender;
  }

  async reset(): Promise<void> {
    this.#receiver.tell("reset");
  }

  read(): Promise<Reading> {
    const reading = this.#receiver.hear("reading");
    this.#receiver.tell("read");
    return reading;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#sender.end(), this.#receiver.end()]);
  }
}

/** Two processes of ours: `<prefix>-receiver` and `<prefix>-sender`. With `profiles`, each leaves a CPU profile there. */
export function nodeContestant(
  contestant: Pick<Contestant, "name" | "sizes"> & {
    readonly prefix: string;
    /** What the workers are given beside the UDP port and the size. */
    readonly args?: readonly number[];
  },
  profiles?: string,
): Contestant {
  const { name, sizes, prefix, args = [] } = contestant;
  return {
    name,
    sizes,
    start: async (size) => {
      const receiver = new Worker(`${prefix}-receiver`, [0, size, ...args], profiles);
      try {
        const { udpPort } = await receiver.hear("ready");
        const sender = new Worker(`${prefix}-sender`, [udpPort, size, ...args], profiles);
        const pair = new NodePair(receiver, sender);
        try {
          await sender.hear("ready");
          return pair;
        } catch (error) {
          await pair.stop();
          throw error;
        }
      } catch (error) {
        await receiver.end();
        throw error;
      }
    },
  };
}
