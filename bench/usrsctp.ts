import { freeUdpPort, startPeer } from "../test/interop/peer.ts";
import { usrsctp } from "../test/interop/usrsctp/stack.ts";
import type { Contestant, Running } from "./contestant.ts";

/** Longer than any measurement, ms: its processes are ended before. */
const LONG = 600_000;
/** What the library's own UDP sockets hold by default, 128 KiB, would lose packets; ours ask for as much. */
const UDP_BUFFER = 4_194_304;

/** The C library, in two processes of our little program around it. */
export function usrsctpContestant(sizes: readonly number[]): Contestant {
  const program = usrsctp.prepare();
  const name = "usrsctp";
  if (program.available) return { name, sizes, start };
  return { name, sizes, start, missing: `${program.reason}; to install it: ${program.hint}` };
}

async function start(size: number): Promise<Running> {
  const common = { localAddresses: ["127.0.0.1"], udpBuffer: UDP_BUFFER };
  const [sinkPort, sourcePort] = [await freeUdpPort(), await freeUdpPort()];
  const sink = await startPeer({ ...common, port: 5_001, udpPort: sinkPort, mode: "sink" });
  const source = await startPeer({ ...common, port: 5_002, udpPort: sourcePort, listen: false });
  const stop = async (): Promise<void> => {
    await Promise.all([source.kill(), sink.kill()]);
  };
  try {
    await sink.setMode("sink", { hash: false });
    await source.connect({ addresses: ["127.0.0.1"], port: 5_001, udpPort: sinkPort });
    await source.up();
    await sink.up();
    await source.command("source", { ms: LONG, size });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    reset: async () => {
      await sink.sink({ reset: true });
    },
    read: async () => {
      const { bytes, messages, ns } = await sink.sink();
      return { bytes, messages, ms: ns / 1e6 };
    },
    stop,
  };
}
