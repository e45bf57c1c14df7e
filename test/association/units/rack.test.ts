import { describe, expect, test } from "vitest";
import { Rack } from "../../../src/association/path/rack.ts";
import { RateReduction } from "../../../src/association/path/rate-reduction.ts";
import { asTsn } from "../../../src/base/serial.ts";

const chunk = (tsn: number, sentAt: number, transmissions = 1) => ({
  tsn: asTsn(tsn),
  sentAt,
  transmissions,
});

/** RFC 8985 §6.2, of TSNs. */
describe("RACK", () => {
  test("step 5: what was sent before something that has arrived is lost a round trip and a window later", () => {
    const rack = new Rack();
    rack.onDelivered(chunk(2, 10), 110);
    expect(rack.hasPassed(chunk(1, 5))).toBe(true);
    expect(rack.lostAt(chunk(1, 5), 25)).toBe(130);
    expect(rack.hasPassed(chunk(3, 10))).toBe(false);
    expect(rack.hasPassed(chunk(1, 20, 2))).toBe(false);
  });

  test("step 5: of those sent at once, the lower TSN went first, over the wrap, too", () => {
    const rack = new Rack();
    rack.onDelivered(chunk(0, 10), 110);
    expect(rack.hasPassed(chunk(2 ** 32 - 1, 10))).toBe(true);
    expect(rack.hasPassed(chunk(1, 10))).toBe(false);
  });

  test("step 2: a retransmission that is acknowledged too soon is the former one that arrived", () => {
    const rack = new Rack();
    rack.onDelivered(chunk(2, 0), 100);
    rack.onDelivered(chunk(1, 200, 2), 210);
    expect(rack.hasPassed(chunk(3, 150))).toBe(false);
    rack.onDelivered(chunk(1, 200, 2), 300);
    expect(rack.hasPassed(chunk(3, 150))).toBe(true);
  });

  test("step 4: before reordering was seen, three that were acknowledged by gap blocks are enough", () => {
    const rack = new Rack();
    rack.onDelivered(chunk(4, 0), 100);
    expect(rack.window(100, false, 2)).toBe(25);
    expect(rack.window(100, false, 3)).toBe(0);
    expect(rack.window(100, true, 1)).toBe(0);
  });

  test("steps 3 and 4: once it was, what is late has a quarter of the least round trip", () => {
    const rack = new Rack();
    rack.onDelivered(chunk(4, 0), 100);
    rack.onDelivered(chunk(3, 0), 110);
    expect(rack.window(100, false, 3)).toBe(25);
    expect(rack.window(20, false, 3)).toBe(20);
  });

  test("step 3: a retransmission that comes late is no reordering", () => {
    const rack = new Rack();
    rack.onDelivered(chunk(4, 0), 100);
    rack.onDelivered(chunk(3, 120, 2), 230);
    expect(rack.window(100, false, 3)).toBe(0);
  });

  test("step 4: what came twice widens the window, once a round trip, for sixteen recoveries", () => {
    const rack = new Rack();
    rack.onDelivered(chunk(4, 0), 100);
    rack.onDuplicate(asTsn(4), asTsn(20));
    rack.onDuplicate(asTsn(10), asTsn(25));
    expect(rack.window(1_000, false, 3)).toBe(50);
    rack.onDuplicate(asTsn(20), asTsn(40));
    expect(rack.window(1_000, false, 3)).toBe(75);
    for (let recovery = 0; recovery < 16; recovery += 1) rack.onRecovered();
    expect(rack.window(1_000, false, 3)).toBe(25);
  });
});

/** RFC 6937 §3. */
describe("proportional rate reduction", () => {
  const MSS = 1_000;

  test("above ssthresh, packets leave in the ratio of ssthresh to the flight", () => {
    const reduction = new RateReduction(20 * MSS, 0);
    let [flight, sent, left] = [19 * MSS, 0, 0];
    // Nine SACKs of one packet each.
    for (let sack = 0; sack < 8; sack += 1) {
      flight -= MSS;
      const parts = { delivered: MSS, flight, ssthresh: 10 * MSS, sent, maxChunkSize: MSS };
      const room = reduction.window(parts) - flight;
      const packets = Math.ceil(room / MSS - 1e-9);
      left += packets;
      sent += packets * MSS;
      flight += packets * MSS;
    }
    expect(left).toBe(4);
  });

  test("below ssthresh, one packet more than was delivered, up to ssthresh", () => {
    const reduction = new RateReduction(20 * MSS, 0);
    const parts = { delivered: 2 * MSS, flight: 5 * MSS, ssthresh: 10 * MSS, sent: 0, maxChunkSize: MSS };
    expect(reduction.window(parts)).toBe(8 * MSS);
    expect(reduction.window({ ...parts, flight: 9 * MSS, sent: 3 * MSS })).toBe(10 * MSS);
  });
});
