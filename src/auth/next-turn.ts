/** Resolves after other calls have had their turn of the event loop: for work that takes more than a few ms. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
