import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { prepareFolder } from "./capture-folder.ts";

const place = mkdtempSync(join(tmpdir(), "usctp-folder-"));
afterAll(() => rmSync(place, { recursive: true }));

describe("a folder for captures", () => {
  test("is made, and left as it is where it is there", () => {
    const folder = join(place, "captures");
    expect(prepareFolder(folder)).toBeUndefined();
    writeFileSync(join(folder, "a"), "");
    expect(prepareFolder(folder)).toBeUndefined();
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  test("is not made where its parent is missing, or no folder", () => {
    expect(prepareFolder(join(place, "no", "captures"))).toBe(
      `cannot be made: there is no ${join(place, "no")}`,
    );
    const file = join(place, "file");
    writeFileSync(file, "");
    expect(prepareFolder(join(file, "captures"))).toMatch(/^cannot be made: ENOTDIR/);
    expect(prepareFolder(file)).toMatch(/^cannot be written: ENOTDIR/);
  });

  test.runIf(existsSync("/proc/self"))("is not waited for in /proc, where nobody makes anything", () => {
    expect(prepareFolder("/proc/captures")).toMatch(/^cannot be made: ENOENT[^\n]*$/);
    expect(prepareFolder("/proc")).toMatch(/^cannot be written: ENOENT[^\n]*$/);
    expect(prepareFolder("/proc/captures/of/today")).toBe("cannot be made: there is no /proc/captures/of");
  });
});
