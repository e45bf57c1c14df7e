import {
  type Parameter,
  parameterLength,
  parametersToBytes,
  parameterTypeCode,
} from "../../packet/parameters/parameter.ts";
import { parameterAction } from "../../packet/registry.ts";
import { type Extensions, extensionOfParameter } from "../extension/extensions.ts";

/**
 * Bytes of unrecognized parameters that are reported, headers counted. RFC 9260 §12.4: an answer "MAY ... omit some or
 * all" of them, and must not grow beyond any packet because of them.
 */
const MAX_REPORTED = 1_024;
/** How many of them: each is wrapped in a header of its own, which the INIT did not have. */
const MAX_REPORTS = 32;

/** The parameters of an INIT or INIT ACK that are ours to read. */
export interface UnderstoodParameters {
  /**
   * Those before an unrecognized one that says "stop" (RFC 9260 §3.2.1). One of an extension that is on, but of the wrong
   * shape, is among them as UNKNOWN: it is the peer's fault, and not one of ours that we do not know it.
   */
  readonly known: readonly Parameter[];
  /** Unrecognized ones that the peer wants to hear of, whole TLVs; MAX_REPORTED bytes at most. */
  readonly report: readonly Uint8Array[];
}

/** RFC 9260 §3.2.1: the two upper bits of an unrecognized parameter's type say whether to go on and to report it. */
export function understand(parameters: readonly Parameter[], offered: Extensions): UnderstoodParameters {
  const known: Parameter[] = [];
  const report: Uint8Array[] = [];
  let room = MAX_REPORTED;
  for (const parameter of parameters) {
    const typeCode = parameterTypeCode(parameter);
    const extension = extensionOfParameter(typeCode);
    // RFC 9653 §4, RFC 3758 §3.3.2, and others likewise: of an extension that is off it is skipped.
    if (extension === undefined ? parameter.type !== "UNKNOWN" : offered[extension]) {
      known.push(parameter);
      continue;
    }
    const action = parameterAction(typeCode);
    // RFC 9260 §12.4: the answer is kept small, and omits what does not fit.
    const length = parameterLength(parameter);
    if (action.report && length <= room && report.length < MAX_REPORTS) {
      report.push(parametersToBytes([parameter]));
      room -= length;
    }
    if (action.stop) break;
  }
  return { known, report };
}
