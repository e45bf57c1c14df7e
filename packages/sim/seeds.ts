/**
 * Runs `body` once for each of `seeds` (or for 1 to that number), and says with an error by which seed it came, so
 * that `new Network({ seed })` shows it again.
 */
export function withSeeds(seeds: number | readonly number[], body: (seed: number) => void): void {
  const list = typeof seeds === "number" ? Array.from({ length: seeds }, (_, index) => index + 1) : seeds;
  for (const seed of list) {
    try {
      body(seed);
    } catch (error) {
      throw withNote(error, `seed ${seed}`);
    }
  }
}

function withNote(error: unknown, note: string): unknown {
  if (!(error instanceof Error)) return new Error(`${String(error)} (${note})`);
  // The same error, so that a test runner still shows its difference and its place.
  error.message = `${error.message} (${note})`;
  return error;
}
