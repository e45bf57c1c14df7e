import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { IpAddress } from "usctp";
import type { FromReceiver, Sight, ToReceiver } from "./conversation.ts";

const program = fileURLToPath(new URL("receiver.ts", import.meta.url));

/** What the receiver said at the end. */
export type Finished = Extract<FromReceiver, { readonly type: "finished" }>;

/** The second process as the first one sees it. It ends with the first one, however that ends. */
export class ReceivingProcess {
  readonly #child: ChildProcess;
  readonly #killIt: () => void;
  /** What it has seen, as it last said. */
  sight: Sight = { delivered: 0, longestGap: 0, carried: {} };
  /** Resolves with its UDP port. This and `finished` reject when it fails or ends before. */
  readonly listening: Promise<number>;
  readonly finished: Promise<Finished>;

  constructor(addresses: readonly IpAddress[]) {
    // Node's arguments come along, and with them the loader that reads TypeScript.
    this.#child = fork(program, [...addresses], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#killIt = () => this.#child.kill("SIGKILL");
    process.once("exit", this.#killIt);
    this.listening = this.#hear((message) => (message.type === "listening" ? message.udpPort : undefined));
    this.finished = this.#hear((message) => (message.type === "finished" ? message : undefined));
    // Whoever waits for one of them is told; the other has nobody.
    this.listening.catch(() => {});
    this.finished.catch(() => {});
    this.#child.on("message", (message: FromReceiver) => {
      if (message.type === "sight" || message.type === "finished") this.sight = message.sight;
    });
  }

  tell(order: ToReceiver): void {
    if (this.#child.connected) this.#child.send(order);
  }

  /** Lets it go, or makes it. */
  async end(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = new Promise((resolve) => this.#child.once("exit", resolve));
      this.#child.kill("SIGKILL");
      await exited;
    }
    process.off("exit", this.#killIt);
  }

  #hear<T>(pick: (message: FromReceiver) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#child.on("message", (message: FromReceiver) => {
        const picked = pick(message);
        if (picked !== undefined) resolve(picked);
        else if (message.type === "failed") reject(new Error(`the receiving process: ${message.reason}`));
      });
      this.#child.once("error", reject);
      this.#child.once("exit", (code, signal) => {
        reject(new Error(`the receiving process ended too early (${signal ?? `exit code ${code}`})`));
      });
    });
  }
}
