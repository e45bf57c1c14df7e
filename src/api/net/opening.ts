import type { IpAddress } from "../../base/address.ts";
import { SctpError } from "../../base/error.ts";
import { localAddressesTowards } from "../../driver/index.ts";
import type { Association } from "../message/association.ts";
import { connect } from "../message/connect.ts";
import { Deadline } from "../message/deadline.ts";
import { peerAddresses } from "../message/names.ts";
import { DEFAULT_CONNECT_TIMEOUT, DEFAULT_UDP_PORT, type IncomingInfo, listOf } from "../message/options.ts";
import { createServer, type Server } from "../message/server.ts";
import { listens, othersListen } from "./listening.ts";
import type { ConnectPlan } from "./options.ts";
import { type AdoptedTransport, adoptDgramSocket } from "./transport.ts";

/** An association, and what is over when everything that it brought with it is given back. */
export interface Opened {
  readonly association: Association;
  released(): Promise<void>;
}

/** Opens an association, or waits for the peer to do so. Rejects as `connect` of the message API does. */
export async function open(plan: ConnectPlan, signal: AbortSignal): Promise<Opened> {
  return plan.passive ? awaitPeer(plan, signal) : openTowards(plan, signal);
}

async function openTowards(plan: ConnectPlan, signal: AbortSignal): Promise<Opened> {
  await othersListen();
  const timeout = plan.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT;
  const own = await ownTransport(plan, signal, timeout);
  const remote = plan.remote ?? own?.peer?.address;
  if (remote === undefined) {
    await own?.transport.close();
    throw new SctpError(
      "ERR_SCTP_INVALID_OPTION",
      'connect(): where is the peer? Give "udpPeer", or connect the udpTransport before',
    );
  }
  const association = await connect({
    ...plan.protocol,
    ...plan.limits,
    port: plan.port,
    addresses: remote,
    localPort: plan.localPort,
    udpPort: plan.udpPort ?? own?.peer?.port,
    timeout,
    signal,
    ...(own === undefined
      ? { localAddresses: plan.local, localUdpPort: plan.localUdpPort }
      : { transport: own.transport }),
  });
  return { association, released: () => association.close() };
}

/** The other side opens (`passive`). */
async function awaitPeer(plan: ConnectPlan, signal: AbortSignal): Promise<Opened> {
  const timeout = plan.connectTimeout ?? Number.POSITIVE_INFINITY;
  const late = (): SctpError =>
    new SctpError("ERR_SCTP_CONNECT_TIMEOUT", `no peer has connected within ${timeout} ms`);
  const deadline = new Deadline(timeout, signal, late);
  try {
    const listening = listenForOne(plan, deadline);
    // A transport of the caller's may be bound much later, and nobody shall wait for that.
    const { server, arrived } = await (plan.udpTransport === undefined ? listens(listening) : listening);
    try {
      const association = await deadline.race(arrived);
      // No other one. What is there lives on.
      const closed = server.close();
      return { association, released: () => closed };
    } catch (error) {
      await server.close({ associations: "abort" });
      throw error;
    }
  } finally {
    deadline.clear();
  }
}

interface WaitingServer {
  readonly server: Server;
  readonly arrived: Promise<Association>;
}

async function listenForOne(plan: ConnectPlan, deadline: Deadline): Promise<WaitingServer> {
  const own = await ownTransport(plan, deadline.signal, Number.POSITIVE_INFINITY);
  const remote = plan.remote ?? own?.peer?.address;
  try {
    const peers = remote === undefined ? undefined : await deadline.race(peerAddresses(listOf(remote)));
    const waiting = serverForOne(plan, peers);
    const where =
      own === undefined
        ? { addresses: plan.local ?? (await towards(peers)), udpPort: plan.localUdpPort ?? DEFAULT_UDP_PORT }
        : { transport: own.transport };
    await waiting.server.listen({ port: plan.localPort, ...plan.limits, ...where });
    return waiting;
  } catch (error) {
    await own?.transport.close();
    throw error;
  }
}

/** A server for one association, of one peer. */
function serverForOne(plan: ConnectPlan, peers: readonly string[] | undefined): WaitingServer {
  let taken = false;
  const server = createServer({
    ...plan.protocol,
    accept: (peer) => !taken && isExpected(peer, plan.port, peers),
  });
  const arrived = new Promise<Association>((resolve) => {
    server.on("association", (association) => {
      // Two may have been let in by the filter before either was up.
      if (taken) association.abort("another peer was first");
      taken = true;
      resolve(association);
    });
  });
  return { server, arrived };
}

/** Where `peers` are reached from; undefined for the default of a server, loopback. */
async function towards(peers: readonly IpAddress[] | undefined): Promise<readonly string[] | undefined> {
  const local = await localAddressesTowards(peers ?? []);
  return local.length === 0 ? undefined : local;
}

function isExpected(peer: IncomingInfo, port: number, addresses: readonly string[] | undefined): boolean {
  return (
    peer.remotePort === port &&
    (addresses === undefined || peer.remoteAddresses.some((address) => addresses.includes(address)))
  );
}

async function ownTransport(
  plan: ConnectPlan,
  signal: AbortSignal,
  timeout: number,
): Promise<AdoptedTransport | undefined> {
  const { udpTransport, remote } = plan;
  if (udpTransport === undefined) return undefined;
  const first = remote === undefined ? undefined : listOf(remote)[0];
  const late = (): SctpError =>
    new SctpError("ERR_SCTP_INVALID_STATE", `udpTransport was not bound within ${timeout} ms`);
  const deadline = new Deadline(timeout, signal, late);
  try {
    return await adoptDgramSocket(udpTransport, first, deadline.signal);
  } catch (error) {
    // `once` wraps the reason of a signal.
    throw deadline.signal.aborted ? deadline.signal.reason : error;
  } finally {
    deadline.clear();
  }
}
