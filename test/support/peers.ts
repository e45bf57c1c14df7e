import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "vitest";

/** Something outside this repository that a test cannot do without: another stack, a compiler, root. */
export interface MissingPeer {
  readonly name: string;
  readonly howToInstall: string;
}

/** Where test processes leave word of what they skipped, for the process that ends the run. */
const SKIPS_DIRECTORY = "USCTP_SKIPS_DIRECTORY";

/**
 * Returns the `describe` to use for tests that need `name`.
 *
 * Without the peer the tests are skipped, and the end of the run says so on stderr. With
 * `USCTP_REQUIRE_PEERS=1`, as on CI, a missing peer is a failure: a skip there would be a hole nobody sees.
 */
export function requirePeer(
  name: string,
  available: boolean,
  howToInstall: string,
): typeof describe | typeof describe.skip {
  if (available) return describe;
  if (process.env.USCTP_REQUIRE_PEERS === "1") {
    test(`needs ${name}`, () => {
      throw new Error(`${name} is missing and USCTP_REQUIRE_PEERS=1 is set. To install it: ${howToInstall}`);
    });
  } else {
    recordMissing({ name, howToInstall });
  }
  return describe.skip;
}

/** Lets the end of the run say that something was missing; by itself for what even CI may do without. */
export function recordMissing(peer: MissingPeer): void {
  const directory = process.env[SKIPS_DIRECTORY];
  // Only a test runner without our global setup leaves it unset; the skip itself still shows in its report.
  if (directory === undefined) return;
  // One file a peer: several test files may miss the same one, in processes that run side by side.
  writeFileSync(join(directory, `${encodeURIComponent(peer.name)}.json`), JSON.stringify(peer));
}

/** Opens the collection; the test processes inherit its place through the environment. */
export function openSkips(): string {
  const directory = join(tmpdir(), `usctp-skips-${process.pid}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  process.env[SKIPS_DIRECTORY] = directory;
  return directory;
}

/** Closes the collection and returns what was missing, by name. */
export function closeSkips(directory: string): MissingPeer[] {
  const missing = readdirSync(directory)
    .sort()
    .map((file): MissingPeer => JSON.parse(readFileSync(join(directory, file), "utf8")));
  rmSync(directory, { recursive: true, force: true });
  return missing;
}
