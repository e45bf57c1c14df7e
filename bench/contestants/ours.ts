import type { ProtocolOptions } from "../../src/api/message/index.ts";
import { Worker, type WorkerOptions } from "../worker-process.ts";
import type { ReceiverOptions } from "../workers/usctp-receiver.ts";
import type { SenderOptions } from "../workers/usctp-sender.ts";
import type { Reading } from "../workers/worker.ts";
import type { Contestant, Load, Receiving, Sending } from "./contestant.ts";

/** RFC 6951's UDP payload of a full packet on a link of 1,500 bytes, less what IP options or tunnels may take. */
export const DATAGRAM = 1_452;

type Identity = Pick<Contestant, "name" | "label">;

/** This library, through its message API. */
export function ourContestant(
  identity: Identity,
  protocol: ProtocolOptions,
  profiles: string | undefined,
): Contestant {
  const optionsOf = ({ buffer }: Load): ProtocolOptions =>
    buffer === undefined ? protocol : { ...protocol, receiveBuffer: buffer, sendBuffer: buffer };
  return {
    ...identity,
    kind: "ours",
    largest: 67_108_864,
    protocol,
    async receive(load) {
      const { addresses, namespace } = load.place.receiver;
      const given: ReceiverOptions = {
        addresses,
        protocol: optionsOf(load),
        timed: load.timed !== undefined,
      };
      return receiving(await Worker.start("usctp-receiver", given, { profiles, namespace }));
    },
    async send(load, udpPort) {
      const { place, size, streams, way, bytes = Number.MAX_SAFE_INTEGER } = load;
      const given: SenderOptions = {
        addresses: place.receiver.addresses,
        localAddresses: place.sender.addresses,
        udpPort,
        size,
        count: Math.ceil(bytes / size),
        streams,
        way,
        protocol: optionsOf(load),
      };
      const { namespace } = place.sender;
      return sending(await Worker.start("usctp-sender", given, { profiles, namespace }));
    },
  };
}

/** A loop over bare datagrams, frozen: other figures are judged by it. */
export function yardstick(
  identity: Identity,
  prefix: "dgram" | "shaped",
  profiles: string | undefined,
): Contestant {
  const start = (name: string, given: object, options: WorkerOptions): Promise<Worker> =>
    Worker.start(`${prefix}-${name}`, given, { profiles, ...options });
  return {
    ...identity,
    kind: "yardstick",
    largest: DATAGRAM,
    async receive({ place: { receiver } }) {
      return receiving(await start("receiver", receiver, { namespace: receiver.namespace }));
    },
    async send({ place, size }, udpPort) {
      const { addresses } = place.receiver;
      const given = { addresses, localAddresses: place.sender.addresses, udpPort, size };
      return sending(await start("sender", given, { namespace: place.sender.namespace }));
    },
  };
}

function receiving(worker: Worker): Receiving {
  return {
    udpPort: worker.udpPort,
    pid: worker.pid,
    reset: () => worker.ask("reset"),
    read: () => worker.ask<Reading>("read"),
    end: () => worker.end(),
  };
}

function sending(worker: Worker): Sending {
  return { pid: worker.pid, go: () => worker.ask("go"), end: () => worker.end() };
}
