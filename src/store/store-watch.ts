import type { Revocations } from '../auth/revocation/revocations';
import type { Store } from './store';

const EVERY_MS = 500;
const PING_TIMEOUT_MS = 2_000;

export interface StoreState {
  /** The store takes writes: Login, Refresh and administration work. */
  readonly storeAnswers: boolean;
  /** Revocations are known: Validate works. Goes on for REVOCATION_STALENESS_SECONDS without the store. */
  readonly canValidate: boolean;
}

/** Looks twice a second whether the store answers and the revocation feed is fresh, and reports when that changes. */
export function watchStore(
  store: Pick<Store, 'ping'>,
  revocations: Pick<Revocations, 'isStale'>,
  onChange: (state: StoreState) => void,
): { current(): StoreState; close(): void } {
  let state: StoreState = { storeAnswers: true, canValidate: true };
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const look = async (): Promise<void> => {
    const storeAnswers = await store.ping(PING_TIMEOUT_MS).then(
      () => true,
      () => false,
    );
    if (closed) return;
    const before = state;
    state = { storeAnswers, canValidate: !revocations.isStale() };
    if (before.storeAnswers !== storeAnswers || before.canValidate !== state.canValidate) onChange(state);
    schedule();
  };
  const schedule = (): void => {
    timer = setTimeout(look, EVERY_MS);
    timer.unref();
  };

  schedule();
  return {
    current: () => state,
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
