import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("replay.ts", import.meta.url));

function run(...args: string[]): {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", SCRIPT, ...args], {
    encoding: "utf8",
  });
  return { status, out: stdout, err: stderr };
}

test("what cannot be done is refused in two lines, with 2", () => {
  const hint = "npm run sim -- --help lists the options\n";
  expect(run("--seeds", "5", "--shrink")).toEqual({
    status: 2,
    out: "",
    err: `--shrink and --seeds do not go together: it is for one --seed\n${hint}`,
  });
  const folder = `${SCRIPT}/captures`;
  const { status, out, err } = run("--scenario", "handshake", "--capture", folder);
  expect([status, out]).toEqual([2, ""]);
  expect(err).toMatch(/^--capture: \S+ cannot be made: ENOTDIR[^\n]*\n[^\n]*\n$/);
});

test("a quiet survey is one line", () => {
  const { status, out, err } = run("--seeds", "3", "--scenario", "handshake", "--quiet");
  expect([status, err]).toEqual([0, ""]);
  expect(out).toMatch(/^passed: 3 of 3 seeds are well; [^\n]*\n$/);
});
