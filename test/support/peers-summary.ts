import { closeSkips, openSkips } from "./peers.ts";

/** Vitest's global setup: what `requirePeer` skipped is said aloud when everything else has been said. */
export function setup(): () => void {
  const directory = openSkips();
  return () => {
    const missing = closeSkips(directory);
    if (missing.length === 0) return;
    const lines = missing.map(
      ({ name, howToInstall }) => `  SKIPPED  ${name}\n           to run it: ${howToInstall}`,
    );
    const bar = "!".repeat(100);
    process.stderr.write(
      `\n${bar}\nTests were skipped because something they need is missing:\n${lines.join("\n")}\n`,
    );
    process.stderr.write(`Set USCTP_REQUIRE_PEERS=1 to make this a failure.\n${bar}\n`);
  };
}
