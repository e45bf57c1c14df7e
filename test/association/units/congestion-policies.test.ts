import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CongestionControl } from "../../../src/association/path/congestion/congestion.ts";
import { congestionControls, createCongestion } from "../../../src/association/path/congestion/create.ts";
import { SEEDED } from "./support.ts";

/** CUBIC (RFC 9438) and Westwood+ in place of RFC 9260 §7.2, and what all of them keep. Windows in packets of PMDCS. */

const PMDCS = 1_000;
const RTT = 100;

/** A sender whose window is always full, and whose packets arrive after RTT: a round is one window. */
class Sender {
  readonly congestion: CongestionControl;
  now = 0;

  constructor(name: (typeof congestionControls)[number]) {
    this.congestion = createCongestion(name, PMDCS, 4);
  }

  get window(): number {
    return this.congestion.cwnd / PMDCS;
  }

  /** So many round trips; acknowledged two packets at a time. Of each packet, `rtt` is measured. */
  rounds(count: number, { rtt = RTT, inFastRecovery = false } = {}): void {
    for (let round = 0; round < count; round += 1) {
      const sacks = Math.max(1, Math.floor(this.window / 2));
      for (let sack = 0; sack < sacks; sack += 1) {
        this.now += rtt / sacks;
        this.congestion.onAcknowledged({
          bytes: 2 * PMDCS,
          windowFilled: true,
          inFastRecovery,
          now: this.now,
          srtt: rtt,
          rtt,
        });
      }
    }
  }

  /** Out of slow start, at a window of about so many packets. */
  at(window: number): this {
    while (this.window < window) this.rounds(1);
    return this;
  }
}

describe("CUBIC (RFC 9438)", () => {
  test("§4.6: seven tenths of the window are left after a loss", () => {
    const sender = new Sender("cubic").at(100);
    const before = sender.window;
    sender.congestion.onFastRetransmit();
    expect(sender.window / before).toBeCloseTo(0.7, 3);
    expect(sender.congestion.ssthresh).toBe(sender.congestion.cwnd);
  });

  test("§4.2: the window is back at W_max after K = cbrt(W_max (1 - 0.7) / 0.4) seconds, and concave until then", () => {
    const sender = new Sender("cubic").at(400);
    const most = sender.window;
    sender.congestion.onFastRetransmit();
    const seconds = Math.cbrt((most * 0.3) / 0.4);
    const begin = sender.window;
    sender.rounds(Math.round((seconds * 1_000) / RTT / 2));
    const halfway = sender.window;
    sender.rounds(Math.round((seconds * 1_000) / RTT / 2));
    expect(Math.abs(sender.window - most) / most).toBeLessThan(0.03);
    // Most of the way in the first half.
    expect(halfway - begin).toBeGreaterThan(0.8 * (most - begin));
  });

  test("§4.4, convex: past W_max it grows ever faster", () => {
    const sender = new Sender("cubic").at(100);
    sender.congestion.onFastRetransmit();
    sender.rounds(60);
    const one = sender.window;
    sender.rounds(10);
    const two = sender.window;
    sender.rounds(10);
    expect(sender.window - two).toBeGreaterThan(two - one);
  });

  test("§4.3: where windows are small, it is as fast as Reno", () => {
    const cubic = new Sender("cubic").at(12);
    const reno = new Sender("rfc9260").at(12);
    for (let loss = 0; loss < 20; loss += 1) {
      for (const sender of [cubic, reno]) {
        sender.congestion.onFastRetransmit();
        sender.rounds(6);
      }
    }
    expect(cubic.window).toBeGreaterThan(0.95 * reno.window);
  });

  test("§4.7, fast convergence: a second loss below the former W_max makes room for others", () => {
    const [one, other] = [new Sender("cubic").at(300), new Sender("cubic").at(300)];
    one.congestion.onFastRetransmit();
    one.congestion.onFastRetransmit();
    one.rounds(50);
    other.congestion.onFastRetransmit();
    other.rounds(50);
    expect(one.window).toBeLessThan(0.9 * other.window);
  });

  test("§5.8: it does not grow by the time in which the application sends little", () => {
    const sender = new Sender("cubic").at(100);
    sender.congestion.onFastRetransmit();
    const { cwnd } = sender.congestion;
    for (let round = 0; round < 100; round += 1) {
      sender.now += RTT;
      const { now } = sender;
      const few = { bytes: PMDCS, windowFilled: false, inFastRecovery: false, now, srtt: RTT, rtt: RTT };
      sender.congestion.onAcknowledged(few);
    }
    expect(sender.congestion.cwnd).toBe(cwnd);
    sender.rounds(1);
    expect(sender.congestion.cwnd).toBeLessThan(1.1 * cwnd);
  });
});

describe("Westwood+", () => {
  test("what is lost at random leaves the window at what the path delivers", () => {
    const sender = new Sender("westwood").at(100);
    sender.congestion.onFastRetransmit();
    sender.rounds(20);
    const before = sender.window;
    sender.congestion.onFastRetransmit();
    expect(sender.window / before).toBeGreaterThan(0.9);
  });

  test("where a queue has doubled the round trip, half of the window is left", () => {
    const sender = new Sender("westwood").at(100);
    sender.congestion.onFastRetransmit();
    sender.rounds(20);
    sender.rounds(20, { rtt: 2 * RTT });
    const before = sender.window;
    sender.congestion.onFastRetransmit();
    expect(sender.window / before).toBeGreaterThan(0.4);
    expect(sender.window / before).toBeLessThan(0.6);
  });

  test("a path that has become longer for good is learned within 20 s", () => {
    const sender = new Sender("westwood").at(100);
    sender.congestion.onFastRetransmit();
    sender.rounds(110, { rtt: 2 * RTT });
    const before = sender.window;
    sender.congestion.onFastRetransmit();
    expect(sender.window / before).toBeGreaterThan(0.9);
  });

  test("with nothing measured it halves (RFC 9260 §7.2.3)", () => {
    const congestion = createCongestion("westwood", PMDCS, 4);
    for (let sack = 0; sack < 40; sack += 1) {
      const times = { now: sack, srtt: undefined, rtt: undefined };
      congestion.onAcknowledged({ bytes: PMDCS, windowFilled: true, inFastRecovery: false, ...times });
    }
    const { cwnd } = congestion;
    congestion.onFastRetransmit();
    expect(congestion.cwnd).toBe(cwnd >>> 1);
  });
});

describe.each(congestionControls)("%s", (name) => {
  test("a loss that was none is undone", () => {
    const sender = new Sender(name).at(50);
    sender.congestion.onFastRetransmit();
    sender.rounds(5);
    const { cwnd, ssthresh } = sender.congestion;
    sender.congestion.onFastRetransmit();
    sender.congestion.undo();
    expect([sender.congestion.cwnd, sender.congestion.ssthresh]).toEqual([cwnd, ssthresh]);
    sender.congestion.undo();
    expect(sender.congestion.cwnd).toBe(cwnd);
  });

  test("does not grow in fast recovery", () => {
    const sender = new Sender(name).at(50);
    sender.congestion.onFastRetransmit();
    const { cwnd } = sender.congestion;
    sender.rounds(10, { inFastRecovery: true });
    expect(sender.congestion.cwnd).toBe(cwnd);
  });

  test("a timeout leaves one packet, and reset() what a new path begins with", () => {
    const sender = new Sender(name).at(50);
    sender.congestion.onTimeout();
    expect(sender.congestion.cwnd).toBe(PMDCS);
    sender.congestion.reset();
    const fresh = createCongestion(name, PMDCS, 4);
    expect([sender.congestion.cwnd, sender.congestion.ssthresh]).toEqual([fresh.cwnd, fresh.ssthresh]);
  });

  test("whatever comes, the window is a number of bytes, one packet at least, and a loss never opens it", () => {
    const step = fc.oneof(
      fc.record({
        bytes: fc.integer({ min: 0, max: 2 ** 20 }),
        windowFilled: fc.boolean(),
        inFastRecovery: fc.boolean(),
        later: fc.double({ min: 0, max: 100_000, noNaN: true }),
        rtt: fc.option(fc.double({ min: 0, max: 10_000, noNaN: true }), { nil: undefined }),
      }),
      fc.constantFrom("onFastRetransmit", "onTimeout", "onIdle", "undo", "onAllAcknowledged", "reset"),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const congestion = createCongestion(name, PMDCS, 4);
        let now = 0;
        for (const what of steps) {
          const { cwnd } = congestion;
          if (typeof what === "string") congestion[what as "onIdle"]();
          else {
            now += what.later;
            congestion.onAcknowledged({ ...what, now, srtt: what.rtt });
          }
          expect(Number.isSafeInteger(congestion.cwnd)).toBe(true);
          expect(congestion.cwnd).toBeGreaterThanOrEqual(PMDCS);
          const isLoss = what === "onFastRetransmit" || what === "onTimeout";
          if (isLoss) expect(congestion.cwnd).toBeLessThanOrEqual(Math.max(cwnd, 4 * PMDCS));
        }
      }),
      SEEDED,
    );
  });
});
