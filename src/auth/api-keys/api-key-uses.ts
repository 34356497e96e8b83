import type { Call } from '../call';
import type { StoredApiKeys } from './stored-api-keys';
import type { VerifiedApiKey } from './verified-api-key';

/** Keys per command to the store. */
const BATCH = 500;
/** Uses that wait while the store is out of reach; beyond them the oldest are forgotten. */
const MAX_WAITING = 20_000;

/** When keys were last used: noted in memory by every call, written for many keys at once. */
export class ApiKeyUses {
  readonly #waiting = new Map<string, number>();

  constructor(private readonly apiKeys: Pick<StoredApiKeys, 'recordUses'>) {}

  /** Notes the latest use of a key since it was noted before. */
  note(key: VerifiedApiKey): void {
    const at = key.takeUse();
    if (at === undefined) return;
    this.#waiting.delete(key.id);
    this.#waiting.set(key.id, at);
    if (this.#waiting.size <= MAX_WAITING) return;
    const [oldest = ''] = this.#waiting.keys();
    this.#waiting.delete(oldest);
  }

  /**
   * Writes what is noted; what the store does not take waits for the next time. @throws as `StoredApiKeys.recordUses`
   */
  async write(newCall: () => Call): Promise<void> {
    for (;;) {
      const batch = [...this.#waiting.entries()].slice(0, BATCH);
      if (batch.length === 0) return;
      await this.apiKeys.recordUses(
        batch.map(([id, at]) => ({ id, at: new Date(at) })),
        newCall(),
      );
      for (const [id, at] of batch) if (this.#waiting.get(id) === at) this.#waiting.delete(id);
    }
  }
}
