import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { bytesNamed } from "./replay.ts";

const folder = mkdtempSync(join(tmpdir(), "usctp-replay-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("--replay", () => {
  test("takes hexadecimal bytes", () => {
    expect([...bytesNamed("00fe")]).toEqual([0, 254]);
    expect([...bytesNamed("00FE")]).toEqual([0, 254]);
    expect([...bytesNamed("")]).toEqual([]);
  });

  test("takes a file of them", () => {
    const file = join(folder, "finding.hex");
    writeFileSync(file, "00fe\n");
    expect([...bytesNamed(file)]).toEqual([0, 254]);
  });

  test.each(["zz", "abc", "no/such/file"])("says of %j that it is neither", (what) => {
    expect(() => bytesNamed(what)).toThrow(
      `--replay takes a file or hexadecimal bytes; "${what}" is neither`,
    );
  });

  test("says of a file what is wrong with it", () => {
    const file = join(folder, "text");
    writeFileSync(file, "hello");
    expect(() => bytesNamed(file)).toThrow(`"${file}" has others`);
    expect(() => bytesNamed(folder)).toThrow(`--replay cannot read "${folder}": EISDIR`);
  });
});
