import type { CongestionControl } from "./congestion.ts";
import { CubicCongestion } from "./cubic.ts";
import { Rfc9260Congestion } from "./rfc9260.ts";
import { WestwoodCongestion } from "./westwood.ts";

/**
 * - `rfc9260`: as RFC 9260 §7.2 has it, like Reno
 * - `cubic`: RFC 9438, which grows faster where round trips are long and windows large
 * - `westwood`: keeps its window where packets are lost at random rather than by congestion
 */
export type CongestionControlName = "rfc9260" | "cubic" | "westwood";

const algorithms: Readonly<
  Record<CongestionControlName, new (maxChunkSize: number, family: 4 | 6) => CongestionControl>
> = { rfc9260: Rfc9260Congestion, cubic: CubicCongestion, westwood: WestwoodCongestion };

export const congestionControls: readonly CongestionControlName[] = Object.keys(
  algorithms,
) as CongestionControlName[];

export function createCongestion(
  name: CongestionControlName,
  maxChunkSize: number,
  family: 4 | 6,
): CongestionControl {
  return new algorithms[name](maxChunkSize, family);
}
