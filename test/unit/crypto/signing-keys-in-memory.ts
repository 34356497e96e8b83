import type { SigningKeys, StoredSigningKey } from '../../../src/auth/tokens/signing-keys';

/** What replicas share, for as long as a test lives. */
export class SigningKeysInMemory implements SigningKeys {
  keys: StoredSigningKey[] = [];
  reads = 0;

  async list(): Promise<StoredSigningKey[]> {
    this.reads += 1;
    return [...this.keys].sort((a, b) => a.sequence - b.sequence);
  }

  async insert(key: StoredSigningKey): Promise<boolean> {
    if (this.keys.some(({ sequence }) => sequence === key.sequence)) return false;
    this.keys.push(key);
    return true;
  }

  async delete(id: string): Promise<void> {
    this.keys = this.keys.filter((key) => key.id !== id);
  }
}
