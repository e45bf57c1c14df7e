import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** The programs of docs/examples/message, as their readers run them: one an extension. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = "docs/examples/message";

const printed: Readonly<Record<string, readonly string[]>> = {
  "addresses.ts": ["127.0.0.2 is confirmed", "127.0.0.1 is removed", "hello at 127.0.0.2"],
  "authentication.ts": [
    "both sides authenticate: true",
    "hello, authenticated",
    // A stranger is not answered.
    "ERR_SCTP_CONNECT_TIMEOUT",
  ],
  "interleaving.ts": ["6 bytes on stream 2", "1000000 bytes on stream 1"],
  "partial-reliability.ts": ["given up: position 1", "given up: position 2", "the first has come", "goodbye"],
  "path-mtu.ts": ["begins small", "packets of 65535 bytes"],
  "reset-streams.ts": [
    "first on stream 3",
    "fourth on stream 7",
    "performed",
    "second on stream 3",
    "the peer began streams 3 anew",
    "the peer has 4 streams more",
    "third on stream 3",
  ],
  "schedulers.ts": ["stream 1 had 75 % of the first half"],
  "zero-checksum.ts": ["sent without a checksum"],
};

/** Both sides print in one process: what comes from either comes in its order, and between them it may vary. */
const ANY_ORDER = new Set(["reset-streams.ts"]);

test("every program has its lines", () => {
  expect(readdirSync(`${root}${folder}`)).toEqual(Object.keys(printed).sort());
});

test.each(Object.keys(printed))(
  "%s does as it says, and ends by itself",
  { timeout: 60_000 },
  async (name) => {
    const args = ["--import", "tsx", `${folder}/${name}`];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root });
    const lines = stdout.trimEnd().split("\n");
    expect(stderr).toBe("");
    expect(ANY_ORDER.has(name) ? lines.sort() : lines).toEqual(printed[name]);
  },
);
