import type { ParseArgsConfig } from 'node:util';

/** The streams a command works with. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** The values of a command's options. */
export type OptionValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** One word or two after `postern`; each is a file in `commands/`. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `postern NAME --help` says after the summary. */
  readonly help: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** How many words may follow that are no options; without it none. */
  readonly operands?: { readonly min: number; readonly max: number };
  /**
   * Does the work and says what came of it; resolves with the exit code.
   *
   * @throws CommandError, ConfigError, AuthError, StoreRefusedError: reported by the caller
   */
  run(options: OptionValues, terminal: Terminal, operands: readonly string[]): Promise<number>;
}

/** A command refuses what it was asked for; the message is for people. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** For programs: one JSON document instead of the text. */
export const JSON_OPTION = { json: { type: 'boolean' } } as const;
export const JSON_HELP = '  --json               one JSON document instead of text';

/** A text option, or undefined. */
export function readText(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The texts of an option that may come more than once. */
export function readTexts(options: OptionValues, name: string): string[] {
  const value = options[name];
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
}
