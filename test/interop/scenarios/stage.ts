import { type Association, connect, createEndpoint, type Endpoint, type ProtocolOptions } from "usctp";
import { within } from "../limit.ts";
import type { Context } from "../matrix.ts";
import { ObservedTransport } from "../observed-transport.ts";
import { freeUdpPort, type Peer, type PeerOptions, startPeer } from "../peer.ts";
import { type Impairment, openRelay, type Relay } from "../relay.ts";

/** The library's own 128 KiB lose what comes faster than it is read, which is no matter of SCTP. */
const UDP_BUFFER = 4 << 20;

/** For a driver to end after its last association, ms. */
const CLOSE_LIMIT = 2_000;

export interface StageOptions {
  /** Of both sides. Default 127.0.0.1 alone. */
  readonly addresses?: readonly string[];
  /** A relay stands between the two, with this impairment to begin with. */
  readonly relay?: Impairment;
  readonly peer?: Partial<PeerOptions>;
  readonly ours?: ProtocolOptions;
  /** Done to the peer before the association. */
  readonly prepare?: (peer: Peer) => Promise<void>;
}

/** Our side of a stage. `revive` makes another one on the same ports. */
export interface OurSide {
  readonly transport: ObservedTransport;
  /** Listens and connects; undefined where the association is the only one, made by `connect`. */
  readonly endpoint: Endpoint | undefined;
}

/** Everything that a scenario plays with, put up on one machine. The context's end takes it away. */
export interface Stage {
  readonly addresses: readonly string[];
  readonly peer: Peer;
  readonly relay: Relay | undefined;
  /** Where our side finds the peer, and where the peer finds ours. */
  readonly toPeer: { readonly addresses: readonly string[]; readonly port: number; readonly udpPort: number };
  readonly toUs: { readonly addresses: readonly string[]; readonly port: number; readonly udpPort: number };
  readonly ours: OurSide;
  readonly options: StageOptions;
}

/** A stage with an association over which nothing was sent. */
export interface OpenStage extends Stage {
  readonly association: Association;
}

/** Puts up both sides, our one listening if `listening`; no association yet. */
export async function setStage(
  context: Context,
  options: StageOptions = {},
  listening: boolean = context.opener === "it connects",
): Promise<Stage> {
  const { ports } = context.stack;
  const addresses = options.addresses ?? ["127.0.0.1"];
  const ours = await openOurSide(context, options, { listening });
  const peer = await openPeer(context, {
    localAddresses: addresses,
    port: ports.peer,
    udpPort: await freeUdpPort(),
    udpBuffer: UDP_BUFFER,
    ...options.peer,
  });
  const relay =
    options.relay === undefined
      ? undefined
      : await openRelay({
          paths: addresses.map((address) => ({
            near: { address, port: ours.transport.port },
            far: { address, port: peer.options.udpPort },
          })),
          impairment: options.relay,
        });
  if (relay !== undefined) context.defer(() => relay.close());
  return {
    addresses,
    peer,
    relay,
    toPeer: { addresses, port: ports.peer, udpPort: relay?.nearPort ?? peer.options.udpPort },
    toUs: { addresses, port: ports.ours, udpPort: relay?.farPort ?? ours.transport.port },
    ours,
    options,
  };
}

/** Puts up both sides and opens an association the way round that the context says. */
export async function openStage(context: Context, options: StageOptions = {}): Promise<OpenStage> {
  const stage = await setStage(context, options);
  await options.prepare?.(stage.peer);
  context.progress("handshake");
  const association = await openAssociation(context, stage);
  return { ...stage, association };
}

async function openAssociation(context: Context, stage: Stage): Promise<Association> {
  const { peer, ours } = stage;
  if (ours.endpoint === undefined) {
    const association = await connectFrom(context, stage, ours.transport);
    await peer.up();
    return association;
  }
  const arrivals = ours.endpoint[Symbol.asyncIterator]();
  const arrival = arrivals.next();
  await peer.connect(stage.toUs);
  await peer.up();
  const { value } = await arrival;
  if (value === undefined) throw new Error("our endpoint was closed");
  return keepAssociation(context, value);
}

/** Connects from a transport of its own, as a client does. */
export async function connectFrom(
  context: Context,
  stage: Stage,
  transport: ObservedTransport,
): Promise<Association> {
  const { toPeer, options } = stage;
  return keepAssociation(
    context,
    await connect({
      transport,
      localPort: context.stack.ports.ours,
      capture: context.captureFile(),
      ...toPeer,
      ...options.ours,
    }),
  );
}

/** Opens sockets for our side, and an endpoint over them if it is to listen. */
export async function openOurSide(
  context: Context,
  options: StageOptions,
  { listening, udpPort = 0 }: { readonly listening: boolean; readonly udpPort?: number },
): Promise<OurSide> {
  const transport = await ObservedTransport.open({
    addresses: options.addresses ?? ["127.0.0.1"],
    port: udpPort,
  });
  context.defer(() => closed(transport));
  context.explain(() => transport.trace());
  if (!listening) return { transport, endpoint: undefined };
  const capture = context.captureFile();
  const port = context.stack.ports.ours;
  const endpoint = await createEndpoint({ transport, port, capture, ...options.ours });
  context.defer(() => endpoint.close({ associations: "abort" }));
  return { transport, endpoint };
}

/** The driver closes it, when the last association is over; without a driver that is up to us. */
async function closed(transport: ObservedTransport): Promise<void> {
  try {
    if (transport.started)
      await within(CLOSE_LIMIT, "the driver has not closed its transport", transport.closed);
  } finally {
    await transport.close();
  }
}

/** Starts a peer of the context's stack. It ends with the run. */
export async function openPeer(context: Context, options: PeerOptions): Promise<Peer> {
  const { stack } = context;
  const peer = await startPeer(options, stack);
  context.defer(() => peer.kill());
  context.explain(() => peer.events.slice(-200).map((event) => `${stack.name} ${JSON.stringify(event)}`));
  return peer;
}

/** Ends it with the run, which waits until what it has open is closed, captures too. */
export function keepAssociation(context: Context, association: Association): Association {
  context.defer(() => {
    association.abort();
    return association.close();
  });
  return association;
}
