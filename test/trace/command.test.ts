import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
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

test("npm run trace says which UDP ports there are where none is the one that was asked for", async () => {
  await npmRun("sim", "--", "--scenario", "handshake", "--capture", folder);
  const file = join(folder, "handshake-1.pcapng");
  expect(await npmRun("trace", "--", file, "--udp-port", "4711")).toEqual({
    status: 0,
    stdout: "… no datagram is from or to UDP port 4711: there are 9899\n",
    stderr: "",
  });
  const all = await npmRun("trace", "--", file, "--udp-port", "9899");
  expect(all.stdout).toContain("INIT");
  expect(all.stdout).not.toContain("no datagram");
});

test("npm run conformance goes on where a path has no script, and says so", async () => {
  const script = join(ROOT, "packages/packetdrill/test/scripts");
  const [nowhere, empty] = [join(folder, "nowhere"), join(folder, "empty")];
  mkdirSync(empty);
  const ran = await npmRun("conformance", "--", nowhere, script, empty);
  expect(ran.status).toBe(2);
  expect(ran.stdout).toMatch(/\d+ passed, \d+ expected differences, 0 failed/);
  expect(ran.stderr).toContain(`${nowhere}: ENOENT`);
  expect(ran.stderr).toContain(`${empty}: there is no script in it`);
  const none = await npmRun("conformance", "--", nowhere);
  expect(none).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining("ENOENT") });
});

test("npm run interop says why there is no folder for captures", async () => {
  const { status, stdout, stderr } = await npmRun(
    "interop",
    "--",
    "--capture",
    join(ROOT, "package.json", "folder"),
  );
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^--capture .*: there cannot be such a folder: ENOTDIR.*\n$/);
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
