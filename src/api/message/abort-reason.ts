export const NO_REASON: Uint8Array = new Uint8Array(0);

/** What the peer is told; undefined when it is nothing that can be told. */
export function reasonBytes(reason: unknown): Uint8Array | undefined {
  if (reason === undefined || reason === null) return NO_REASON;
  if (reason instanceof Uint8Array) return reason;
  if (typeof reason === "string") return Buffer.from(reason);
  return reason instanceof Error ? Buffer.from(reason.message) : undefined;
}
