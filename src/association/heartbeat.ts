import { addressBytes, type IpAddress } from "../base/address.ts";
import { bytesEqualSecret, writeU64 } from "../base/bytes.ts";
import { randomU32 } from "../base/environment.ts";
import type { HeartbeatChunk } from "../packet/chunks/heartbeat.ts";
import type { Path } from "./path/path.ts";
import type { Tcb } from "./tcb.ts";

/** 64 random bits (RFC 9260 §5.4: "a 64-bit random nonce"). */
const NONCE_LENGTH = 8;
const NONCE_AT = 8;
const INFO_LENGTH = 32;
const MICROSECONDS = 1_000;

/** Whether HEARTBEATs are sent in this state (RFC 9260 §8.3: until SHUTDOWN or SHUTDOWN ACK is sent). */
export function sendsHeartbeats(tcb: Tcb): boolean {
  const { name } = tcb.state;
  return name === "established" || name === "shutdown-pending" || name === "shutdown-received";
}

/** Sets when the next HEARTBEAT of a path falls due, counted from now. */
export function scheduleHeartbeat(tcb: Tcb, path: Path, now: number): void {
  path.heartbeatAt = now + untilHeartbeat(tcb, path);
}

function untilHeartbeat(tcb: Tcb, path: Path): number {
  // RFC 9260 §5.4: an unconfirmed address is probed at once, and each RTO; past Path.Max.Retrans at the normal rate.
  if (!path.confirmed && path.state !== "unreachable") return 0;
  // RFC 9260 §8.3; RFC 7829 §3.2, 5: where heartbeats are off, HEARTBEATs "MUST NOT be sent", in no state.
  if (!path.config.heartbeats) return Number.POSITIVE_INFINITY;
  // RFC 7829 §3.2, 5: "HB.Interval ... MUST be ignored for destination addresses in PF state"; one an RTO.
  if (path.state === "potentially-failed" || path.state === "suspect") return 0;
  // RFC 6458 §8.1.12: an interval of 0 leaves the RTO. RFC 9260 §8.3: "RTO ... plus ... 'HB.interval', with jittering of +/- 50% of the RTO value".
  const jitter = randomU32(tcb.surroundings.environment) / 2 ** 32 - 0.5;
  return path.config.heartbeatInterval + path.rto.rto * (1 + jitter);
}

/** The Heartbeat Info is ours to choose: the time, the nonce, the destination (RFC 9260 §8.3). */
export function writeHeartbeat(tcb: Tcb, path: Path, source: IpAddress, now: number): HeartbeatChunk {
  const nonce = tcb.surroundings.environment.randomBytes(NONCE_LENGTH);
  path.pendingHeartbeat = { nonce, source, sentAt: now };
  path.heartbeatDue = false;
  path.heartbeatAt = now + path.rto.rto;
  path.lastMeasurableAt = now;
  tcb.statistics.heartbeatsSent += 1;
  return { type: "HEARTBEAT", info: infoOf(path, nonce, now) };
}

function infoOf(path: Path, nonce: Uint8Array, now: number): Uint8Array {
  const info = new Uint8Array(INFO_LENGTH);
  writeU64(info, 0, BigInt(Math.round(now * MICROSECONDS)));
  info.set(nonce, NONCE_AT);
  info.set(addressBytes(path.destination), NONCE_AT + NONCE_LENGTH);
  return info;
}

/** The HEARTBEAT of a probe for the path MTU: it measures nothing, and waits for no other one. */
export function writeProbeHeartbeat(tcb: Tcb, path: Path, now: number): HeartbeatChunk {
  const nonce = tcb.surroundings.environment.randomBytes(NONCE_LENGTH);
  path.probeNonce = nonce;
  return { type: "HEARTBEAT", info: infoOf(path, nonce, now) };
}

/** RFC 8899 §3, §4.1, §6.1.1, §6.2.1.2: "sending a nonce and verifying the information returned also contains the corresponding nonce". */
export function findByProbeInfo(tcb: Tcb, info: Uint8Array): Path | undefined {
  return tcb.paths.all.find(({ probeNonce }) => hasNonce(info, probeNonce));
}

/** The path whose HEARTBEAT this is the answer to: the nonce must be the one that went to it (RFC 9260 §5.4). */
export function findByHeartbeatInfo(tcb: Tcb, info: Uint8Array): Path | undefined {
  return tcb.paths.all.find(({ pendingHeartbeat }) => hasNonce(info, pendingHeartbeat?.nonce));
}

function hasNonce(info: Uint8Array, nonce: Uint8Array | undefined): boolean {
  if (info.length !== INFO_LENGTH || nonce === undefined) return false;
  return bytesEqualSecret(info.subarray(NONCE_AT, NONCE_AT + NONCE_LENGTH), nonce);
}
