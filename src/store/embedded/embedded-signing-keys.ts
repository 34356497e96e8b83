import type { Call } from '../../auth/call';
import type { SigningKeys, StoredSigningKey } from '../../auth/tokens/signing-keys';
import type { Engine } from './engine/engine';
import { numberKey } from './engine/keys';

export class EmbeddedSigningKeys implements SigningKeys {
  constructor(private readonly engine: Engine) {}

  list(call: Call): Promise<StoredSigningKey[]> {
    return this.engine.read(call, ({ signingKeys }) => [...signingKeys.getRange({})].map(({ value }) => value));
  }

  insert(key: StoredSigningKey, call: Call): Promise<boolean> {
    const sequence = numberKey(key.sequence);
    return this.engine.write(call, ({ signingKeys }) => {
      if (signingKeys.doesExist(sequence)) return false;
      signingKeys.put(sequence, key);
      return true;
    });
  }

  delete(id: string, call: Call): Promise<void> {
    return this.engine.write(call, ({ signingKeys }) => {
      for (const { key, value } of [...signingKeys.getRange({})]) if (value.id === id) signingKeys.remove(key);
    });
  }
}
