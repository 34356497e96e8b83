/**
 * When it was received, by `Clock.monotonic`: by the time of the event a clock set forward would make it forgotten too
 * early.
 */
export type Received = { readonly receivedAt: number };

/** Removes what was received before `bound`. Maps keep the order of insertion: only their front is looked at. */
export function evictBefore(records: Map<string, Received>, bound: number): void {
  for (const [id, { receivedAt }] of records) {
    if (receivedAt > bound) return;
    records.delete(id);
  }
}
