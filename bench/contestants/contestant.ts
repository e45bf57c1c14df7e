import type { ProtocolOptions } from "../../src/api/message/index.ts";
import type { Way } from "../workers/usctp-sender.ts";
import type { Reading } from "../workers/worker.ts";

/** Where the two sides of a flow are. */
export interface Place {
  readonly name: string;
  readonly sender: Spot;
  readonly receiver: Spot;
}

export interface Spot {
  readonly addresses: readonly [string, ...string[]];
  /** The network namespace; undefined: that of the benchmark. */
  readonly namespace?: string;
}

export const loopback: Place = {
  name: "loopback",
  sender: { addresses: ["127.0.0.1"] },
  receiver: { addresses: ["127.0.0.1"] },
};

/** What is sent. */
export interface Load {
  readonly place: Place;
  /** Bytes of a message, or of a datagram where there are no messages. */
  readonly size: number;
  /** Messages go over so many in turn. */
  readonly streams: number;
  /** How messages are handed to the library; the peers know one way each. */
  readonly way: Way;
  /** Bytes in all; without it the flow goes on until it is stopped. */
  readonly bytes?: number;
  /** Of both SCTP sockets or associations, where it matters; else what each has by default. */
  readonly buffer?: number;
  /** The receiver tells spans, or gaps too. */
  readonly timed?: "span" | "gaps";
}

export interface Receiving {
  readonly udpPort: number;
  readonly pid: number;
  /** Counts from now on. */
  reset(): Promise<void>;
  read(): Promise<Reading>;
  end(): Promise<void>;
}

export interface Sending {
  readonly pid: number;
  /** Begins to send. */
  go(): Promise<void>;
  end(): Promise<void>;
}

/** Who takes part: a stack whose two sides talk to each other, or a loop of bare datagrams. */
export interface Contestant {
  /** For `--only` and for the JSON. */
  readonly name: string;
  /** For people. */
  readonly label: string;
  /** A yardstick has no protocol: it says what the machine can do. */
  readonly kind: "ours" | "peer" | "yardstick";
  /** Why it cannot take part, and what to install. */
  readonly missing?: string;
  /** Bytes of its largest message. */
  readonly largest: number;
  /** What of ours it is, beside the defaults. */
  readonly protocol?: ProtocolOptions;
  receive(load: Load): Promise<Receiving>;
  /** Connects to the receiver, at that UDP port. */
  send(load: Load, udpPort: number): Promise<Sending>;
}

/** Both sides, connected. */
export interface Flow {
  readonly receiving: Receiving;
  readonly sending: Sending;
  end(): Promise<void>;
}

/**
 * Starts both sides; nothing is sent yet. `through` may put something between them: it is told the receiver's UDP port,
 * and says where the sender finds it.
 */
export async function startFlow(
  contestant: Contestant,
  load: Load,
  through: (udpPort: number) => number | Promise<number> = (udpPort) => udpPort,
): Promise<Flow> {
  const receiving = await contestant.receive(load);
  try {
    const sending = await contestant.send(load, await through(receiving.udpPort));
    const end = async (): Promise<void> => {
      await Promise.all([sending.end(), receiving.end()]);
    };
    return { receiving, sending, end };
  } catch (error) {
    await receiving.end();
    throw error;
  }
}
