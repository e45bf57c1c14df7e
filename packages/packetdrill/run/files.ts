import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** The scripts that files and folders name, in a fixed order. Throws where there is none. */
export function findScripts(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (!statSync(path).isDirectory()) return [path];
    const found = readdirSync(path, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".pkt"))
      .map((name) => join(path, name))
      .sort();
    if (found.length === 0) throw new Error(`there is no script in ${path}`);
    return found;
  });
}
