import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildProgram, type PeerProgram } from "../program.ts";
import type { Stack } from "../stack.ts";

const hint = "apt-get install -y libusrsctp-dev gcc";

function compile(path: string, sources: readonly string[]): string | undefined {
  const flags = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror"];
  const libraries = ["-lusrsctp", "-lpthread", "-ldl"];
  const wanted = sources.filter((source) => source.endsWith(".c"));
  const run = spawnSync("cc", [...flags, "-o", path, ...wanted, ...libraries], { encoding: "utf8" });
  if (run.error !== undefined) return "there is no C compiler (cc)";
  if (run.status === 0) return undefined;
  if (/usrsctp\.h|-lusrsctp/.test(run.stderr)) return "libusrsctp is not installed";
  throw new Error(`the usrsctp peer does not compile:\n${run.stderr}`);
}

/** The C library, with everything that the matrix asks for. */
export const usrsctp: Stack = {
  name: "usrsctp",
  hint,
  prepare(): PeerProgram {
    const folder = fileURLToPath(new URL(".", import.meta.url));
    return buildProgram({ name: "usrsctp", folder, sources: /\.[ch]$/, hint, compile });
  },
  ports: { ours: 5_001, peer: 5_002 },
  bulk: 64 << 20,
  lossy: 1 << 20,
  largest: 1 << 20,
  traits: {
    counts: true,
    tellsOrder: true,
    abortReason: true,
    tellsShutdown: true,
    tellsFailures: true,
    resetsInTurn: false,
    settings: true,
  },
  cannot: {
    // Seen with 0.9.5: "I-FORWARD-TSN[cum=…444, streams=3:0U 4:0]", where the message of stream 4 has TSN …445; it then
    // neither sends that again nor skips it, and is silent.
    "abandon-interleaved-in": "its I-FORWARD-TSN of two streams says a TSN too low by one, and it hangs",
  },
};
