/** What was told to listen, here in this process, and does not yet. */
const beginning = new Set<Promise<unknown>>();

/** For whoever begins to listen: `work` is over when it does, or does not. */
export function listens<T>(work: Promise<T>): Promise<T> {
  beginning.add(work);
  const over = (): void => void beginning.delete(work);
  work.then(over, over);
  return work;
}

/**
 * Resolves when everything listens that was told to before this call. In the two packages, as in the system, `listen`
 * has done its work when it returns: what connects in the next line must not be refused.
 */
export async function othersListen(): Promise<void> {
  await Promise.allSettled([...beginning]);
}
