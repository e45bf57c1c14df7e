/**
 * Serial numbers (RFC 1982, RFC 9260 §1.6): the only place where a TSN, an SSN, an MID or a
 * configuration serial is compared. They wrap, so
 * `<` on the bare number is wrong for half of all pairs; the brands keep the types apart.
 */
declare const brand: unique symbol;

/** Transmission sequence number, 32 bits. */
export type Tsn = number & { readonly [brand]: "Tsn" };
/** Stream sequence number, 16 bits. */
export type Ssn = number & { readonly [brand]: "Ssn" };
/** Message identifier of I-DATA, 32 bits (RFC 8260 §2.1). */
export type Mid = number & { readonly [brand]: "Mid" };
/** Number of a request to change the configuration, 32 bits, of ASCONF (RFC 5061 §4.1.1) or RE-CONFIG (RFC 6525 §4.1). */
export type Serial = number & { readonly [brand]: "Serial" };

/** Wraps any integer into a TSN. */
export function asTsn(value: number): Tsn {
  return (value >>> 0) as Tsn;
}

export function tsnAdd(tsn: Tsn, count: number): Tsn {
  return ((tsn + count) >>> 0) as Tsn;
}

export function tsnNext(tsn: Tsn): Tsn {
  return ((tsn + 1) >>> 0) as Tsn;
}

/** `a - b` as a signed number from -2^31 to 2^31 - 1: how far `a` is ahead of `b`. */
export function tsnDiff(a: Tsn, b: Tsn): number {
  return (a - b) | 0;
}

export function tsnLt(a: Tsn, b: Tsn): boolean {
  return ((a - b) | 0) < 0;
}

export function tsnLe(a: Tsn, b: Tsn): boolean {
  return ((a - b) | 0) <= 0;
}

export function tsnGt(a: Tsn, b: Tsn): boolean {
  return ((a - b) | 0) > 0;
}

export function tsnGe(a: Tsn, b: Tsn): boolean {
  return ((a - b) | 0) >= 0;
}

/** Wraps any integer into an SSN. */
export function asSsn(value: number): Ssn {
  return (value & 0xffff) as Ssn;
}

/** RFC 9260 §6.5: after 65535 the SSN is 0 again. */
export function ssnNext(ssn: Ssn): Ssn {
  return ((ssn + 1) & 0xffff) as Ssn;
}

/** `a - b`: how far `a` is ahead of `b`, -2^15 to 2^15 - 1. */
export function ssnDiff(a: Ssn, b: Ssn): number {
  return ((a - b) << 16) >> 16;
}

/** Wraps any integer into an MID. */
export function asMid(value: number): Mid {
  return (value >>> 0) as Mid;
}

/** RFC 8260 §2.1: after 2^32 - 1 the MID is 0 again. */
export function midNext(mid: Mid): Mid {
  return ((mid + 1) >>> 0) as Mid;
}

/** `a - b` as a signed number from -2^31 to 2^31 - 1: how far `a` is ahead of `b`. */
export function midDiff(a: Mid, b: Mid): number {
  return (a - b) | 0;
}

/** Whether one FSN of a message is before another (RFC 8260 §2.1: 32 bits, and it may wrap). */
export function fsnLt(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

/** Wraps any integer into a serial. */
export function asSerial(value: number): Serial {
  return (value >>> 0) as Serial;
}

/** RFC 5061 §4.1.1: "Sequence Numbers wrap back to 0 after reaching 4294967295". */
export function serialNext(serial: Serial): Serial {
  return ((serial + 1) >>> 0) as Serial;
}

/** `a - b` as a signed number from -2^31 to 2^31 - 1: how far `a` is ahead of `b`. */
export function serialDiff(a: Serial, b: Serial): number {
  return (a - b) | 0;
}
