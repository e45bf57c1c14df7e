import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { recordMissing } from "../../../test/support/peers.ts";
import { differenceGroups, expectedDifferences } from "../differences/expected-differences.ts";
import { differencesTable } from "../differences/table.ts";
import { findScripts } from "../run/files.ts";
import { judgeFile } from "../run/suite.ts";
import { told } from "./support.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const root = join(here("../../.."));

describe("our own scripts", () => {
  test.each(findScripts([here("./scripts")]).scripts.map((path) => [path.slice(root.length + 1), path]))(
    "%s",
    async (_name, path) => {
      expect(told((await judgeFile(path)).verdict)).toBe("passed");
    },
  );
});

test("what cannot be read fails, and nothing else with it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "usctp-packetdrill-"));
  try {
    mkdirSync(join(folder, "a.pkt"));
    symlinkSync(join(folder, "nowhere"), join(folder, "b.pkt"));
    writeFileSync(join(folder, "c.pkt"), "0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3");
    const verdicts: string[] = [];
    for (const path of findScripts([folder]).scripts) verdicts.push(told((await judgeFile(path)).verdict));
    expect(verdicts).toEqual([
      expect.stringMatching(/^1:1 script: a script \| it cannot be read: EISDIR/),
      expect.stringMatching(/^1:1 script: a script \| it cannot be read: ENOENT/),
      "passed",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const shared = join(root, "../shared/packetdrill");
const isThere = existsSync(shared);
if (!isThere) {
  recordMissing({
    name: "the conformance scripts of ETSI and packetdrill",
    howToInstall: "put them into ../shared/packetdrill, as docs/conformance.md says",
  });
}

describe.skipIf(!isThere)("the scripts of ETSI and FreeBSD", () => {
  const scripts = isThere ? findScripts([shared]).scripts : [];

  test("are all there", () => {
    expect(scripts.filter((path) => path.includes("/etsi/")).length).toBe(56);
    expect(scripts.filter((path) => path.includes("/freebsd/")).length).toBe(79);
  });

  test.each(scripts.map((path) => [path.slice(shared.length + 1), path]))("%s", async (_name, path) => {
    const { verdict } = await judgeFile(path);
    expect(["passed", "expected"]).toContain(told(verdict));
  });

  test("differ on purpose only where there is a script", () => {
    const unknown = expectedDifferences.filter(({ script }) => !scripts.includes(`${shared}/${script}`));
    expect(unknown).toEqual([]);
  });
});

test("at most five of the ETSI scripts differ, each by a clause of RFC 9260", () => {
  const etsi = expectedDifferences.filter(({ script }) => script.startsWith("etsi/"));
  expect(new Set(etsi.map(({ script }) => script)).size).toBeLessThanOrEqual(5);
  for (const { why, waitsFor } of etsi) {
    expect(why).toMatch(/^RFC 9260 §/);
    expect(waitsFor).toBeUndefined();
  }
});

test("docs/conformance.md shows the expected differences as they are", () => {
  expect(readFileSync(`${root}/docs/conformance.md`, "utf8")).toContain(differencesTable(differenceGroups));
});
