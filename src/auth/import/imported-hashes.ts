/** What an operator knows of the hashes of an export and no hash says itself. */
export interface ImportHints {
  /** A secret that the origin mixes into every password (Devise, Flask-Security). */
  readonly pepper?: string;
  /** What the origin does to a password before it hashes it, for example `sha256` (Flask-Bcrypt's long mode). */
  readonly prehash?: string;
  /** The project's parameters of Firebase's scrypt, as the console shows them. */
  readonly firebase?: string;
}

export type AcceptedHash =
  | {
      readonly hash: string;
      /** See `StoredUser.importedHashCost`; absent without a hash. */
      readonly cost?: string;
      /** Another hash now stands over what came. */
      readonly isWrapped?: true;
    }
  | { readonly refused: 'HASH_UNKNOWN' | 'HASH_TOO_COSTLY' };

/**
 * Recognises and bounds the hashes of other systems. The texts are those that the origin stores. Formats that are JSON
 * there come as one text:
 *
 * - Keycloak: `{"credentialData":{...},"secretData":{...}}`, both as objects
 * - Firebase: `{"passwordHash":"...","salt":"..."}` of one user, with `hints.firebase`
 * - Auth0's `custom_password_hash`: that object
 *
 * What an export of Postern holds of a hash that no login has renewed is taken as well.
 */
export interface ImportedHashes {
  /** What is to be stored for this text. Fast hashes come back wrapped. */
  accept(text: string, hints?: ImportHints): Promise<AcceptedHash>;
}
