import { existsSync, mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Makes a folder for captures, if it is not there. What hinders that, or writing in it, in one line. */
export function prepareFolder(folder: string): string | undefined {
  const parent = dirname(resolve(folder));
  if (!existsSync(parent)) return `cannot be made: there is no ${parent}`;
  try {
    // Not recursive: Node would try for ever where a file system lets nobody make anything, such as /proc.
    if (!existsSync(folder)) mkdirSync(folder);
  } catch (error) {
    return `cannot be made: ${reasonOf(error)}`;
  }
  try {
    // Permissions tell root nothing: what cannot be written is found by writing.
    rmdirSync(mkdtempSync(join(folder, ".usctp-")));
  } catch (error) {
    return `cannot be written: ${reasonOf(error)}`;
  }
  return undefined;
}

/** As Node says it, without the call. */
export function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/, \w+ '.*$/s, "");
}
