/** What an imported account is to be; everything from a caller and not yet checked. */
export interface ImportedRow {
  readonly externalId: string;
  readonly email: string;
  readonly username: string;
  readonly emailVerified: boolean;
  /** Unset: true. */
  readonly active?: boolean | undefined;
  /** Empty: the role `user`. */
  readonly roles: readonly string[];
  /** Unset: now. */
  readonly createdAt?: Date | undefined;
  /** As its origin stores it. Empty: the account has no password until a password reset. */
  readonly passwordHash: string;
}

/** The fields of a row as callers know them. */
export type ImportField =
  | 'external_id'
  | 'email'
  | 'username'
  | 'email_verified'
  | 'active'
  | 'roles'
  | 'created_at'
  | 'password_hash';

/** Every way in which a row is refused. */
export const IMPORT_REFUSALS = [
  'EMAIL_TAKEN',
  'USERNAME_TAKEN',
  'EXTERNAL_ID_TAKEN',
  'INVALID_FIELDS',
  'HASH_UNKNOWN',
  'HASH_TOO_COSTLY',
] as const;

export type ImportRefusal = (typeof IMPORT_REFUSALS)[number];

/** What became of one row. */
export type ImportOutcome =
  | { readonly status: 'imported' | 'unchanged'; readonly userId: string }
  | {
      readonly status: 'refused';
      readonly reason: ImportRefusal;
      readonly field: ImportField;
      /** What was wrong and what to do, for people; never repeats the value. */
      readonly description: string;
    };
