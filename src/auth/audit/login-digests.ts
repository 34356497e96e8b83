/**
 * Digests of the names that were tried where no account has them: they show whether two attempts were for the same
 * name, and whether a name that is known was tried, but not which name it was (people type passwords into the wrong
 * field).
 */
export interface LoginDigests {
  /** Of the name as names are compared, under SECRET_KEY. */
  digest(name: string): string;
  /** What the name may be stored as: under SECRET_KEY and SECRET_KEY_PREVIOUS. */
  candidates(name: string): readonly string[];
}
