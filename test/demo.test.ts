import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../packages/demo/main.ts", import.meta.url));
/** ms: it promises to be over by then. */
const TIME_LIMIT = 20_000;

test(
  "npm start loses its primary path in the middle of a transfer, and not a byte",
  async () => {
    // Exit status 1 rejects, as does one that has to be killed.
    const { stdout } = await run(process.execPath, ["--import", "tsx", program, "--json"], {
      timeout: TIME_LIMIT,
      killSignal: "SIGKILL",
    });
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      ok: true,
      faults: [],
      bytes: 67_108_864,
      failover: { seen: true },
      primaryReturn: { seen: true },
    });
    expect(report.sha256.received).toMatch(/^[0-9a-f]{64}$/);
    expect(report.sha256.received).toBe(report.sha256.sent);
    expect(report.failover.to).not.toBe(report.failover.from);
    // Nothing of the window that was on its way at the cut arrived: it was sent again.
    expect(report.retransmissions).toBeGreaterThan(0);
    expect(report.timeouts).toBeGreaterThan(0);
    // T3-rtx must have expired once, and RTO.Min is 1,000 ms; one and a half of it is what a viewer is promised.
    expect(report.stall).toBeGreaterThan(900);
    expect(report.stall).toBeLessThan(1_500);
    for (const address of [report.failover.from, report.failover.to]) {
      expect(report.carried[address]).toBeGreaterThan(report.bytes / 8);
    }
  },
  TIME_LIMIT + 5_000,
);

test("npm start refuses an option that it does not know", async () => {
  const refused = run(process.execPath, ["--import", "tsx", program, "--jason"], { timeout: TIME_LIMIT });
  await expect(refused).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("--jason") });
});

test.each(["packages/demo/main.ts", "packages/sim/replay.ts"])(
  "%s ends quietly when its reader leaves",
  async (path) => {
    const child = spawn(process.execPath, ["--import", "tsx", path], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TIME_LIMIT,
      killSignal: "SIGKILL",
    });
    const words: string[] = [];
    // Whatever it started has this pipe too: it ends when the last of them has.
    child.stderr.on("data", (chunk) => words.push(String(chunk)));
    child.stdout.once("data", () => child.stdout.destroy());
    expect(await once(child, "close")).toEqual([0, null]);
    expect(words.join("")).toBe("");
  },
  TIME_LIMIT,
);
