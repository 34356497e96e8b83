import { number, schema, text } from './schema';

/** Up to which version the data of a kind has been brought; see rekey-names.ts. */
export interface SchemaVersionDocument {
  readonly _id: string;
  readonly version: number;
}

export const schemaVersions = schema<SchemaVersionDocument>({ _id: text, version: number });
