import type { Parameter } from "../../packet/parameters/parameter.ts";
import { parameterAction } from "../../packet/registry.ts";

/** The parameters of an INIT or INIT ACK that are ours to read. */
export interface UnderstoodParameters {
  /** Those before an unrecognized one that says "stop" (RFC 9260 §3.2.1). */
  readonly known: readonly Parameter[];
  /** Unrecognized ones that the peer wants to hear of, whole TLVs. */
  readonly report: readonly Uint8Array[];
}

/** RFC 9260 §3.2.1: the two upper bits of an unrecognized parameter's type say whether to go on and to report it. */
export function understand(parameters: readonly Parameter[]): UnderstoodParameters {
  const known: Parameter[] = [];
  const report: Uint8Array[] = [];
  for (const parameter of parameters) {
    if (parameter.type !== "UNKNOWN") {
      known.push(parameter);
      continue;
    }
    const action = parameterAction(parameter.typeCode);
    if (action.report) report.push(parameter.bytes);
    if (action.stop) break;
  }
  return { known, report };
}
