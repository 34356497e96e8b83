/** Names of variables and their texts: the environment of a process, or a `.env` file. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What was found wrong while the configuration was read; sentences for people, without any value. */
export interface Diagnostics {
  readonly faults: string[];
  readonly warnings: string[];
}
