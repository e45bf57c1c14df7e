import { describe, expect, test } from "vitest";
import { message } from "../traffic.ts";
import { type Author, HEADER, Ledger, type Part } from "./ledger.ts";

const author: Author = { side: "A", incarnation: 0, association: 1 };

interface Sent {
  readonly entry: Part;
  readonly data: Uint8Array;
  readonly stream: number;
  readonly unordered: boolean;
  readonly ppid: number;
}

function send(ledger: Ledger, { stream = 0, unordered = false, length = 20 } = {}): Sent {
  const { data, number } = ledger.compose(author, length);
  const entry = ledger.took(author, number, message(data, { stream, unordered, ppid: number }));
  return { entry, data, stream, unordered, ppid: number };
}

function close(ledger: Ledger, lossy: readonly ("A" | "Z")[] = []): readonly string[] {
  ledger.close(new Set(lossy));
  return ledger.faults;
}

/** Takes a record of 30 bytes in two parts, the second one only if it is `ended`. */
function record(
  ledger: Ledger,
  ended: boolean,
): { readonly parts: readonly Part[]; readonly data: Uint8Array } {
  const { data, number } = ledger.compose(author, 30);
  const begin = message(data.subarray(0, 20), { ppid: number, more: true });
  const first = ledger.took(author, number, begin, { length: 30, keyId: 5 });
  const rest = message(data.subarray(20), { ppid: number });
  return { parts: ended ? [first, ledger.continued(first.entry, rest)] : [first], data };
}

describe("a record in parts", () => {
  const whole = (ppid: number) => ({ stream: 0, unordered: false, ppid });

  test("is delivered once, when all its parts are acknowledged", () => {
    const ledger = new Ledger();
    const { parts, data } = record(ledger, true);
    expect(ledger.unsettled("A0.1")).toBe(30);
    for (const part of parts) ledger.acknowledged(part);
    expect(ledger.unsettled("A0.1")).toBe(0);
    ledger.delivered(data, whole(0));
    expect(close(ledger)).toEqual([]);
  });

  test("is lost when all its parts are acknowledged, and not when its end was never written", () => {
    for (const ended of [true, false]) {
      const ledger = new Ledger();
      for (const part of record(ledger, ended).parts) ledger.acknowledged(part);
      const lost = expect.stringContaining("is acknowledged and was not delivered");
      expect(close(ledger)).toEqual(ended ? [lost] : []);
    }
  });

  test("is not delivered without its end", () => {
    const ledger = new Ledger();
    const { parts, data } = record(ledger, false);
    ledger.acknowledged(parts[0]!);
    ledger.delivered(data, whole(0));
    expect(close(ledger)).toEqual([expect.stringContaining("was delivered without its end")]);
  });

  test("has one fate a part", () => {
    const ledger = new Ledger();
    const { parts } = record(ledger, true);
    ledger.acknowledged(parts[0]!);
    expect(close(ledger)).toEqual([expect.stringContaining("is neither acknowledged nor failed")]);
  });

  test("is not delivered when a part of it failed as unsent", () => {
    const ledger = new Ledger();
    const { parts, data } = record(ledger, true);
    ledger.acknowledged(parts[0]!);
    ledger.failed(parts[1]!, "expired", false);
    ledger.delivered(data, whole(0));
    expect(close(ledger)).toEqual([expect.stringContaining("failed as unsent (expired), and was delivered")]);
  });

  test("is not there when its first part was refused", () => {
    const ledger = new Ledger();
    ledger.refused(record(ledger, false).parts[0]!);
    expect(ledger.unsettled("A0.1")).toBe(0);
    expect(close(ledger)).toEqual([]);
  });

  test("has its fate when its key is told to be free", () => {
    const ledger = new Ledger();
    const { parts } = record(ledger, true);
    ledger.freed(author, 6);
    ledger.freed({ ...author, association: 2 }, 5);
    expect(ledger.faults).toEqual([]);
    ledger.acknowledged(parts[0]!);
    ledger.freed(author, 5);
    expect(ledger.faults).toEqual([expect.stringContaining("has no fate when its key 5 is told to be free")]);
  });
});

describe("the ledger", () => {
  test("takes what is delivered once, whole, in order and acknowledged", () => {
    const ledger = new Ledger();
    const sent = [send(ledger), send(ledger), send(ledger, { stream: 1 }), send(ledger, { unordered: true })];
    for (const one of sent) {
      ledger.delivered(one.data, one);
      ledger.acknowledged(one.entry);
    }
    expect(close(ledger)).toEqual([]);
  });

  test("takes streams and unordered messages that overtake each other", () => {
    const ledger = new Ledger();
    const sent = [send(ledger), send(ledger, { stream: 1 }), send(ledger, { unordered: true })];
    for (const one of sent.toReversed()) {
      ledger.delivered(one.data, one);
      ledger.acknowledged(one.entry);
    }
    expect(close(ledger)).toEqual([]);
  });

  test("refuses a message that is lost", () => {
    const ledger = new Ledger();
    ledger.acknowledged(send(ledger).entry);
    expect(close(ledger)).toEqual([expect.stringContaining("is acknowledged and was not delivered")]);
  });

  test("forgives a loss where the receiver itself began anew", () => {
    const ledger = new Ledger();
    ledger.acknowledged(send(ledger).entry);
    expect(close(ledger, ["Z"])).toEqual([]);
  });

  test("forgives a loss where the reader of a part was told that the rest does not come", () => {
    const ledger = new Ledger();
    const { entry, data } = send(ledger);
    ledger.acknowledged(entry);
    ledger.cut(data.subarray(0, HEADER));
    expect(close(ledger)).toEqual([]);
  });

  test("refuses a message of whose fate nobody was told, unless its host is gone", () => {
    const ledger = new Ledger();
    send(ledger);
    expect(close(ledger)).toEqual([expect.stringContaining("is neither acknowledged nor failed")]);
    const other = new Ledger();
    send(other);
    other.orphan("A");
    expect(close(other)).toEqual([]);
  });

  test("refuses a message that is delivered twice", () => {
    const ledger = new Ledger();
    const one = send(ledger, { unordered: true });
    ledger.delivered(one.data, one);
    ledger.delivered(one.data, one);
    expect(ledger.faults).toEqual([expect.stringContaining("is delivered twice")]);
  });

  test("refuses an order that is not the sender's", () => {
    const ledger = new Ledger();
    const [first, second] = [send(ledger), send(ledger)];
    ledger.delivered(second.data, second);
    ledger.delivered(first.data, first);
    expect(ledger.faults).toEqual([expect.stringContaining("is delivered after 1")]);
  });

  test.each([
    ["a number", 4],
    ["an association", 2],
    ["a host", 1],
  ])("refuses what nobody sent: %s that is not", (_, at) => {
    const ledger = new Ledger();
    const one = send(ledger);
    const data = one.data.slice();
    data[at] = 0x77;
    ledger.delivered(data, one);
    expect(ledger.faults).toEqual(["a message of 20 bytes is delivered that nobody sent"]);
  });

  test("refuses less than a header", () => {
    const ledger = new Ledger();
    const one = send(ledger);
    ledger.delivered(one.data.subarray(0, HEADER - 1), one);
    expect(ledger.faults).toEqual(["11 bytes are delivered that nobody sent"]);
  });

  test("refuses a message that is cut short, or has other bytes", () => {
    const ledger = new Ledger();
    const one = send(ledger, { unordered: true });
    ledger.delivered(one.data.subarray(0, -1), one);
    const two = send(ledger, { unordered: true });
    const altered = two.data.slice();
    altered[HEADER] = 0x77;
    ledger.delivered(altered, two);
    expect(ledger.faults).toEqual([
      expect.stringContaining("is delivered with 19 bytes"),
      expect.stringContaining("is delivered with other bytes"),
    ]);
  });

  test.each([{ stream: 1 }, { unordered: true }, { ppid: 9 }])("refuses another mark: %o", (mark) => {
    const ledger = new Ledger();
    const one = send(ledger);
    ledger.delivered(one.data, { ...one, ...mark });
    expect(ledger.faults).toEqual([expect.stringContaining("is delivered as of stream")]);
  });

  test("refuses two fates", () => {
    const ledger = new Ledger();
    const [one, two] = [send(ledger).entry, send(ledger).entry];
    ledger.failed(one, "expired", false);
    ledger.acknowledged(one);
    ledger.acknowledged(two);
    ledger.failed(two, "expired", true);
    expect(ledger.faults).toEqual([
      expect.stringContaining("is acknowledged after its fate was told"),
      expect.stringContaining("fails after its fate was told"),
    ]);
  });

  test("refuses a message that failed as never sent, and came", () => {
    const ledger = new Ledger();
    const one = send(ledger);
    ledger.failed(one.entry, "expired", false);
    ledger.delivered(one.data, one);
    expect(close(ledger)).toEqual([expect.stringContaining("failed as unsent (expired), and was delivered")]);
    const other = new Ledger();
    const sent = send(other);
    other.failed(sent.entry, "timed-out", true);
    other.delivered(sent.data, sent);
    expect(close(other)).toEqual([]);
  });
});
