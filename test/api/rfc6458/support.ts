import { setImmediate as turn } from "node:timers/promises";
import { type Host, Ladder, Network } from "@usctp/sim";
import {
  AF_INET,
  AF_INET6,
  type FullSockAddr,
  IPPROTO_SCTP,
  type NotificationType,
  type ReceivedMsg,
  SCTP_ASSOC_CHANGE,
  SCTP_EVENT,
  type SctpNotification,
  type SctpSocket,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SocketError,
  socket,
} from "usctp/socket";
import { expect } from "vitest";
import { ScriptedPeer } from "../../support/scripted-peer.ts";

export const PORT = 5_000;
/** Of the peers that tests play themselves. */
export const SCRIPTED_PORT = 6_000;

/** Two hosts with two paths between them, in virtual time; sockets live on them as on the drivers of a process. */
export class World {
  readonly network: Network;
  readonly ladder: Ladder;
  readonly a: Host;
  readonly z: Host;

  constructor(
    seed: number = 1,
    addresses: { readonly a?: readonly string[]; readonly z?: readonly string[] } = {},
  ) {
    this.network = new Network({ seed });
    this.a = this.network.host("A", { addresses: addresses.a ?? ["10.0.0.1", "10.0.1.1"] });
    this.z = this.network.host("Z", { addresses: addresses.z ?? ["10.0.0.2", "10.0.1.2"] });
    this.network.linkPairs(this.a, this.z);
    this.ladder = new Ladder(this.network);
  }

  socket(
    host: Host,
    type: typeof SOCK_STREAM | typeof SOCK_SEQPACKET = SOCK_STREAM,
    domain: typeof AF_INET | typeof AF_INET6 = AF_INET,
  ): SctpSocket {
    return socket(domain, type, IPPROTO_SCTP, { driver: host.driver });
  }

  /** A socket that listens at all addresses of its host. */
  async listener(
    host: Host,
    type: typeof SOCK_STREAM | typeof SOCK_SEQPACKET = SOCK_STREAM,
    domain: typeof AF_INET | typeof AF_INET6 = AF_INET,
  ): Promise<SctpSocket> {
    const listening = this.socket(host, type, domain);
    await listening.bind({ address: domain === AF_INET ? "0.0.0.0" : "::", port: PORT });
    await listening.listen(10);
    return listening;
  }

  /** Simulated time goes on, and promises with it. */
  async run(ms: number): Promise<void> {
    const end = this.network.now + ms;
    while (this.network.now < end) {
      await turn();
      this.network.run(Math.min(5, end - this.network.now));
    }
    await turn();
  }

  /** Simulated time goes on until the promise is settled. */
  async until<T>(promise: Promise<T>, most: number = 600_000): Promise<T> {
    let isSettled = false;
    const settled = promise.finally(() => {
      isSettled = true;
    });
    settled.catch(() => {});
    const end = this.network.now + most;
    for (await turn(); !isSettled && this.network.now < end; await turn()) this.network.run(5);
    if (!isSettled)
      throw new Error(
        `nothing came within ${most} ms; at the end:\n${String(this.ladder).split("\n").slice(-40).join("\n")}`,
      );
    return settled;
  }

  /** A peer that the test plays itself, packet by packet, with the sockets of a host at PORT. */
  scripted(peer: Host, address: string = "10.0.0.9"): ScriptedPeer {
    this.network.link(peer.addresses[0] ?? "", address, { oversize: "fragment" });
    return new ScriptedPeer(this.network, { address, port: SCRIPTED_PORT, peerPort: PORT, peer });
  }

  /** A one-to-one socket of A connected to one of Z that was accepted. */
  async pair(): Promise<{ here: SctpSocket; there: SctpSocket; listening: SctpSocket }> {
    const listening = await this.listener(this.z);
    const here = this.socket(this.a);
    await this.until(here.connect({ address: "10.0.0.2", port: PORT }));
    const there = await this.until(listening.accept());
    return { here, there, listening };
  }

  /** One-to-many sockets of A and Z with an association; its ids. */
  async many(): Promise<{ here: SctpSocket; there: SctpSocket; id: number; idThere: number }> {
    const there = await this.listener(this.z, SOCK_SEQPACKET);
    subscribe(there, SCTP_ASSOC_CHANGE);
    const here = this.socket(this.a, SOCK_SEQPACKET);
    const id = await this.until(here.connectx({ address: "10.0.0.2", port: PORT }));
    const { notification } = await this.until(there.recvmsg());
    const idThere = notification?.sn_type === SCTP_ASSOC_CHANGE ? notification.sac_assoc_id : 0;
    return { here, there, id, idThere };
  }
}

export function subscribe(to: SctpSocket, ...types: readonly NotificationType[]): void {
  for (const se_type of types) to.setsockopt(IPPROTO_SCTP, SCTP_EVENT, { se_type, se_on: 1, se_assoc_id: 2 });
}

/** Everything that can be read now. */
export function drain(from: SctpSocket): ReceivedMsg[] {
  const read: ReceivedMsg[] = [];
  for (;;) {
    try {
      const message = from.immediate.recvmsg();
      if (message.msg_flags === 0 && message.data.length === 0) return read;
      read.push(message);
    } catch (error) {
      if (codeOf(error) === "EAGAIN") return read;
      throw error;
    }
  }
}

/** The notifications that can be read now. */
export function notifications(from: SctpSocket): SctpNotification[] {
  return drain(from).flatMap(({ notification }) => (notification === undefined ? [] : [notification]));
}

/** Those of one type. */
export function only<T extends NotificationType>(
  all: readonly SctpNotification[],
  type: T,
): Extract<SctpNotification, { sn_type: T }>[] {
  return all.filter((one): one is Extract<SctpNotification, { sn_type: T }> => one.sn_type === type);
}

/** What was read, in order: the text of messages, and what happened of notifications. */
export function story(read: readonly ReceivedMsg[]): string[] {
  return read.map((message) => {
    const { notification } = message;
    if (notification === undefined) return text(message);
    if (notification.sn_type === "SCTP_ASSOC_CHANGE") return notification.sac_state;
    if (notification.sn_type === "SCTP_PEER_ADDR_CHANGE") return notification.spc_state;
    return notification.sn_type;
  });
}

export function text({ data }: { readonly data: Uint8Array }): string {
  return new TextDecoder().decode(data);
}

export function at(address: string, port: number = PORT): FullSockAddr {
  return { family: address.includes(":") ? AF_INET6 : AF_INET, address, port };
}

/** The errno name that a call throws with, and that its message is for people: it names the call. */
export function errno(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return codeOf(error);
  }
  return undefined;
}

/** The same of a promise. */
export async function errnoOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
  } catch (error) {
    return codeOf(error);
  }
  return undefined;
}

function codeOf(error: unknown): string {
  if (!(error instanceof SocketError)) throw error;
  expect(error.message).toContain(`${error.syscall}: ${error.code}: `);
  return error.code;
}

export { SOCK_SEQPACKET, SOCK_STREAM };
