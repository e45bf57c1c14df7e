import fc from "fast-check";
import { expect, test } from "vitest";
import { RtoEstimator, type RtoParameters } from "../../../src/association/path/rto.ts";
import { SEEDED } from "./support.ts";

/** The rules of RFC 9260 §6.3.1, by their names there. How Karn's rule (C5) is kept is in acknowledge.test.ts. */

const PARAMETERS: RtoParameters = {
  rtoInitial: 3_000,
  rtoMin: 100,
  rtoMax: 10_000,
  rtoAlpha: 1 / 8,
  rtoBeta: 1 / 4,
};

const rtt = fc.double({ min: 0, max: 20_000, noNaN: true });

test("C1: RTO.Initial until something was measured, doubled or not", () => {
  const estimator = new RtoEstimator(PARAMETERS);
  expect([estimator.rto, estimator.srtt, estimator.rttvar]).toEqual([3_000, undefined, undefined]);
});

test("C2: the first measurement is SRTT, half of it RTTVAR", () => {
  const estimator = new RtoEstimator(PARAMETERS);
  estimator.measure(200);
  expect([estimator.srtt, estimator.rttvar, estimator.rto]).toEqual([200, 100, 600]);
});

test("C3: RTTVAR takes the SRTT from before its update", () => {
  const estimator = new RtoEstimator(PARAMETERS);
  estimator.measure(200);
  estimator.measure(600);
  expect(estimator.rttvar).toBe(0.75 * 100 + 0.25 * 400);
  expect(estimator.srtt).toBe(0.875 * 200 + 0.125 * 600);
  expect(estimator.rto).toBe(250 + 4 * 175);
});

test("C3: RTO.Alpha and RTO.Beta are what the user says", () => {
  const estimator = new RtoEstimator({ ...PARAMETERS, rtoAlpha: 1 / 2, rtoBeta: 1 });
  estimator.measure(200);
  estimator.measure(600);
  expect([estimator.srtt, estimator.rttvar]).toEqual([400, 400]);
});

test("C6, C7: never under RTO.Min, never over RTO.Max", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(rtt, fc.constant("backOff" as const)), { maxLength: 30, size: "max" }),
      (inputs) => {
        const estimator = new RtoEstimator(PARAMETERS);
        for (const input of inputs) {
          if (input === "backOff") estimator.backOff();
          else estimator.measure(input);
          expect(estimator.rto).toBeGreaterThanOrEqual(PARAMETERS.rtoMin);
          expect(estimator.rto).toBeLessThanOrEqual(PARAMETERS.rtoMax);
        }
      },
    ),
    SEEDED,
  );
});

test("the smoothing is the textbook's, for any measurements", () => {
  fc.assert(
    fc.property(fc.array(rtt, { minLength: 1, maxLength: 30, size: "max" }), ([first, ...others]) => {
      const estimator = new RtoEstimator(PARAMETERS);
      estimator.measure(first as number);
      let srtt = first as number;
      let rttvar = srtt / 2 || 1;
      for (const sample of others) {
        estimator.measure(sample);
        rttvar = 0.75 * rttvar + 0.25 * Math.abs(srtt - sample) || 1;
        srtt = 0.875 * srtt + 0.125 * sample;
      }
      expect(estimator.srtt).toBeCloseTo(srtt, 6);
      expect(estimator.rttvar).toBeCloseTo(rttvar, 6);
      expect(estimator.rto).toBeCloseTo(Math.min(Math.max(srtt + 4 * rttvar, 100), 10_000), 6);
    }),
    SEEDED,
  );
});

test("G1: a variation of 0 becomes the granularity", () => {
  const estimator = new RtoEstimator({ ...PARAMETERS, rtoMin: 0 });
  estimator.measure(0);
  expect([estimator.rttvar, estimator.rto]).toEqual([1, 4]);
});

test("E2: a timeout doubles up to RTO.Max, and a measurement brings it back", () => {
  const estimator = new RtoEstimator(PARAMETERS);
  estimator.measure(200);
  const backedOff = [1, 2, 3, 4, 5].map(() => {
    estimator.backOff();
    return estimator.rto;
  });
  expect(backedOff).toEqual([1_200, 2_400, 4_800, 9_600, 10_000]);
  expect([estimator.srtt, estimator.rttvar]).toEqual([200, 100]);
  estimator.measure(200);
  expect(estimator.rto).toBe(200 + 4 * 75);
});

test("changed parameters hold at once, and leave what was measured", () => {
  const unmeasured = new RtoEstimator(PARAMETERS);
  unmeasured.configure({ ...PARAMETERS, rtoInitial: 500 });
  expect(unmeasured.rto).toBe(500);

  const measured = new RtoEstimator(PARAMETERS);
  measured.measure(200);
  measured.configure({ ...PARAMETERS, rtoMin: 2_000 });
  expect([measured.rto, measured.srtt]).toEqual([2_000, 200]);
  measured.configure({ ...PARAMETERS, rtoInitial: 7, rtoMax: 400 });
  expect(measured.rto).toBe(400);
});

test("a reset forgets every measurement", () => {
  const estimator = new RtoEstimator(PARAMETERS);
  estimator.measure(200);
  estimator.backOff();
  estimator.reset();
  expect([estimator.rto, estimator.srtt, estimator.rttvar]).toEqual([3_000, undefined, undefined]);
  estimator.measure(80);
  expect(estimator.rttvar).toBe(40);
});
