import { freeUdpPort, type Peer, type PeerOptions, startPeer } from "../../test/interop/peer.ts";
import type { Stack } from "../../test/interop/stack.ts";
import { monotonicMs } from "../workers/worker.ts";
import type { Contestant, Load, Receiving, Sending, Spot } from "./contestant.ts";

/** What the libraries' own UDP sockets hold by default would lose packets; ours ask for as much. */
const UDP_BUFFER = 4_194_304;
/** More than any measurement sends: its processes are ended before. */
const ENDLESS = 1e12;
/** In a namespace of its own any port is free. */
const NAMESPACE_PORT = 9_899;

/** Another stack, in two processes of our little program around it. */
export function peerContestant(identity: Pick<Contestant, "name" | "label">, stack: Stack): Contestant {
  const program = stack.prepare();
  return {
    ...identity,
    kind: "peer",
    largest: stack.largest,
    ...(program.available ? {} : { missing: `${program.reason}; to install it: ${program.hint}` }),
    receive: (load) => receive(stack, load),
    send: (load, udpPort) => send(stack, load, udpPort),
  };
}

/** Starts the program of a stack where it is to be. */
async function start(stack: Stack, spot: Spot, load: Load, options: Partial<PeerOptions>): Promise<Peer> {
  const { addresses, namespace } = spot;
  const { buffer, streams } = load;
  return startPeer(
    {
      port: stack.ports.peer,
      localAddresses: addresses,
      udpPort: namespace === undefined ? await freeUdpPort() : NAMESPACE_PORT,
      udpBuffer: UDP_BUFFER,
      streams: Math.max(16, streams),
      ...(buffer === undefined ? {} : { receiveBuffer: buffer, sendBuffer: Math.max(buffer, load.size) }),
      ...options,
    },
    namespace === undefined ? stack : within(stack, namespace),
  );
}

/** The same stack, its program run in a network namespace. */
function within(stack: Stack, namespace: string): Stack {
  return {
    ...stack,
    prepare: () => {
      const program = stack.prepare();
      if (!program.available) return program;
      return { ...program, command: ["ip", "netns", "exec", namespace, ...program.command] };
    },
  };
}

async function receive(stack: Stack, load: Load): Promise<Receiving> {
  if (load.timed === "gaps") return receiveOneByOne(stack, load);
  const sink = await start(stack, load.place.receiver, load, { mode: "sink" });
  await sink.setMode("sink", { hash: false });
  let since = performance.now();
  return {
    udpPort: sink.options.udpPort,
    pid: sink.pid ?? 0,
    reset: async () => {
      await sink.sink({ reset: true });
      since = performance.now();
    },
    read: async () => {
      const { bytes, messages, ns } = await sink.sink();
      return { bytes, messages, ms: performance.now() - since, spanMs: ns / 1e6, gapMs: 0 };
    },
    end: () => sink.kill(),
  };
}

/** Each message is told of, with its time: for loads that the program's output keeps up with. */
async function receiveOneByOne(stack: Stack, load: Load): Promise<Receiving> {
  const peer = await start(stack, load.place.receiver, load, { mode: "report" });
  let [from, since] = [0, monotonicMs()];
  return {
    udpPort: peer.options.udpPort,
    pid: peer.pid ?? 0,
    reset: async () => {
      from = peer.events.length;
      since = monotonicMs();
    },
    read: async () => {
      const now = monotonicMs();
      const messages = peer.events.slice(from).filter((event) => event.event === "message");
      const times = [since, ...messages.map(({ at }) => at / 1e6), now];
      const gaps = times.map((time, index) => time - (times[index - 1] ?? time));
      return {
        bytes: messages.reduce((sum, { length }) => sum + length, 0),
        messages: messages.length,
        ms: now - since,
        spanMs: (times.at(-2) ?? now) - (times[1] ?? now),
        gapMs: gaps.reduce((longest, gap) => Math.max(longest, gap), 0),
      };
    },
    end: () => peer.kill(),
  };
}

async function send(stack: Stack, load: Load, udpPort: number): Promise<Sending> {
  const { place, size, streams, bytes = ENDLESS } = load;
  const { ours: port, peer } = stack.ports;
  const source = await start(stack, place.sender, load, { port, listen: false });
  try {
    await source.connect({ addresses: place.receiver.addresses, port: peer, udpPort });
    await source.up();
  } catch (error) {
    await source.kill();
    throw error;
  }
  return {
    pid: source.pid ?? 0,
    go: async () => {
      await source.command("source", { bytes, size, streams });
    },
    end: () => source.kill(),
  };
}
