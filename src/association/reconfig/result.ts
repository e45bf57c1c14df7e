/**
 * How a request ended; `failed`: with one of the errors of RFC 6525 §4.4, Table 3, or with the association.
 */
export type ReconfigResult = "performed" | "nothing-to-do" | "denied" | "failed";

/** RFC 6525 §4.4, Table 3. */
export const ResultCode = {
  NOTHING_TO_DO: 0,
  PERFORMED: 1,
  DENIED: 2,
  WRONG_SSN: 3,
  ALREADY_IN_PROGRESS: 4,
  BAD_SEQUENCE_NUMBER: 5,
  IN_PROGRESS: 6,
} as const;

/**
 * What a final answer of the peer means for its request; errors and codes that Table 3 does not have are
 * failures.
 */
export function resultOf(code: number): ReconfigResult {
  if (code === ResultCode.PERFORMED) return "performed";
  if (code === ResultCode.NOTHING_TO_DO) return "nothing-to-do";
  return code === ResultCode.DENIED ? "denied" : "failed";
}

/** What the peer's request is answered with, where it hangs on a request of ours that ended so. */
export function codeOf(result: ReconfigResult): number {
  switch (result) {
    case "performed":
      return ResultCode.PERFORMED;
    case "nothing-to-do":
      return ResultCode.NOTHING_TO_DO;
    case "denied":
    case "failed":
      return ResultCode.DENIED;
  }
}

export function isSuccess(result: ReconfigResult): boolean {
  return result === "performed" || result === "nothing-to-do";
}
