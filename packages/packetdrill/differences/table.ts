import type { DifferenceGroup } from "./expected-difference.ts";

/** The expected differences as a table of Markdown: a row a reason and script. */
export function differencesTable(groups: readonly DifferenceGroup[]): string {
  const rows = groups.flatMap(({ why, waitsFor, lines }) => {
    const byScript = new Map<string, number[]>();
    for (const [script, line] of lines) byScript.set(script, [...(byScript.get(script) ?? []), line]);
    const reason = waitsFor === undefined ? why : `waits for ${waitsFor}: ${why}`;
    return [...byScript].map(([script, at]) => `| \`${script}\` | ${at.join(", ")} | ${reason} |`);
  });
  return ["| script | line | why |", "|---|---|---|", ...rows].join("\n");
}
