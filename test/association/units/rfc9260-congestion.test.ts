import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Rfc9260Congestion } from "../../../src/association/path/congestion/rfc9260.ts";
import { SEEDED } from "./support.ts";

/** RFC 9260 §7.2.1 to §7.2.3, bullet by bullet. */

const PMDCS = 1_000;
/** RFC 9260 does not look at them. */
const TIMES = { now: 0, srtt: undefined, rtt: undefined } as const;

interface Acknowledgement {
  readonly bytes?: number;
  readonly windowFilled?: boolean;
  readonly inFastRecovery?: boolean;
}

function acknowledge(congestion: Rfc9260Congestion, parts: Acknowledgement = {}): void {
  congestion.onAcknowledged({ bytes: PMDCS, windowFilled: true, inFastRecovery: false, ...TIMES, ...parts });
}

/** In congestion avoidance with a window of 8 × PMDCS. */
function avoiding(): Rfc9260Congestion {
  const congestion = new Rfc9260Congestion(PMDCS, 4);
  for (let i = 0; i < 12; i++) acknowledge(congestion);
  congestion.onFastRetransmit();
  acknowledge(congestion);
  while (congestion.cwnd <= congestion.ssthresh) acknowledge(congestion);
  congestion.onAllAcknowledged();
  return congestion;
}

describe("slow start (§7.2.1)", () => {
  test.each([
    [1_460, 4, 4_404],
    [1_440, 6, 4_344],
    [576, 4, 2_304],
    [536, 6, 2_144],
    [3_000, 4, 6_000],
    [65_000, 6, 130_000],
  ] as const)("the first window with PMDCS %d over IPv%d is %d bytes", (pmdcs, family, cwnd) => {
    const congestion = new Rfc9260Congestion(pmdcs, family);
    expect(congestion.cwnd).toBe(cwnd);
  });

  test("the first threshold is beyond any window", () => {
    expect(new Rfc9260Congestion(PMDCS, 4).ssthresh).toBeGreaterThan(2 ** 32);
  });

  test("after a timeout the window is one PMDCS", () => {
    const congestion = new Rfc9260Congestion(PMDCS, 4);
    congestion.onTimeout();
    expect(congestion.cwnd).toBe(PMDCS);
  });

  test("a full window grows by what was acknowledged, at most one PMDCS", () => {
    const congestion = new Rfc9260Congestion(PMDCS, 4);
    const first = congestion.cwnd;
    acknowledge(congestion, { bytes: 300 });
    expect(congestion.cwnd).toBe(first + 300);
    acknowledge(congestion, { bytes: 5_000 });
    expect(congestion.cwnd).toBe(first + 300 + PMDCS);
  });

  test("a window that was not full does not grow", () => {
    const congestion = new Rfc9260Congestion(PMDCS, 4);
    const first = congestion.cwnd;
    acknowledge(congestion, { windowFilled: false });
    expect(congestion.cwnd).toBe(first);
  });

  test("in Fast Recovery it does not grow", () => {
    const congestion = new Rfc9260Congestion(PMDCS, 4);
    const first = congestion.cwnd;
    acknowledge(congestion, { inFastRecovery: true });
    expect(congestion.cwnd).toBe(first);
  });

  test("a window equal to the threshold is still slow start", () => {
    const congestion = new Rfc9260Congestion(PMDCS, 4);
    congestion.onFastRetransmit();
    expect(congestion.cwnd).toBe(congestion.ssthresh);
    acknowledge(congestion);
    expect(congestion.cwnd).toBe(congestion.ssthresh + PMDCS);
  });

  test("an idle window is halved down to 4 × PMDCS, and the threshold remembers it", () => {
    const congestion = new Rfc9260Congestion(PMDCS, 4);
    for (let i = 0; i < 10; i++) acknowledge(congestion);
    const busy = congestion.cwnd;
    congestion.onIdle();
    expect([congestion.cwnd, congestion.ssthresh]).toEqual([busy / 2, busy]);
    congestion.onIdle();
    expect([congestion.cwnd, congestion.ssthresh]).toEqual([4 * PMDCS, busy]);
    congestion.onIdle();
    expect(congestion.cwnd).toBe(4 * PMDCS);
  });

  test("the threshold remembers the window of before the idleness, though it was higher", () => {
    const congestion = new Rfc9260Congestion(PMDCS, 4);
    for (let i = 0; i < 40; i++) acknowledge(congestion);
    congestion.onTimeout();
    for (let i = 0; i < 10; i++) acknowledge(congestion);
    const busy = congestion.cwnd;
    expect(busy).toBeLessThan(congestion.ssthresh);
    congestion.onIdle();
    congestion.onIdle();
    expect([congestion.cwnd, congestion.ssthresh]).toEqual([4 * PMDCS, busy]);
  });

  test("idleness does not open a small window", () => {
    const congestion = new Rfc9260Congestion(PMDCS, 4);
    congestion.onTimeout();
    const { ssthresh } = congestion;
    congestion.onIdle();
    expect([congestion.cwnd, congestion.ssthresh]).toEqual([PMDCS, ssthresh]);
  });
});

describe("congestion avoidance (§7.2.2)", () => {
  test("a window's worth of acknowledgements adds one PMDCS, and what is over counts on", () => {
    const congestion = avoiding();
    const { cwnd } = congestion;
    acknowledge(congestion, { bytes: cwnd - 1 });
    expect(congestion.cwnd).toBe(cwnd);
    acknowledge(congestion, { bytes: 11 });
    expect(congestion.cwnd).toBe(cwnd + PMDCS);
    // 10 bytes are left of the last window.
    acknowledge(congestion, { bytes: cwnd + PMDCS - 11 });
    expect(congestion.cwnd).toBe(cwnd + PMDCS);
    acknowledge(congestion, { bytes: 1 });
    expect(congestion.cwnd).toBe(cwnd + 2 * PMDCS);
  });

  test("while the window is not full, no more than one window is saved up", () => {
    const congestion = avoiding();
    const { cwnd } = congestion;
    for (let i = 0; i < 5; i++) acknowledge(congestion, { bytes: cwnd, windowFilled: false });
    expect(congestion.cwnd).toBe(cwnd);
    acknowledge(congestion, { bytes: 1 });
    expect(congestion.cwnd).toBe(cwnd + PMDCS);
    acknowledge(congestion, { bytes: 1 });
    expect(congestion.cwnd).toBe(cwnd + PMDCS);
  });

  // "SCTP MUST NOT increment cwnd by more than PMDCS per RTT."
  test("what is acknowledged in Fast Recovery is not saved up beyond one window either", () => {
    const congestion = avoiding();
    const { cwnd } = congestion;
    for (let i = 0; i < 5; i++) acknowledge(congestion, { bytes: cwnd, inFastRecovery: true });
    expect(congestion.cwnd).toBe(cwnd);
    for (let i = 0; i < 5; i++) acknowledge(congestion, { bytes: 1 });
    expect(congestion.cwnd).toBe(cwnd + PMDCS);
  });

  test("when all is acknowledged, the count begins anew", () => {
    const congestion = avoiding();
    const { cwnd } = congestion;
    acknowledge(congestion, { bytes: cwnd - 1 });
    congestion.onAllAcknowledged();
    acknowledge(congestion, { bytes: cwnd - 1 });
    expect(congestion.cwnd).toBe(cwnd);
  });

  test("it grows by one PMDCS a window at most, however the acknowledgements are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 60, size: "max" }), (pieces) => {
        const congestion = avoiding();
        let windows = 0;
        let saved = 0;
        for (const bytes of pieces) {
          const before = congestion.cwnd;
          acknowledge(congestion, { bytes });
          saved += bytes;
          if (saved >= before) {
            saved -= before;
            windows += 1;
          }
        }
        expect(congestion.cwnd).toBe(avoiding().cwnd + windows * PMDCS);
      }),
      SEEDED,
    );
  });
});

describe("loss (§7.2.3)", () => {
  test("gap reports halve the window, which stays at 4 × PMDCS at least", () => {
    const congestion = new Rfc9260Congestion(PMDCS, 4);
    for (let i = 0; i < 12; i++) acknowledge(congestion);
    const { cwnd } = congestion;
    congestion.onFastRetransmit();
    expect([congestion.cwnd, congestion.ssthresh]).toEqual([cwnd / 2, cwnd / 2]);
    congestion.onFastRetransmit();
    congestion.onFastRetransmit();
    expect([congestion.cwnd, congestion.ssthresh]).toEqual([4 * PMDCS, 4 * PMDCS]);
  });

  test("a timeout halves the threshold and leaves one PMDCS", () => {
    const congestion = new Rfc9260Congestion(PMDCS, 4);
    for (let i = 0; i < 12; i++) acknowledge(congestion);
    const { cwnd } = congestion;
    congestion.onTimeout();
    expect([congestion.cwnd, congestion.ssthresh]).toEqual([PMDCS, cwnd / 2]);
    congestion.onTimeout();
    expect([congestion.cwnd, congestion.ssthresh]).toEqual([PMDCS, 4 * PMDCS]);
  });

  test.each(["onFastRetransmit", "onTimeout"] as const)("%s sets partial_bytes_acked to 0", (loss) => {
    const congestion = avoiding();
    acknowledge(congestion, { bytes: congestion.cwnd - 1 });
    congestion[loss]();
    while (congestion.cwnd <= congestion.ssthresh) acknowledge(congestion);
    const { cwnd } = congestion;
    acknowledge(congestion, { bytes: cwnd - 1 });
    expect(congestion.cwnd).toBe(cwnd);
  });
});

// RFC 8899 §3, 7: "An update to the PLPMTU (or MPS) MUST NOT increase the congestion window measured in bytes".
test("a larger PMDCS opens no window", () => {
  const congestion = new Rfc9260Congestion(PMDCS, 4);
  congestion.onTimeout();
  congestion.setMaxChunkSize(9_000);
  expect(congestion.cwnd).toBe(PMDCS);
});

// §7.2.5.2: "the congestion control parameters for the affected destination addresses MUST be reset".
test("a new route begins where the first one began", () => {
  const congestion = avoiding();
  acknowledge(congestion, { bytes: congestion.cwnd - 1 });
  congestion.reset();
  const fresh = new Rfc9260Congestion(PMDCS, 4);
  expect([congestion.cwnd, congestion.ssthresh]).toEqual([fresh.cwnd, fresh.ssthresh]);
});
