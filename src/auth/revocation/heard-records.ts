/**
 * When it was heard of, by `Clock.monotonic`: by the time of the event a clock set forward would make it forgotten too
 * early.
 */
export type Heard = { readonly heardAt: number };

/** Removes what was heard of before `bound`. Maps keep the order of insertion: only their front is looked at. */
export function evictBefore(records: Map<string, Heard>, bound: number): void {
  for (const [id, { heardAt }] of records) {
    if (heardAt > bound) return;
    records.delete(id);
  }
}
