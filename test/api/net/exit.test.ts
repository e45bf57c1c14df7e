import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

test.each([
  ["unreferenced.ts", "with everything open but unreferenced"],
  ["peer-resets.ts", "with every socket ended, one way or another"],
])("a process exits by itself: %s, %s", async (program) => {
  const path = fileURLToPath(new URL(`programs/${program}`, import.meta.url));
  // Who does not exit is killed after that time, and execFile rejects.
  const { stdout, stderr } = await run(process.execPath, ["--import", "tsx", path], { timeout: 20_000 });
  expect(stderr).toBe("");
  expect(stdout).toBe("done\n");
});
