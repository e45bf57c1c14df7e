/** A line on which a script and this stack differ on purpose. */
export interface ExpectedDifference {
  /** The end of the script's path. */
  readonly script: string;
  readonly line: number;
  /** Where in the packet or call. */
  readonly field: string;
  /** What the script wants, and what is sent or returned, exactly. */
  readonly wants: string;
  readonly sends: string;
  /** Why: the clause that decides, or whose number it is. */
  readonly why: string;
  /** The extension that the script needs and that is not there yet: the script ends here. */
  readonly waitsFor?: string;
}

/** Those of a script. */
export function entriesFor(path: string, all: readonly ExpectedDifference[]): ExpectedDifference[] {
  const normal = `/${path.replaceAll("\\", "/")}`;
  return all.filter(({ script }) => normal.endsWith(`/${script}`));
}
