import { onT4Expired } from "./asconf/results.ts";
import { localSources, mayReconfigure } from "./asconf/sources.ts";
import { askPath, probeWindow } from "./closed-window.ts";
import { handshakeTimeout } from "./handshake/begin.ts";
import { scheduleHeartbeat, sendsHeartbeats } from "./heartbeat.ts";
import { abort, close, closeIfUnreachable } from "./lifecycle.ts";
import { abandonRecovery } from "./loss-recovery/fast-recovery.ts";
import { onTailLossTimer, tailLossAt } from "./loss-recovery/tail-loss-probe.ts";
import { detectLosses } from "./loss-recovery/time-based.ts";
import { onDataTimeout, onProbeTimer, refreshMtu } from "./mtu-probes.ts";
import type { Path } from "./path/path.ts";
import { nextSource } from "./path/source-selection.ts";
import { onReconfigExpired } from "./reconfig/transmission.ts";
import { repeatForwardTsn } from "./reliability/forward-tsn.ts";
import { markTimedOut } from "./retransmission.ts";
import { beginShutdown } from "./shutdown.ts";
import { allowBurst, type Tcb } from "./tcb.ts";
import { dropUnsendable } from "./transmission.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** A timer of the association: when it expires, ms, Infinity when it is not running; and what it then does. */
interface Timer {
  readonly name: string;
  deadline(tcb: Tcb): number;
  expire(tcb: Tcb, now: number): void;
}

/** Every timer of an association, in the order in which those that expire together are served. */
const timers: readonly Timer[] = [
  /** T1-init: the INIT was not answered (RFC 9260 §5.1 A). */
  {
    name: "T1-init",
    deadline: (tcb) => (tcb.state.name === "cookie-wait" ? tcb.state.t1 : NEVER),
    expire: onT1Expired,
  },
  /** T1-cookie: the COOKIE ECHO was not answered (RFC 9260 §5.1.4). */
  {
    name: "T1-cookie",
    deadline: (tcb) => (tcb.state.name === "cookie-echoed" ? tcb.state.t1 : NEVER),
    expire: onT1Expired,
  },
  /** T5-shutdown-guard: the shutdown as a whole takes too long (RFC 9260 §9.2). */
  {
    name: "T5-shutdown-guard",
    deadline: (tcb) => (isShuttingDown(tcb) ? tcb.state.t5 : NEVER),
    expire: (tcb) => abort(tcb, "timed-out", { type: "USER-ABORT", reason: new Uint8Array(0) }),
  },
  /** T2-shutdown: SHUTDOWN or SHUTDOWN ACK was not answered (RFC 9260 §9.2). */
  {
    name: "T2-shutdown",
    deadline: (tcb) => (isShuttingDown(tcb) ? tcb.state.t2 : NEVER),
    expire: onT2Expired,
  },
  /** Delayed SACK: data has waited SACK.Delay for its acknowledgement (RFC 9260 §6.2). */
  {
    name: "delayed-sack",
    deadline: (tcb) => tcb.sack.deadline,
    expire: (tcb) => {
      tcb.sack.deadline = NEVER;
      tcb.sack.makeDue();
    },
  },
  /** T3-rtx of each path: data to it was not acknowledged (RFC 9260 §6.3.3). */
  {
    name: "T3-rtx",
    deadline: (tcb) => earliest(tcb, (path) => path.t3),
    expire: (tcb, now) => forEachExpired(tcb, now, (path) => path.t3, onT3Expired),
  },
  /** Tail-loss probe: a path has been silent for longer than its round trips explain, where there is another. */
  {
    name: "tail-loss",
    deadline: tailLossAt,
    expire: onTailLossTimer,
  },
  /** Reordering: what was sent before something that has arrived may still come until then (RFC 8985 §6.3). */
  {
    name: "reordering",
    deadline: (tcb) => tcb.reorderingAt,
    expire: detectLosses,
  },
  /** T4-RTO: an ASCONF was not acknowledged (RFC 5061 §5.1). */
  {
    name: "T4-rto",
    deadline: (tcb) => (mayReconfigure(tcb.state) ? (tcb.asconf?.outstanding?.t4 ?? NEVER) : NEVER),
    expire: onT4Expired,
  },
  /** Heartbeat of each path: one falls due, or was not answered within the RTO (RFC 9260 §8.3). */
  {
    name: "heartbeat",
    deadline: (tcb) => earliest(tcb, (path) => path.heartbeatAt),
    expire: (tcb, now) => forEachExpired(tcb, now, (path) => path.heartbeatAt, onHeartbeatExpired),
  },
  /** Path MTU: a probe was not answered, or the search begins anew (RFC 8899 §5.1.1: PROBE_TIMER, PMTU_RAISE_TIMER). */
  {
    name: "path-mtu",
    deadline: (tcb) => earliest(tcb, (path) => path.search?.deadline ?? NEVER),
    expire: (tcb, now) =>
      forEachExpired(
        tcb,
        now,
        (path) => path.search?.deadline ?? NEVER,
        (_, path) => onProbeTimer(tcb, path, now),
      ),
  },
  /** Re-configuration: a request was not answered, or is being worked at (RFC 6525 §5.1.1, §5.2.7 H2). */
  {
    name: "re-configuration",
    deadline: (tcb) => tcb.reconfig?.expiresAt ?? NEVER,
    expire: onReconfigExpired,
  },
  /** Lifetime: a message has waited too long for its turn (RFC 9260 §11.1.5). */
  {
    name: "lifetime",
    deadline: (tcb) => tcb.queue.expiry,
    expire: dropUnsendable,
  },
  /** Auto-close: no user data has come or gone for so long (RFC 6458 §8.1.8). */
  {
    name: "auto-close",
    deadline: autoCloseAt,
    expire: beginShutdown,
  },
  /** Closed window: its path is asked, lest the probe be lost as well (RFC 9260 §8.3 D). */
  {
    name: "closed-window",
    deadline: (tcb) => (tcb.probeAt === NEVER ? NEVER : tcb.askAt),
    expire: askPath,
  },
  /** Zero-window probe: the peer's window has been closed for an RTO (RFC 9260 §6.1 A). */
  {
    name: "window-probe",
    deadline: (tcb) => tcb.probeAt,
    expire: probeWindow,
  },
];

/** RFC 6458 §8.1.8. Re-armed lazily: whoever sends or receives a message assigns a time, and no more. */
function autoCloseAt(tcb: Tcb): number {
  const { autoClose } = tcb.config;
  return autoClose > 0 && tcb.state.name === "established" && tcb.accepted
    ? tcb.lastUseAt + autoClose
    : NEVER;
}

/** When the next timer expires, ms; Infinity when none runs. */
export function nextDeadline(tcb: Tcb): number {
  let next = NEVER;
  for (const timer of timers) next = Math.min(next, timer.deadline(tcb));
  return next;
}

/** Serves every timer that has expired. */
export function expireTimers(tcb: Tcb, now: number): void {
  // The queue of deadlines is re-armed lazily and may call early: then nothing has happened, and nothing may leave.
  let hasExpired = false;
  for (const timer of timers) {
    if (timer.deadline(tcb) > now) continue;
    hasExpired = true;
    timer.expire(tcb, now);
    if (tcb.state.name === "closed") return;
  }
  if (hasExpired) allowBurst(tcb, 0);
}

function isShuttingDown(
  tcb: Tcb,
): tcb is Tcb & { state: Extract<Tcb["state"], { readonly name: "shutdown-sent" | "shutdown-ack-sent" }> } {
  return tcb.state.name === "shutdown-sent" || tcb.state.name === "shutdown-ack-sent";
}

function earliest(tcb: Tcb, of: (path: Path) => number): number {
  let next = NEVER;
  for (const path of tcb.paths.all) next = Math.min(next, of(path));
  return next;
}

function forEachExpired(
  tcb: Tcb,
  now: number,
  of: (path: Path) => number,
  expire: (tcb: Tcb, path: Path, now: number) => void,
): void {
  for (const path of tcb.paths.all) {
    if (of(path) <= now && tcb.state.name !== "closed") expire(tcb, path, now);
  }
}

/** RFC 9260 §5.1, §5.1.4, §4: retransmitted up to Max.Init.Retransmits times, over all addresses of the peer in turn. */
function onT1Expired(tcb: Tcb, now: number): void {
  const { state } = tcb;
  if (state.name !== "cookie-wait" && state.name !== "cookie-echoed") return;
  if (state.attempts >= tcb.config.maxInitRetransmits) {
    close(tcb, "no-answer");
    return;
  }
  tcb.paths.forControl(state.attempts).rto.backOff();
  // Data that went with the COOKIE ECHO goes with it again.
  for (const path of tcb.paths.all) markTimedOut(tcb, path);
  state.attempts += 1;
  state.t1 = now + handshakeTimeout(tcb, tcb.paths.forControl(state.attempts));
  state.due = true;
}

/** RFC 9260 §9.2: resent up to Association.Max.Retrans times, over another address if there is one. */
function onT2Expired(tcb: Tcb, now: number): void {
  if (!isShuttingDown(tcb)) return;
  const { state } = tcb;
  const path = tcb.paths.forControl(state.attempts);
  path.rto.backOff();
  tcb.failover.onDataError(path);
  if (state.attempts >= tcb.config.associationMaxRetrans) {
    close(tcb, "timed-out");
    return;
  }
  if (closeIfUnreachable(tcb)) return;
  state.attempts += 1;
  state.t2 = now + tcb.paths.forControl(state.attempts).rto.rto;
  state.due = true;
}

function onT3Expired(tcb: Tcb, path: Path, now: number): void {
  path.stopT3();
  refreshMtu(tcb, path);
  // Until the COOKIE ACK, T1-cookie stands for the data that went with the COOKIE ECHO.
  if (tcb.state.name === "cookie-echoed") return;
  tcb.statistics.timeouts += 1;
  repeatForwardTsn(tcb);
  if (tcb.probeAnswered) {
    // RFC 9260 §6.1 A: a window probe that is not acknowledged, while SACKs come, "SHOULD NOT increment the error
    // counter", and "zero window probing does not affect the calculation of cwnd"; its interval grows all the same.
    tcb.probeAnswered = false;
    path.rto.backOff();
    markTimedOut(tcb, path);
    tcb.retransmitNow = true;
    return;
  }
  // RFC 9260 §6.3.3 E1, E2 and §7.2.3: the window, then the RTO.
  path.congestion.onTimeout();
  onDataTimeout(tcb, path);
  path.afterTimeout = true;
  path.rto.backOff();
  abandonRecovery(tcb);
  markTimedOut(tcb, path);
  // RFC 9260 §6.3.3 E3: one packet of what timed out leaves whatever cwnd says; the rest waits for cwnd.
  tcb.retransmitNow = true;
  tcb.failover.onDataError(path);
  if (closeIfUnreachable(tcb)) return;
  // RFC 7829 §3.2, 5: where heartbeats are off, HEARTBEATs "MUST NOT be sent" to a potentially failed path either.
  if (path.state === "active" || !path.config.heartbeats || path.pendingHeartbeat !== undefined) return;
  // RFC 7829 §3.2, 6: a potentially failed path is heartbeated, unless data goes on there and tells as much.
  if (tcb.paths.forRetransmission(path) !== path) path.heartbeatAt = now;
  else if (tryNextSource(tcb, path)) path.heartbeatAt = now;
}

function onHeartbeatExpired(tcb: Tcb, path: Path, now: number): void {
  path.heartbeatAt = NEVER;
  refreshMtu(tcb, path);
  if (!sendsHeartbeats(tcb)) return;
  const pending = path.pendingHeartbeat;
  if (pending !== undefined) {
    path.pendingHeartbeat = undefined;
    if (path.confirmed && pending.source !== path.source) {
      // Another source was tried and does not reach it; the one in use is not to blame.
      path.candidateSource = undefined;
    } else {
      onHeartbeatUnanswered(tcb, path);
      if (closeIfUnreachable(tcb)) return;
    }
    scheduleHeartbeat(tcb, path, now);
    if (path.heartbeatAt > now) return;
  }
  // RFC 9260 §8.3: only one HEARTBEAT at an expiry of the heartbeat timer, of which each address has its own.
  const at = allowedAt(tcb, path, now);
  if (at > now) path.heartbeatAt = at;
  else path.heartbeatDue = true;
}

function onHeartbeatUnanswered(tcb: Tcb, path: Path): void {
  path.rto.backOff();
  // RFC 7829 §3.2, 6: "the timeout of a HEARTBEAT chunk MAY be ignored if data is outstanding" there.
  if (path.flightSize === 0) tcb.failover.onHeartbeatError(path);
  if (!path.confirmed || isLastResort(tcb, path)) tryNextSource(tcb, path);
}

/**
 * A confirmed path has worked from its source, and is given the time to come back; but where no other path works, and
 * we have another address that reaches the destination, it may be ours that is cut off.
 */
function isLastResort(tcb: Tcb, path: Path): boolean {
  return path.state !== "active" && tcb.paths.all.every((other) => other.state !== "active");
}

/**
 * Until when a HEARTBEAT must wait that is due by its timer, ms; a moment and no span, for the sum of spans may come out
 * just short of it, again and again.
 */
function allowedAt(tcb: Tcb, path: Path, now: number): number {
  if (!path.confirmed && path.state !== "unreachable") {
    // RFC 9260 §5.4: "The number of packets containing HEARTBEAT chunks sent at each RTO SHOULD be limited by the
    // 'HB.Max.Burst' parameter", over all unconfirmed addresses.
    const renewed = tcb.confirmationsSince + path.rto.rto;
    if (now >= renewed) {
      tcb.confirmationsSince = now;
      tcb.confirmations = 0;
    } else if (tcb.confirmations >= tcb.config.heartbeatMaxBurst) {
      return renewed;
    }
    tcb.confirmations += 1;
    return now;
  }
  // RFC 9260 §8.3: only an idle address is heartbeated; one that was used waits a period from then.
  const period = path.config.heartbeatInterval + path.rto.rto;
  const isIdle = now - path.lastMeasurableAt >= period / 2;
  return path.state === "active" && !isIdle ? path.lastMeasurableAt + period : now;
}

/**
 * The address may be reachable from another address of ours; data follows when a HEARTBEAT from it is answered. Returns
 * whether there is one to try.
 */
function tryNextSource(tcb: Tcb, path: Path): boolean {
  const current = path.candidateSource ?? path.source;
  const choice = {
    destination: path.destination,
    candidates: localSources(tcb),
    routed: undefined,
    taken: new Set<never>(),
  };
  path.candidateSource = nextSource(choice, current);
  return path.candidateSource !== undefined;
}
