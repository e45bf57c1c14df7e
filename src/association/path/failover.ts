import type { PathChange, PathState } from "../events.ts";
import type { Path } from "./path.ts";
import type { PathSet } from "./path-set.ts";

/** Told of every change that a user may want to know. */
export type PathListener = (change: PathChange, path: Path) => void;

/**
 * Counts errors per path and for the association (RFC 9260 §8.1, §8.2; RFC 7829 §3.2) and says what became of them.
 * The state of a path is what its counter says; this is the only place that moves the counters.
 */
export class Failover {
  readonly #paths: PathSet;
  readonly #listener: PathListener;
  /** Consecutive errors of the association (RFC 9260 §8.1). */
  errors = 0;

  constructor(paths: PathSet, listener: PathListener) {
    this.#paths = paths;
    this.#listener = listener;
  }

  /** T3-rtx expired, or a HEARTBEAT was not answered, on a path that carries the data. */
  onDataError(path: Path): void {
    this.errors += 1;
    this.#strike(path);
  }

  /**
   * A HEARTBEAT was not answered. RFC 9260 §8.1: on a path other than the one in use it "SHOULD NOT increment the
   * association error counter"; §5.4: nor when probing an unconfirmed address. Deviation: one may be all that the peer has
   * left of its addresses (RFC 5061 §5.3.2); if that did not count, nobody would notice that it is gone.
   */
  onHeartbeatError(path: Path): void {
    if (path === this.#paths.forData()) this.onDataError(path);
    else this.#strike(path);
  }

  /** RFC 9260 §8.2: clears the error counter, and reports what is active again. Data that went to this destination alone was acknowledged (RFC 7829 §3.2, 10), or a HEARTBEAT was. */
  onReachable(path: Path): void {
    const before = path.state;
    path.errors = 0;
    path.isSuspect = false;
    path.swallowed = 0;
    this.#tell(path, before);
  }

  /** The path has swallowed what it was sent. No error: those are timeouts (RFC 9260 §8.2). */
  suspect(path: Path): void {
    const before = path.state;
    path.isSuspect = true;
    this.#tell(path, before);
  }

  /** RFC 9260 §8.1: the counter is reset when data is acknowledged or a HEARTBEAT ACK comes. */
  onPeerAlive(): void {
    this.errors = 0;
  }

  /** RFC 9260 §5.4: the nonce came back. */
  confirm(path: Path): void {
    if (path.confirmed) return;
    path.confirmed = true;
    path.errors = 0;
    this.#listener("confirmed", path);
  }

  setPrimary(path: Path): void {
    if (path === this.#paths.primary) return;
    this.#paths.setPrimary(path);
    this.#listener("primary", path);
  }

  #strike(path: Path): void {
    const before = path.state;
    // RFC 6951 §5.5: no ICMP is needed to find that out. RFC 9260 §8.3: an unreachable path is still heartbeated, "but SHOULD stop increasing the counter".
    if (before === "unreachable") return;
    path.errors += 1;
    this.#tell(path, before);
    // RFC 7829 §5, 2, 3 and 6: past Primary.Switchover.Max.Retrans the path in use becomes the primary for good.
    if (path === this.#paths.primary && path.errors > path.config.primarySwitchoverMaxRetrans) {
      this.setPrimary(this.#paths.forData());
    }
  }

  /** RFC 9260 §11.2.3, NETWORK STATUS CHANGE. */
  #tell(path: Path, before: PathState): void {
    const after = path.state;
    if (after === before || after === "unconfirmed") return;
    this.#listener(after, path);
  }
}
