import type { Association } from "../message/association.ts";
import type { CloseInfo } from "../message/errors.ts";
import {
  addressChange,
  associationChange,
  associationEnd,
  associationReset,
  type Notification,
  remoteError,
  sendFailed,
  shutdownEvent,
  streamChange,
  streamReset,
} from "./notifications.ts";

/** A socket, as far as it is told of. */
export interface Announced {
  readonly destroyed: boolean;
  readonly localAddress: string | undefined;
  readonly localAddresses: readonly string[] | undefined;
  readonly remoteAddress: string | undefined;
  readonly remoteAddresses: readonly string[] | undefined;
  emit(event: string, ...values: readonly unknown[]): boolean;
}

/** Emits what becomes of a socket's association: `notification`, `address-change`, `peer-info-update`, `restart`. */
export class Announcer {
  readonly #socket: Announced;
  #addresses = "";

  constructor(socket: Announced) {
    this.#socket = socket;
  }

  /** The socket is that of `association` now. */
  start(association: Association): void {
    this.#addresses = this.#addressesNow();
    association.on("path", (event) => {
      const notification = addressChange(event);
      if (notification !== undefined) this.#notify(notification);
      this.addresses();
      this.#socket.emit("peer-info-update");
    });
    association.on("restart", () => {
      this.#notify(associationChange("SCTP_RESTART", association));
      this.#socket.emit("restart");
    });
    association.on("failed", (message) => this.#notify(sendFailed(message)));
    association.on("remoteError", (causes) => this.#notify(remoteError(causes)));
    association.on("streamsReset", (event) => this.#notify(streamReset(event)));
    association.on("associationReset", (event) => this.#notify(associationReset(event)));
    association.on("streamsAdded", (event) => this.#notify(streamChange(event, association)));
    association.on("shutdown", () => this.#notify(shutdownEvent()));
  }

  up(association: Association): void {
    this.#notify(associationChange("SCTP_COMM_UP", association));
  }

  closed(info: CloseInfo, association: Association): void {
    this.#notify(associationEnd(info, association));
  }

  /** Addresses may have changed. */
  addresses(): void {
    const now = this.#addressesNow();
    if (now === this.#addresses) return;
    this.#addresses = now;
    this.#socket.emit("address-change");
  }

  #notify(notification: Notification): void {
    if (!this.#socket.destroyed) this.#socket.emit("notification", notification);
  }

  #addressesNow(): string {
    const { localAddress, localAddresses, remoteAddress, remoteAddresses } = this.#socket;
    return JSON.stringify([localAddress, localAddresses, remoteAddress, remoteAddresses]);
  }
}
