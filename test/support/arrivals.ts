import type { Chunk } from "../../src/packet/chunks/chunk.ts";
import { chunkNames, type Script } from "./ladder-test.ts";
import { type ReachableState, reachState } from "./reach-state.ts";

/** One packet of each type of chunk, in a state where it means something: what it does can be seen, or be missed. */
export interface Arrival {
  readonly name: string;
  /** Undefined: there is no association. */
  readonly state: ReachableState | undefined;
  /** The chunks, and the tag that they come with; made when the state is reached. */
  readonly make: (script: Script) => { readonly tag: number; readonly chunks: readonly Chunk[] };
}

const ADDRESS = { type: "IPV4-ADDRESS", address: "10.0.0.77" as never } as const;
const UNKNOWN = {
  type: "UNKNOWN",
  typeCode: 0xc123,
  bytes: Uint8Array.of(0xc1, 0x23, 0, 9, 1, 2, 3, 4, 5),
} as const;

const inState =
  (make: (script: Script) => Chunk | readonly Chunk[]) =>
  (script: Script): ReturnType<Arrival["make"]> => {
    const chunks = make(script);
    return { tag: script.peer.peerTag, chunks: "type" in chunks ? [chunks] : chunks };
  };

export const ARRIVALS: readonly Arrival[] = [
  {
    name: "INIT",
    state: undefined,
    make: ({ peer }) => ({
      tag: 0,
      chunks: [{ type: "INIT", ...peer.initBody({ parameters: [ADDRESS, UNKNOWN] }) }],
    }),
  },
  {
    name: "INIT ACK",
    state: "cookie-wait",
    make: inState(({ peer }) => {
      const cookie = { type: "STATE-COOKIE", cookie: Uint8Array.of(1, 2, 3, 4, 5) } as const;
      return { type: "INIT-ACK", ...peer.initBody({ parameters: [cookie, ADDRESS, UNKNOWN] }) };
    }),
  },
  {
    name: "COOKIE ECHO",
    state: undefined,
    make({ peer }) {
      const { cookie, initAck } = peer.init();
      return { tag: initAck.initiateTag, chunks: [{ type: "COOKIE-ECHO", cookie }] };
    },
  },
  { name: "COOKIE ACK", state: "cookie-echoed", make: inState(() => ({ type: "COOKIE-ACK" })) },
  {
    name: "DATA",
    state: "established",
    make: inState(({ peer }) => peer.data({ immediate: true, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7) })),
  },
  {
    name: "SACK",
    state: "established",
    make: inState(({ a, peer }) => {
      for (let i = 0; i < 4; i++) a.send(1_000);
      peer.collect(50);
      const gaps = [
        { start: 2, end: 2 },
        { start: 3, end: 3 },
      ];
      return peer.sack(1, { gaps, duplicates: [peer.peerInitialTsn] });
    }),
  },
  {
    name: "HEARTBEAT",
    state: "established",
    make: inState(() => ({ type: "HEARTBEAT", info: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) })),
  },
  {
    name: "HEARTBEAT ACK",
    state: "established",
    make: inState(({ a, peer }) => {
      a.association.requestHeartbeat(peer.socket.address);
      a.host.driver.wake();
      return { ...peer.expect("HEARTBEAT"), type: "HEARTBEAT-ACK" };
    }),
  },
  {
    name: "ERROR",
    state: "established",
    make: inState(() => ({
      type: "ERROR",
      causes: [{ type: "OUT-OF-RESOURCE" }, { type: "INVALID-STREAM", stream: 7 }],
    })),
  },
  {
    name: "ABORT",
    state: "established",
    make: inState(() => ({
      type: "ABORT",
      tBit: false,
      causes: [{ type: "USER-ABORT", reason: Uint8Array.of(1, 2, 3) }],
    })),
  },
  {
    name: "SHUTDOWN",
    state: "established",
    make: inState(({ peer }) => ({ type: "SHUTDOWN", cumulativeTsn: peer.sack(0).cumulativeTsn })),
  },
  { name: "SHUTDOWN ACK", state: "shutdown-sent", make: inState(() => ({ type: "SHUTDOWN-ACK" })) },
  {
    name: "SHUTDOWN COMPLETE",
    state: "shutdown-ack-sent",
    make: inState(() => ({ type: "SHUTDOWN-COMPLETE", tBit: false })),
  },
  {
    name: "an unknown chunk",
    state: "established",
    make: inState(() => ({
      type: "UNKNOWN",
      typeCode: 0xfe,
      flags: 0,
      bytes: Uint8Array.of(0xfe, 0, 0, 7, 1, 2, 3),
    })),
  },
  {
    name: "HEARTBEAT, DATA and SACK",
    state: "established",
    make: inState(({ a, peer }) => {
      a.send(10);
      peer.expect("DATA");
      return [{ type: "HEARTBEAT", info: new Uint8Array(4) }, peer.data(), peer.sack(1)];
    }),
  },
];

/** Brings A into the state of an arrival; the bytes of its packet. */
export function prepare(script: Script, { state, make }: Arrival): Uint8Array {
  if (state !== undefined) reachState(script, state);
  const { tag, chunks } = make(script);
  script.peer.clear();
  return script.peer.packet({ tag }, ...chunks);
}

/** All that can be seen of A, but for time: what a packet without effect must leave as it was. */
export function snapshot({ a }: Script): unknown {
  const associations = [...a.open().associations];
  return {
    events: a.host.events.length,
    sent: a.packets.map(({ bytes }) => chunkNames(bytes)),
    delivered: a.deliveries.length,
    associations: associations.map((association) => ({
      state: association.state,
      tags: [association.localTag, association.peerTag],
      cumulativeTsn: association.cumulativeTsn,
      bufferedBytes: association.bufferedBytes,
      bytesInFlight: association.bytesInFlight,
      outstandingChunks: association.outstandingChunks,
      peerWindow: association.peerWindow,
      unreadBytes: association.unreadBytes,
      paths: association.paths,
    })),
  };
}
