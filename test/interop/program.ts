/** Where the programs of the peers come from: built once for each version of their sources, and kept. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How to run a peer, or why that cannot be done and how it could. */
export type PeerProgram =
  | { readonly available: true; readonly name: string; readonly command: readonly string[] }
  | { readonly available: false; readonly name: string; readonly reason: string; readonly hint: string };

export interface Build {
  readonly name: string;
  /** Of the sources. */
  readonly folder: string;
  /** Which files of the folder are sources. */
  readonly sources: RegExp;
  /** Further than the sources: what the program is made of besides, so that a new version of it is a new program. */
  readonly version?: string;
  readonly hint: string;
  /** Builds `path` from the sources. Gives a reason where something is not installed; throws when they are at fault. */
  compile(path: string, sources: readonly string[]): string | undefined;
}

/** A folder of this user's own for what was built. */
export function cacheFolder(): string {
  const user = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `usctp-interop-${user}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // A folder of this name that somebody else made is no place to run programs from.
  if (statSync(folder).uid !== user) throw new Error(`${folder} belongs to another user`);
  return folder;
}

/** Builds a program, unless one of the same sources is there already. */
export function buildProgram({ name, folder, sources, version = "", hint, compile }: Build): PeerProgram {
  const files = readdirSync(folder)
    .filter((file) => sources.test(file))
    .sort();
  const hash = createHash("sha256").update(version);
  for (const file of files) hash.update(readFileSync(join(folder, file)));
  const path = join(cacheFolder(), `${name}-peer-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(path)) return { available: true, name, command: [path] };
  // Test files run side by side, and each may be the first.
  const unfinished = `${path}.${process.pid}`;
  const reason = compile(
    unfinished,
    files.map((file) => join(folder, file)),
  );
  if (reason !== undefined) {
    rmSync(unfinished, { force: true });
    return { available: false, name, reason, hint };
  }
  renameSync(unfinished, path);
  return { available: true, name, command: [path] };
}
