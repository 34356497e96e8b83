import { Schema, type SchemaDefinition, type SchemaOptions } from 'mongoose';

export const text = { type: String, required: true } as const;
export const number = { type: Number, required: true } as const;
export const date = { type: Date, required: true } as const;
export const flag = { type: Boolean, required: true } as const;
export const texts = { type: [String], required: true } as const;

/** A schema that refuses what it does not know. */
export function schema<T>(definition: SchemaDefinition, options: SchemaOptions = {}): Schema<T> {
  // biome-ignore lint/suspicious/noExplicitAny: mongoose infers the type from the definition; it is said here instead
  return new Schema<any>(definition, { strict: 'throw', strictQuery: true, versionKey: false, ...options } as any);
}
