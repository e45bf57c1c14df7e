import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { PeerProgram } from "../program.ts";

export interface NodeProgram {
  readonly name: string;
  /** The npm package that it is about. */
  readonly library: string;
  /** Its program. */
  readonly program: URL;
}

/** What to say to somebody whose `node_modules` lacks a library. */
export const npmHint = "npm install";

/** Nothing is built: the program runs from its sources, if the library is there. */
export function prepareNodeProgram({ name, library, program }: NodeProgram): PeerProgram {
  const require = createRequire(import.meta.url);
  try {
    require.resolve(library);
  } catch {
    return { available: false, name, reason: `the package ${library} is not installed`, hint: npmHint };
  }
  const tsx = pathToFileURL(require.resolve("tsx")).href;
  return {
    available: true,
    name,
    command: [process.execPath, "--import", tsx, fileURLToPath(program)],
  };
}
