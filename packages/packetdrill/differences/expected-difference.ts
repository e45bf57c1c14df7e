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
  /** The script ends here: what follows builds upon what did not happen. */
  readonly ends: boolean;
  /** The extension that the script needs and that is not there yet. */
  readonly waitsFor: string | undefined;
}

/** Differences that have one reason. */
export interface DifferenceGroup {
  readonly why: string;
  readonly ends?: boolean;
  readonly waitsFor?: string;
  /** Script, line, field, what it wants, what is sent. */
  readonly lines: readonly (readonly [string, number, string, string, string])[];
}

export function flatten(groups: readonly DifferenceGroup[]): ExpectedDifference[] {
  return groups.flatMap(({ why, ends, waitsFor, lines }) =>
    lines.map(([script, line, field, wants, sends]) => ({
      script,
      line,
      field,
      wants,
      sends,
      why,
      ends: ends === true || waitsFor !== undefined,
      waitsFor,
    })),
  );
}

/** Those of a script. */
export function entriesFor(path: string, all: readonly ExpectedDifference[]): ExpectedDifference[] {
  const normal = `/${path.replaceAll("\\", "/")}`;
  return all.filter(({ script }) => normal.endsWith(`/${script}`));
}
