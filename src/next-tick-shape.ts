import { executionAsyncResource } from 'node:async_hooks';

/** One for the process, as the code of Node is that it is for. Nothing but the reference matters. */
const kept: object[] = [];

/**
 * Keeps one of the objects that `process.nextTick` makes, for as long as the process lives. V8 remembers in the
 * compiled code of Node what these objects look like, but only as long as there is one. Full garbage collections at the
 * end of the start, or while no call comes, find none; after that every call of nextTick takes six to nine times as
 * long, for the rest of the process, on Node up to 24 (docs/decisions/0007). In a callback of nextTick its object is
 * the current resource.
 */
export function retainNextTickShape(): void {
  process.nextTick(() => {
    kept.push(executionAsyncResource());
  });
}
