import type { Parse } from './parse';

/** What defaults depend on. */
export interface Facts {
  /** NODE_ENV is `production`. */
  readonly production: boolean;
  /** Whether standard output is a terminal. */
  readonly terminal: boolean;
  readonly cores: number;
}

export interface Variable<T> {
  readonly parse: Parse<T>;
  /** What the documentation says stands there when the variable is not set. */
  readonly shownDefault: string;
  readonly defaultText: (facts: Facts) => string | undefined;
  /** One line for people: meaning, unit, bounds. */
  readonly doc: string;
  /** Also read from the file that `NAME_FILE` names. */
  readonly secret: boolean;
}

export function variable<T>(defaultText: string, parse: Parse<T>, doc: string): Variable<T> {
  return { parse, shownDefault: defaultText || 'none', defaultText: () => defaultText, doc, secret: false };
}

export function computed<T>(
  shownDefault: string,
  defaultText: (facts: Facts) => string,
  parse: Parse<T>,
  doc: string,
): Variable<T> {
  return { parse, shownDefault, defaultText, doc, secret: false };
}

export function optional(doc: string): Variable<string | undefined>;
export function optional<T>(doc: string, parse: Parse<T>): Variable<T | undefined>;
export function optional<T>(doc: string, parse?: Parse<T>): Variable<T | string | undefined> {
  return { parse: parse ?? ((text) => text), shownDefault: 'none', defaultText: () => undefined, doc, secret: false };
}

/** Says what stands in the place of an optional variable that is not set. */
export function shownAs<T>(shownDefault: string, of: Variable<T>): Variable<T> {
  return { ...of, shownDefault };
}

export function secret<T>(of: Variable<T>): Variable<T> {
  return { ...of, secret: true };
}
