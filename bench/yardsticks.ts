import type { Findings } from "./report.ts";

/** The shaped loop holds this share of the bare one at least, or something is wrong with the machine. */
const SHARE = 0.45;

/** Why a run is void, if it is; undefined too where the two loops were not measured. */
export function voidBecause(findings: readonly Findings[]): string | undefined {
  for (const { name, cases } of findings) {
    if (name !== "goodput") continue;
    const median = (contestant: string): number | undefined =>
      cases.find((one) => one.contestant === contestant && one.at.link === "loopback")?.figures.megabytes
        ?.median;
    const [shaped, bare] = [median("shaped"), median("blast")];
    if (shaped === undefined || bare === undefined || shaped >= SHARE * bare) continue;
    const share = (shaped / bare).toFixed(2);
    return `the shaped dgram loop came to ${share} of the bare one, and not to ${SHARE}: take no figure from this run`;
  }
  return undefined;
}
