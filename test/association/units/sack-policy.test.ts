import { expect, test } from "vitest";
import { SackPolicy } from "../../../src/association/receive/sack-policy.ts";

/** RFC 9260 §6.2: when a SACK is owed. */

/** One that has acknowledged its first packet. */
function policy(sackFrequency: number = 2, sackDelay: number = 200): SackPolicy {
  const sack = new SackPolicy({ sackDelay, sackFrequency });
  sack.onPacket(0, false, false);
  sack.onSent();
  return sack;
}

test("at first nothing is owed", () => {
  const sack = new SackPolicy({ sackDelay: 200, sackFrequency: 2 });
  expect([sack.isOwed, sack.isDue, sack.deadline]).toEqual([false, false, Number.POSITIVE_INFINITY]);
});

// RFC 9260 §5.1: "After the reception of the first DATA chunk in an association, the endpoint MUST immediately respond
// with a SACK chunk".
test("the first packet with DATA is acknowledged at once", () => {
  const sack = new SackPolicy({ sackDelay: 200, sackFrequency: 2 });
  sack.onPacket(1_000, false, false);
  expect(sack.isDue).toBe(true);
});

test("a packet may wait SACK.Delay, counted from the first that waits", () => {
  const sack = policy(5, 150);
  sack.onPacket(1_000, false, false);
  expect([sack.isDue, sack.isOwed, sack.deadline]).toEqual([false, true, 1_150]);
  sack.onPacket(1_100, false, false);
  expect([sack.isDue, sack.deadline]).toEqual([false, 1_150]);
});

test.each([1, 2, 3])("every packet number %d is acknowledged at once", (frequency) => {
  const sack = policy(frequency);
  for (let round = 0; round < 3; round++) {
    for (let packet = 1; packet <= frequency; packet++) {
      expect(sack.isDue).toBe(false);
      sack.onPacket(1_000, false, false);
    }
    expect(sack.isDue).toBe(true);
    sack.onSent();
    expect([sack.isOwed, sack.deadline]).toEqual([false, Number.POSITIVE_INFINITY]);
  }
});

test("a gap, a duplicate or the I bit does not wait", () => {
  for (const [irregular, immediate] of [
    [true, false],
    [false, true],
  ] as const) {
    const sack = policy();
    sack.onPacket(1_000, irregular, immediate);
    expect(sack.isDue).toBe(true);
  }
});

test("changed parameters hold for the next packet", () => {
  const sack = policy();
  sack.configure({ sackDelay: 20, sackFrequency: 3 });
  sack.onPacket(1_000, false, false);
  expect(sack.deadline).toBe(1_020);
  sack.onPacket(1_000, false, false);
  expect(sack.isDue).toBe(false);
});

test("it does not wait for the end of a batch while the peer starts, nor after a gap", () => {
  const sack = policy();
  const packets = (count: number): void => {
    for (let i = 0; i < count; i++) {
      sack.onPacket(1_000, false, false);
      if (sack.isDue && i < count - 1) sack.onSent();
    }
  };
  packets(2);
  expect(sack.isUrgent).toBe(true);
  sack.onSent();
  packets(520);
  expect([sack.isDue, sack.isUrgent]).toEqual([true, false]);
  sack.onPacket(1_000, true, false);
  expect(sack.isUrgent).toBe(true);
});

/** Past slow start; then batches of so many packets, one SACK each, until SACKs are urgent again. */
function batchesUntilEager(packets: number, most: number): number {
  const sack = policy();
  const batch = (count: number): void => {
    for (let i = 0; i < count; i++) sack.onPacket(0, false, false);
  };
  batch(600);
  expect([sack.isDue, sack.isUrgent]).toEqual([true, false]);
  for (let done = 0; done < most; done++) {
    sack.onSent();
    batch(packets);
    if (sack.isUrgent) return done;
  }
  return most;
}

test("SACKs wait for the end of a batch only while batches are large", () => {
  expect(batchesUntilEager(4, 100)).toBeLessThan(20);
  expect(batchesUntilEager(20, 100)).toBe(100);
});
