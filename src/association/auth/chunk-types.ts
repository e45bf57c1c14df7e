/** Of each chunk type whether it is one of some: asked of every chunk of every packet. */
export type ChunkTypeTable = Uint8Array;

export function chunkTypeTable(types: Iterable<number>): ChunkTypeTable {
  const table = new Uint8Array(256);
  for (const type of types) table[type] = 1;
  return table;
}
