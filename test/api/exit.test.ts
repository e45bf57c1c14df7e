import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

test.each([
  ["closes.ts", "with everything closed"],
  ["unreferenced.ts", "with everything open but unreferenced"],
  ["listens.ts", "and not while a server listens"],
  ["sockets-unreferenced.ts", "with sockets open but unreferenced"],
  ["sockets-close.ts", "when the shutdowns of closed sockets are over"],
  ["peer-aborts.ts", "and not before, whatever a peer does to who listens to nothing"],
])("a process exits by itself: %s, %s", async (program) => {
  const path = fileURLToPath(new URL(`programs/${program}`, import.meta.url));
  // Who does not exit is killed after that time, and execFile rejects.
  const { stdout, stderr } = await run(process.execPath, ["--import", "tsx", path], { timeout: 20_000 });
  expect(stdout).toBe("done\n");
  expect(stderr).toBe("");
});
