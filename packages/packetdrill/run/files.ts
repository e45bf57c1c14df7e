import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** What files and folders named, and what is wrong with those that named nothing. */
export interface Found {
  /** In a fixed order. */
  readonly scripts: readonly string[];
  readonly wrong: readonly string[];
}

export function findScripts(paths: readonly string[]): Found {
  const scripts: string[] = [];
  const wrong: string[] = [];
  for (const path of paths) {
    try {
      const found = scriptsAt(path);
      if (found.length === 0) wrong.push(`${path}: there is no script in it`);
      scripts.push(...found);
    } catch (error) {
      wrong.push(`${path}: ${(error as Error).message}`);
    }
  }
  return { scripts, wrong };
}

function scriptsAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".pkt"))
    .map((name) => join(path, name))
    .sort();
}
