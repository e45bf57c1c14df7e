import type { Association } from "../message/association.ts";
import type { MessageOptions } from "../message/message.ts";
import { systemError } from "./errors.ts";

type Callback = (error?: Error | null) => void;

/**
 * Messages of a socket and of its streams on their way into the association. Each waits here for the connection and
 * calls back when the association has room for the next one, so that at most one a stream is held.
 */
export class Outbound {
  #association: Association | undefined;
  /** Bytes handed to the association. */
  bytes = 0;
  readonly #unconnected: (() => void)[] = [];
  readonly #blocked: Callback[] = [];
  #failure: Error | undefined;

  start(association: Association): void {
    this.#association = association;
    association.on("drain", () => {
      for (const callback of this.#blocked.splice(0)) callback();
    });
    for (const send of this.#unconnected.splice(0)) send();
  }

  send(data: Uint8Array, options: MessageOptions, callback: Callback): void {
    const association = this.#association;
    if (this.#failure !== undefined) callback(this.#failure);
    else if (association === undefined) this.#unconnected.push(() => this.send(data, options, callback));
    else this.#hand(association, data, options, callback);
  }

  /** Nothing more will be sent: whoever waits is told. */
  end(error: Error): void {
    this.#failure = error;
    for (const send of this.#unconnected.splice(0)) send();
    for (const callback of this.#blocked.splice(0)) callback(error);
  }

  #hand(association: Association, data: Uint8Array, options: MessageOptions, callback: Callback): void {
    let hasRoom: boolean;
    try {
      hasRoom = association.trySend(data, options);
    } catch (error) {
      callback(systemError(error, "write"));
      return;
    }
    this.bytes += data.length;
    if (hasRoom) callback();
    else this.#blocked.push(callback);
  }
}
