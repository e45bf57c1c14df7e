import type { Tsn } from "../../base/serial.ts";
import type { Path } from "../path/path.ts";

/** A chunk that went over `path` last and goes by another one, to learn what has become of the rest. */
export interface TailLossProbe {
  readonly path: Path;
  /** It went by another path; if not, by the same one. */
  readonly isElsewhere: boolean;
  readonly tsn: Tsn;
  /** ms */
  readonly sentAt: number;
  /** When it was acknowledged, and when the path is judged by that, ms; Infinity until then. */
  acknowledgedAt: number;
  judgedAt: number;
}
