/** Rows that are read, or made into an answer, before other calls are served: a few ms of the event loop. */
export const ROWS_AT_ONCE = 100;

/** Resolves in the next iteration of the event loop, after other calls were served: for work of more than a few ms. */
export function nextIteration(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
