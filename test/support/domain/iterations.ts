/** Calls `work` in every iteration of the event loop until the returned function is called. */
export function onEachIteration(work: () => void): () => void {
  let next: NodeJS.Immediate;
  const run = (): void => {
    work();
    next = setImmediate(run);
  };
  next = setImmediate(run);
  return () => clearImmediate(next);
}

/** What `work` returns, and how many iterations of the event loop other calls had meanwhile. */
export async function countIterations<T>(work: () => T | Promise<T>): Promise<[T, number]> {
  let count = 0;
  const stop = onEachIteration(() => {
    count += 1;
  });
  try {
    return [await work(), count];
  } finally {
    stop();
  }
}
