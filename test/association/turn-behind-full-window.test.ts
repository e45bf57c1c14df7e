import { describe, expect } from "vitest";
import { asMid, asSsn, tsnAdd } from "../../src/base/serial.ts";
import type { Parameter } from "../../src/packet/parameters/parameter.ts";
import { ChunkType } from "../../src/packet/registry.ts";
import { fragment } from "../support/idata.ts";
import { type Script, scriptedTest } from "../support/ladder-test.ts";

/** RFC 9260 §6.9: a message that fills the window is given out in parts, as soon as it is its turn. */

const BUFFER = 4_000;
const SIZE = 1_000;
const COUNT = 8;

const { I_DATA, I_FORWARD_TSN, RE_CONFIG } = ChunkType;
const PARAMETERS: readonly Parameter[] = [
  { type: "FORWARD-TSN-SUPPORTED" },
  { type: "SUPPORTED-EXTENSIONS", chunkTypes: [I_DATA, I_FORWARD_TSN, RE_CONFIG] },
];

/** Sends the fragments one by one: those that the window has no room for again and again, as probes. */
function sendFragments({ peer, network }: Script, from: number, to: number, interleaving: boolean): void {
  for (let index = from; index < to; index += 1) {
    const parts = {
      beginning: index === 0,
      ending: index === COUNT - 1,
      data: new Uint8Array(SIZE).fill(index),
    };
    const tsn = tsnAdd(peer.initialTsn, index + 1);
    peer.send(
      interleaving
        ? fragment(peer, index + 1, { ...parts, mid: 1, fsn: index })
        : peer.data({ ...parts, tsn, ssn: asSsn(1) }),
    );
    network.run(500);
  }
}

describe("the message before it is skipped when the window is full", () => {
  for (const interleaving of [false, true]) {
    const config = { interleaving, receiveBuffer: BUFFER, partialReliability: true };
    scriptedTest(interleaving ? "I-FORWARD-TSN" : "FORWARD-TSN", { config }, (script) => {
      const { a, peer, network } = script;
      peer.associate({ parameters: PARAMETERS });
      expect(a.association.interleaves).toBe(interleaving);
      // The TSN before them never comes.
      sendFragments(script, 0, 4, interleaving);
      expect([a.association.unreadBytes, a.deliveries.length]).toEqual([BUFFER, 0]);
      peer.clear();
      const newCumulativeTsn = peer.initialTsn;
      peer.send(
        interleaving
          ? {
              type: "I-FORWARD-TSN",
              newCumulativeTsn,
              streams: [{ stream: 0, unordered: false, mid: asMid(0) }],
            }
          : { type: "FORWARD-TSN", newCumulativeTsn, streams: [{ stream: 0, ssn: asSsn(0) }] },
      );
      network.run(500);
      const sack = peer.collect(0).findLast((it) => it.type === "SACK");
      expect(sack).toMatchObject({ cumulativeTsn: tsnAdd(peer.initialTsn, 4), receiverWindow: BUFFER });
      sendFragments(script, 4, COUNT, interleaving);
      const data = Buffer.concat(a.deliveries.map((it) => it.data));
      const sent = Buffer.concat(
        Array.from({ length: COUNT }, (_, index) => new Uint8Array(SIZE).fill(index)),
      );
      expect(data.equals(sent)).toBe(true);
      expect([a.association.unreadBytes, a.association.state]).toEqual([0, "established"]);
    });
  }
});

scriptedTest("the buffer is made smaller than what there is of a message", {}, (script) => {
  const { a, peer, network } = script;
  peer.associate();
  const part = new Uint8Array(SIZE).fill(1);
  for (const beginning of [true, false])
    peer.send(peer.data({ ssn: asSsn(0), beginning, ending: false, data: part }));
  network.run(500);
  expect(a.deliveries).toEqual([]);
  a.association.configure(network.now, { receiveBuffer: SIZE });
  expect(a.association.unreadMessages).toBe(1);
  peer.send(peer.data({ ssn: asSsn(0), beginning: false, data: part }));
  network.run(500);
  expect(a.deliveries.map(({ data }) => data.length)).toEqual([3 * SIZE]);
});
