import type { AssociationConfig } from "../../association/config.ts";
import type { IpAddress } from "../../base/address.ts";
import { SctpError } from "../../base/error.ts";
import { localAddressesTowards } from "../../driver/index.ts";
import type { Association } from "./association.ts";
import { type Binding, leaseDriver, openBinding } from "./binding.ts";
import { checkOptions } from "./checks.ts";
import { protocolParameters } from "./config-options.ts";
import { Deadline } from "./deadline.ts";
import { peerAddresses } from "./names.ts";
import {
  type ConnectOptions,
  checkCarrier,
  connectChecks,
  DEFAULT_CONNECT_TIMEOUT,
  DEFAULT_UDP_PORT,
  listOf,
  type PeerOptions,
  peerChecks,
} from "./options.ts";

/**
 * Opens an association from an SCTP port of its own, which goes with it.
 *
 * Rejects with ERR_SCTP_INVALID_OPTION before any socket opens; ERR_SCTP_INVALID_ADDRESS, ERR_SCTP_LOOKUP; the errors
 * of binding (ERR_SCTP_PORT_IN_USE, ERR_SCTP_ADDRESS_UNAVAILABLE, ERR_SCTP_PERMISSION, ERR_SCTP_SOCKET);
 * ERR_SCTP_CONNECT_TIMEOUT, ERR_SCTP_NO_ANSWER, ERR_SCTP_REFUSED; and with the signal's reason. Then nothing stays
 * open.
 */
export async function connect(options: ConnectOptions): Promise<Association> {
  checkOptions("connect()", options, connectChecks, ["port", "addresses"]);
  checkCarrier("connect()", options, ["localAddresses", "localUdpPort"]);
  const config = protocolParameters("connect()", options);
  return withDeadline(options, async (deadline) => {
    const addresses = await resolvePeer(options, deadline);
    const binding = await clientBinding(options, addresses, config);
    const sources = await routesTo(binding, addresses);
    const connecting = dial(binding, options, { addresses, sources, config, deadline });
    // Its one association keeps it open from now on, and nothing else.
    binding.close();
    try {
      return await connecting;
    } catch (error) {
      await binding.released;
      throw error;
    }
  });
}

/** `endpoint.connect`: from a port that is there already. `base` are the parameters of the endpoint. */
export async function connectFrom(
  binding: Binding,
  options: PeerOptions,
  base: Partial<AssociationConfig>,
): Promise<Association> {
  checkOptions("endpoint.connect()", options, peerChecks, ["port", "addresses"]);
  const config = protocolParameters("endpoint.connect()", options, base);
  return withDeadline(options, async (deadline) => {
    const addresses = await resolvePeer(options, deadline);
    const sources = await routesTo(binding, addresses);
    return dial(binding, options, { addresses, sources, config, deadline });
  });
}

async function clientBinding(
  options: ConnectOptions,
  peer: readonly IpAddress[],
  config: Partial<AssociationConfig>,
): Promise<Binding> {
  const carried = options.socket !== undefined || options.transport !== undefined;
  const local = options.localAddresses;
  const addresses = local !== undefined ? listOf(local) : carried ? [] : await localAddressesTowards(peer);
  if (addresses.length === 0 && !carried) {
    throw new SctpError(
      "ERR_SCTP_ADDRESS_UNAVAILABLE",
      `connect(): this machine has no route to ${peer.join(", ")}: check its addresses and routes, or name localAddresses`,
    );
  }
  let binding: Binding | undefined;
  const lease = await leaseDriver(options, {
    // RFC 6951 §5.1: the local port, too; a client needs none that is known.
    udpPort: options.localUdpPort ?? 0,
    addresses,
    onAddresses: (now) => binding?.onAddresses(now),
  });
  const { localPort: port = 0, capture } = options;
  binding = await openBinding(lease, { port, config, listening: false, capture });
  return binding;
}

function resolvePeer(options: PeerOptions, deadline: Deadline): Promise<IpAddress[]> {
  return deadline.race(peerAddresses(listOf(options.addresses)));
}

/** The system's own choice of source for each address that it has a route to: the INIT leaves from there. */
async function routesTo(
  binding: Binding,
  addresses: readonly IpAddress[],
): Promise<ReadonlyMap<IpAddress, IpAddress>> {
  const sources = new Map<IpAddress, IpAddress>();
  const ask = async (address: IpAddress): Promise<void> => {
    const source = await binding.driver.route(address);
    if (source !== undefined) sources.set(address, source);
  };
  await Promise.all(addresses.map(ask));
  return sources;
}

/** RFC 9260 §11.1.2, ASSOCIATE. `async`, so that what the core throws at once rejects like the rest. */
async function dial(
  binding: Binding,
  options: PeerOptions,
  to: {
    readonly addresses: readonly IpAddress[];
    readonly sources: ReadonlyMap<IpAddress, IpAddress>;
    readonly config: Partial<AssociationConfig>;
    readonly deadline: Deadline;
  },
): Promise<Association> {
  const target = {
    port: options.port,
    addresses: to.addresses,
    sources: to.sources,
    // RFC 6951 §5.1: the remote port can be given, and is 9,899 else.
    udpPort: options.udpPort ?? DEFAULT_UDP_PORT,
    config: to.config,
  };
  return binding.connect(target, to.deadline.signal);
}

async function withDeadline<T>(options: PeerOptions, work: (deadline: Deadline) => Promise<T>): Promise<T> {
  const timeout = options.timeout ?? DEFAULT_CONNECT_TIMEOUT;
  const late = (): SctpError => {
    const where = `${listOf(options.addresses).join(", ")}, SCTP port ${options.port}`;
    return new SctpError(
      "ERR_SCTP_CONNECT_TIMEOUT",
      `no answer from ${where} within ${timeout} ms. UDP says nothing of a dead port: check that the peer listens at ` +
        `one of these addresses, on UDP port ${options.udpPort ?? DEFAULT_UDP_PORT} and on that SCTP port, and that ` +
        "no firewall drops UDP in between",
    );
  };
  const deadline = new Deadline(timeout, options.signal, late);
  try {
    return await work(deadline);
  } finally {
    deadline.clear();
  }
}
