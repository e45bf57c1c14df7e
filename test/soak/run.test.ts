import { describe, expect, test } from "vitest";
import { readArguments } from "./arguments.ts";
import { createCounters } from "./counters.ts";
import { report, verdict } from "./report.ts";
import type { Sample, SoakResult } from "./soak.ts";

const MIB = 2 ** 20;

function ebb(minute: number, mib: { readonly heap: number; readonly buffers: number }): Sample {
  const [heap, buffers] = [mib.heap * MIB, mib.buffers * MIB];
  return { minute, heap, buffers, rss: 80 * MIB, handles: {}, associations: 2 };
}

const short: SoakResult = {
  counters: createCounters(),
  samples: [ebb(0.2, { heap: 10, buffers: 3 }), ebb(0.4, { heap: 12, buffers: 1 })],
  slopes: undefined,
  handlesBefore: 4,
  handlesAfter: 4,
  handlesAtFirst: 20,
  handlesAtLast: 20,
};

describe("the command line", () => {
  test("is minutes and callers", () => {
    expect(readArguments([])).toEqual({ minutes: 20, callers: 6 });
    expect(readArguments(["--minutes", "0.5", "--callers", "2"])).toEqual({ minutes: 0.5, callers: 2 });
    expect(readArguments(["--help"])).toBe("");
  });

  test.each([
    [["--minutes", "0"], '--minutes takes a number above 0, not "0"'],
    [["--minutes", "soon"], '--minutes takes a number above 0, not "soon"'],
    [["--minutes", "Infinity"], '--minutes takes a number above 0, not "Infinity"'],
    [["--minutes", ""], '--minutes takes a number above 0, not ""'],
    [["--callers", "1.5"], '--callers takes an integer from 1, not "1.5"'],
    [["--callers", "0"], '--callers takes an integer from 1, not "0"'],
    [["--hours", "1"], "Unknown option '--hours'"],
    [["5"], "Unexpected argument '5'"],
  ])("%j: which value is wrong", (args, reason) => {
    expect(readArguments(args)).toContain(reason);
  });
});

describe("the verdict", () => {
  test("of a short run leaves the heap out, and says so", () => {
    expect(verdict(short)).toEqual([]);
    const text = report(short);
    expect(text).toContain(
      "Too short to judge the heap (minute 5 and later count): --minutes 10 or more does.",
    );
    expect(text).toContain("passed, but for the heap");
    expect(text).not.toContain("an hour");
  });

  test("of a short run is no better for what it left", () => {
    expect(report({ ...short, handlesAfter: 6 })).toContain("FAILED: 2 handles were left");
    expect(report({ ...short, handlesAtLast: 23 })).toContain("FAILED: from ebb to ebb 3 handles were left");
  });

  test("of a long run is that of its heap, not of its buffers", () => {
    const text = report({ ...short, slopes: { heap: 0.99, buffers: 70 } });
    expect(text).toContain(
      "Heap: 10.00 MiB at the first ebb, 12.00 MiB at the last, most 12.00 MiB; 0.990 MiB",
    );
    expect(text).toContain(
      "Buffers: 3.00 MiB at the first ebb, 1.00 MiB at the last, most 3.00 MiB; 70.000 MiB",
    );
    expect(text.trimEnd().split("\n").at(-1)).toBe("passed");
    expect(verdict({ ...short, slopes: { heap: 1, buffers: 0 } })).toEqual([
      "the heap grows by 1.00 MiB an hour",
    ]);
  });
});
