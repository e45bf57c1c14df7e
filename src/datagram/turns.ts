/** Runs asynchronous tasks one after the other, in the order in which they came: each finds what the last one left. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as `task` does; a task that fails does not stop the next. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
