import { expect } from "vitest";
import { writeChecksum } from "../../src/base/crc32c.ts";
import { ARRIVALS, prepare, snapshot } from "../support/arrivals.ts";
import { scriptedTest } from "../support/ladder-test.ts";

/** RFC 9260 §6.8 and §8.5: what has a wrong checksum or a wrong tag has no effect, whatever it is, and no answer. */

const TAG = 4;
const CHECKSUM = 8;
/** Less than the shortest timer that is running. */
const ANSWER = 20;

for (const arrival of ARRIVALS) {
  // "Verify that the calculated CRC32c checksum is the same as the received CRC32c checksum. If it is not, the receiver MUST
  // treat the packet as an invalid SCTP packet. The default procedure ... is to silently discard them."
  scriptedTest(`${arrival.name} with each bit of its checksum wrong is discarded`, {}, (script) => {
    const { a, peer, network } = script;
    const right = prepare(script, arrival);
    const before = snapshot(script);
    const { checksum } = a.host.stack.statistics.dropped;
    for (let bit = 0; bit < 32; bit++) {
      const wrong = right.slice();
      const at = CHECKSUM + (bit >> 3);
      wrong[at] = (wrong[at] ?? 0) ^ (1 << (bit & 7));
      peer.sendBytes(wrong);
    }
    peer.expectNothing(ANSWER);
    expect(snapshot(script)).toEqual(before);
    expect(a.host.stack.statistics.dropped.checksum).toBe(checksum + 32);
    peer.sendBytes(right);
    network.run(ANSWER);
    expect(snapshot(script)).not.toEqual(before);
  });

  scriptedTest(`${arrival.name} with a wrong tag is discarded`, {}, (script) => {
    const { peer, network } = script;
    const right = prepare(script, arrival);
    const before = snapshot(script);
    for (let bit = 0; bit < 32; bit++) {
      const wrong = right.slice();
      const at = TAG + (bit >> 3);
      wrong[at] = (wrong[at] ?? 0) ^ (1 << (bit & 7));
      writeChecksum(wrong, wrong.length);
      peer.sendBytes(wrong);
    }
    peer.expectNothing(ANSWER);
    expect(snapshot(script)).toEqual(before);
    peer.sendBytes(right);
    network.run(ANSWER);
    expect(snapshot(script)).not.toEqual(before);
  });

  scriptedTest(`${arrival.name} out of the blue with a wrong checksum is not answered`, {}, (script) => {
    const { a, peer } = script;
    const bytes = prepare(script, arrival);
    a.open().close();
    for (const association of [...a.open().associations]) association.abort(new Uint8Array(0));
    a.host.driver.wake();
    peer.collect(ANSWER);
    bytes[CHECKSUM] = (bytes[CHECKSUM] ?? 0) ^ 1;
    peer.sendBytes(bytes);
    peer.expectNothing(1_000);
  });
}
