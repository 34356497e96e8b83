import type { Parse } from './parse';

/** What defaults depend on. */
export interface Facts {
  /** NODE_ENV is `production`. */
  readonly production: boolean;
  /** Whether standard output is a terminal. */
  readonly terminal: boolean;
  /** Cores that this process may use. */
  readonly cores: number;
}

interface SettingOptions {
  /** Also read from the file that `NAME_FILE` names; a value is never printed. */
  readonly secret?: boolean;
  /** A value that cannot be read is warned of and ignored, not refused. */
  readonly lenient?: boolean;
}

/** One environment variable: its name, how its text is read, and what the documentation says of it. */
export class Setting<T> {
  constructor(
    readonly name: string,
    readonly parse: Parse<T>,
    /** What stands in the documentation as the default. */
    readonly shownDefault: string,
    readonly defaultText: (facts: Facts) => string | undefined,
    /** One line for people: meaning, unit, bounds. */
    readonly doc: string,
    readonly options: SettingOptions = {},
  ) {}
}

/** A setting with a fixed default. */
export function setting<T>(name: string, defaultText: string, parse: Parse<T>, doc: string): Setting<T> {
  return new Setting(name, parse, defaultText || 'none', () => defaultText, doc);
}

/** A setting whose default depends on where the process runs. */
export function computed<T>(
  name: string,
  [shownDefault, defaultText]: readonly [shown: string, text: (facts: Facts) => string],
  parse: Parse<T>,
  doc: string,
): Setting<T> {
  return new Setting(name, parse, shownDefault, defaultText, doc);
}

/** A setting without a default: undefined where it is not set. */
export function optional(name: string, doc: string): Setting<string | undefined>;
export function optional<T>(name: string, doc: string, parse: Parse<T>): Setting<T | undefined>;
export function optional<T>(name: string, doc: string, parse?: Parse<T>): Setting<T | string | undefined> {
  return new Setting<T | string | undefined>(name, parse ?? ((text) => text), 'none', () => undefined, doc);
}

export function secret<T>({ name, parse, shownDefault, defaultText, doc, options }: Setting<T>): Setting<T> {
  return new Setting(name, parse, shownDefault, defaultText, doc, { ...options, secret: true });
}

export function lenient<T>({ name, parse, shownDefault, defaultText, doc, options }: Setting<T>): Setting<T> {
  return new Setting(name, parse, shownDefault, defaultText, doc, { ...options, lenient: true });
}

/** Settings in named groups. */
export interface SettingTree {
  readonly [key: string]: Setting<unknown> | SettingTree;
}

/** The values of a tree of settings, in the same groups. */
export type ValuesOf<T> = T extends Setting<infer V> ? V : { readonly [K in keyof T]: ValuesOf<T[K]> };

/** The same, while it is not known whether every text could be read. */
export type UncheckedValuesOf<T> =
  T extends Setting<infer V> ? V | undefined : { readonly [K in keyof T]: UncheckedValuesOf<T[K]> };

/** Every setting of a tree, in its order. */
export function listSettings(tree: SettingTree): readonly Setting<unknown>[] {
  return Object.values(tree).flatMap((node) => (node instanceof Setting ? [node] : listSettings(node)));
}
