/** A parameter of a type that has no codec (RFC 9260 §3.2.1); `parameterAction` says what to do with it. */
export interface UnknownParameter {
  readonly type: "UNKNOWN";
  readonly typeCode: number;
  /** The whole parameter, type and length included, padding not. */
  readonly bytes: Uint8Array;
}

export function decodeUnknownParameter(
  bytes: Uint8Array,
  offset: number,
  length: number,
  typeCode: number,
): UnknownParameter {
  return { type: "UNKNOWN", typeCode, bytes: bytes.subarray(offset, offset + length) };
}

export function unknownParameterLength(parameter: UnknownParameter): number {
  return parameter.bytes.length;
}

export function encodeUnknownParameter(
  parameter: UnknownParameter,
  into: Uint8Array,
  offset: number,
): number {
  into.set(parameter.bytes, offset);
  return offset + parameter.bytes.length;
}
