import type { Parameter } from "../../packet/parameters/parameter.ts";

/** RFC 9653 §8: the Error Detection Method Identifier of SCTP over DTLS, the only one that there is. */
const DTLS = 1;

/** RFC 9653 §5.1: tells the peer that packets without a checksum are taken. */
export const zeroChecksumAcceptable: Parameter = { type: "ZERO-CHECKSUM-ACCEPTABLE", method: DTLS };

/** RFC 9653 §5.2, 1: the peer takes them by "an alternate error detection method [that we support]". */
export function acceptsZeroChecksum(said: readonly Parameter[]): boolean {
  return said.some((parameter) => parameter.type === "ZERO-CHECKSUM-ACCEPTABLE" && parameter.method === DTLS);
}
