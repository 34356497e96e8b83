import type { Model } from 'mongoose';
import type { Call } from '../../auth/call';
import type { SigningKeys, StoredSigningKey } from '../../auth/tokens/signing-keys';
import { fromDocument, insertInto, toDocument } from './collections/documents';
import type { SigningKeyDocument } from './collections/signing-keys';
import { duringCall } from './commands/operation';
import { queryableText } from './commands/shapes';
import { duplicateKeyField } from './commands/store-errors';

export class MongoSigningKeys implements SigningKeys {
  constructor(private readonly model: Model<SigningKeyDocument>) {}

  async list(call: Call): Promise<StoredSigningKey[]> {
    const found = await duringCall(call, (options) =>
      this.model.find({}, null, options).sort({ sequence: 1 }).lean().exec(),
    );
    return found.map((document) => fromDocument<StoredSigningKey>(document));
  }

  insert(key: StoredSigningKey, call: Call): Promise<boolean> {
    return duringCall(call, async (options) => {
      try {
        await insertInto(this.model, toDocument(key), options);
        return true;
      } catch (error) {
        if (duplicateKeyField(error) !== undefined) return false;
        throw error;
      }
    });
  }

  async delete(id: string, call: Call): Promise<void> {
    await duringCall(call, (options) => this.model.deleteOne({ _id: queryableText(id) }, options).exec());
  }
}
