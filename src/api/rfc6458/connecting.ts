import type { AssociationConfig } from "../../association/config.ts";
import type { IpAddress } from "../../base/address.ts";
import { boundNow, ensureBound } from "./binding.ts";
import { SocketError, translating } from "./errors.ts";
import type { SocketPort } from "./port.ts";
import { type ReadAddress, readSockAddrs } from "./sockaddr.ts";
import type { SocketAssociation } from "./socket-association.ts";
import { MAX_ADDRESSES, type SocketState } from "./socket-state.ts";
import type { SctpInitMsg } from "./structures.ts";

/** What is set up: the peer's addresses, with what SCTP_INIT says of it. */
export interface SetUp {
  readonly addresses: readonly ReadAddress[];
  readonly init?: Partial<SctpInitMsg> | undefined;
  /** Sources by destination, where the route was asked for. */
  readonly sources?: ReadonlyMap<IpAddress, IpAddress>;
}

/** connect() and sctp_connectx() (RFC 6458 §9.9): resolves with the id when the association is up. */
export async function connect(socket: SocketState, syscall: string, values: unknown): Promise<number> {
  const addresses = readPeer(socket, syscall, values);
  checkMayConnect(socket, syscall, addresses);
  const port = await ensureBound(socket, syscall);
  const sources = await routesTo(port, addresses);
  const association = begin(socket, syscall, { addresses, sources });
  await settled(socket, association, syscall, addresses);
  return association.id;
}

/** The immediate form: begins, and throws EINPROGRESS with the association's id. */
export function connectNow(socket: SocketState, syscall: string, values: unknown): never {
  const addresses = readPeer(socket, syscall, values);
  checkMayConnect(socket, syscall, addresses);
  socket.throwError(syscall);
  if (boundNow(socket, syscall) === undefined) throw new SocketError("EAGAIN", syscall, BEING_BOUND);
  const { id } = begin(socket, syscall, { addresses });
  throw new SocketError(
    "EINPROGRESS",
    syscall,
    `association ${id} is being set up: SO_ERROR or SCTP_ASSOC_CHANGE tell how it went`,
    {
      assoc_id: id,
    },
  );
}

export const BEING_BOUND = "the socket is being bound to a port: try again, or await bind() before";

/** Reads the addresses of a peer: one at least, one port, no wildcard. */
export function readPeer(socket: SocketState, syscall: string, values: unknown): ReadAddress[] {
  socket.checkOpen(syscall);
  const addresses = readSockAddrs(syscall, values, socket.addressRules);
  const [first] = addresses;
  if (addresses.length > MAX_ADDRESSES) {
    throw new SocketError("EINVAL", syscall, `${addresses.length} addresses are more than ${MAX_ADDRESSES}`);
  }
  for (const { address, port, isWildcard } of addresses) {
    if (isWildcard) throw new SocketError("EINVAL", syscall, `${address} is a wildcard, and no peer`);
    if (port === 0)
      throw new SocketError("EINVAL", syscall, `${address} has no port: nobody listens on port 0`);
    if (port !== first?.port) {
      throw new SocketError("EINVAL", syscall, `a peer has one port, not ${first?.port} and ${port}`);
    }
  }
  return addresses;
}

/** The association with the peer at that address and port, if there is one. */
export function findPeer(socket: SocketState, { address, port }: ReadAddress): SocketAssociation | undefined {
  for (const core of socket.port?.endpoint.find(port, address) ?? []) {
    const association = socket.associationOf(core);
    if (association !== undefined) return association;
  }
  return undefined;
}

/** Begins an association from a bound socket. */
export function begin(socket: SocketState, syscall: string, setUp: SetUp): SocketAssociation {
  const port = socket.bound(syscall);
  checkMayConnect(socket, syscall, setUp.addresses);
  const { addresses, init, sources } = setUp;
  const core = translating(syscall, () =>
    port.endpoint.connect(port.driver.now(), {
      port: addresses[0]?.port ?? 0,
      addresses: addresses.map(({ address }) => address),
      udpPort: socket.defaults.encapsulationPort,
      config: { ...socket.config, ...initChanges(init) },
      ...(sources === undefined ? {} : { sources }),
    }),
  );
  const association = socket.adopt(core);
  socket.error = undefined;
  port.add(association);
  port.driver.wake();
  return association;
}

/** RFC 6458 §5.3.1: 0 is the endpoint's value. */
export function initChanges(init: Partial<SctpInitMsg> = {}): Partial<AssociationConfig> {
  const { sinit_num_ostreams, sinit_max_instreams, sinit_max_attempts, sinit_max_init_timeo } = init;
  return {
    ...(sinit_num_ostreams ? { outboundStreams: sinit_num_ostreams } : {}),
    ...(sinit_max_instreams ? { inboundStreams: sinit_max_instreams } : {}),
    ...(sinit_max_attempts ? { maxInitRetransmits: sinit_max_attempts } : {}),
    ...(sinit_max_init_timeo ? { initRtoMax: sinit_max_init_timeo } : {}),
  };
}

function checkMayConnect(socket: SocketState, syscall: string, addresses: readonly ReadAddress[]): void {
  socket.checkOpen(syscall);
  const known = addresses.map((address) => findPeer(socket, address)).find((each) => each !== undefined);
  const present = socket.single ?? known;
  if (present !== undefined) {
    throw present.isUp
      ? new SocketError("EISCONN", syscall, "there is an association with that peer already")
      : new SocketError("EALREADY", syscall, "an association with that peer is being set up already");
  }
  if (socket.style === "one-to-many") return;
  if (socket.isListening)
    throw new SocketError("EOPNOTSUPP", syscall, "the socket listens: it cannot connect");
  // RFC 6458 §4: one-to-one sockets "can be connected ... at most once".
  if (socket.wasConnected) {
    throw new SocketError("EISCONN", syscall, "the socket was connected before: make another one");
  }
}

/** Waits for the end of the handshake. */
async function settled(
  socket: SocketState,
  association: SocketAssociation,
  syscall: string,
  addresses: readonly ReadAddress[],
): Promise<void> {
  while (!association.isUp && !association.hasEnded) {
    await new Promise<void>((resolve) => association.waiters.push(resolve));
  }
  if (association.isUp) return;
  const where = addresses.map(({ address, port }) => `${address} port ${port}`).join(", ");
  const { code, text } = association.failure ?? { code: "ECONNABORTED", text: "the socket was closed" };
  // Told here; SO_ERROR is for those who did not wait.
  socket.error = undefined;
  throw new SocketError(code, syscall, `${where}: ${text}`);
}

/** The system's own choice of source for each address that it has a route to: the INIT leaves from there. */
async function routesTo(
  port: SocketPort,
  addresses: readonly ReadAddress[],
): Promise<ReadonlyMap<IpAddress, IpAddress>> {
  const sources = new Map<IpAddress, IpAddress>();
  const ask = async ({ address }: ReadAddress): Promise<void> => {
    const source = await port.driver.route(address);
    if (source !== undefined) sources.set(address, source);
  };
  await Promise.all(addresses.map(ask));
  return sources;
}
