import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "usctp-trace-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Result {
  readonly status: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of the package's scripts. */
function npmRun(...args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile("npm", ["run", "--silent", ...args], { cwd: ROOT }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

test("npm run sim captures what it plays, and npm run trace prints it", async () => {
  const played = await npmRun("sim", "--", "--scenario", "handshake", "--lines", "all", "--capture", folder);
  expect(played.status).toBe(0);
  const printed = await npmRun("trace", "--", join(folder, "handshake-1.pcapng"));
  expect(printed).toMatchObject({ status: 0, stderr: "" });
  const lines = printed.stdout.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^ +0\.000 {2}10\.0\.0\.1:9899 ──→ 10\.0\.0\.2:9899 {2}\S+ tag=00000000 INIT\[/);
  // The ladder of the simulator says the same of every packet.
  const packets = (text: string): string[] => text.match(/\d+>\d+ tag=.*(?=\n)/g) ?? [];
  expect(packets(printed.stdout)).toEqual(packets(played.stdout));
  expect(lines).toHaveLength(packets(played.stdout).length);
});

test("npm run trace says what is wrong with its arguments, and with a file", async () => {
  const missing = join(folder, "missing.pcapng");
  expect(await npmRun("trace", "--", missing)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`${missing}: ENOENT`),
  });
  expect(await npmRun("trace", "--", join(ROOT, "package.json"))).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("neither a pcapng nor a pcap file"),
  });
  expect((await npmRun("trace")).status).toBe(2);
  expect((await npmRun("trace", "--", missing, "--udp-port", "x")).status).toBe(2);
});
