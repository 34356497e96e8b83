/** Resolves in the next iteration of the event loop, after other calls were served: for work of more than a few ms. */
export function nextIteration(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
