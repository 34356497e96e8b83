import Mustache from 'mustache';
import type { MailKind } from '../auth/outgoing-mail/outgoing-mail';

const LINK_VALUES = ['username', 'link', 'expiresInMinutes', 'expiresInHours'];

/** What the templates of a kind can show. */
const TEMPLATE_VALUES: Readonly<Record<MailKind, readonly string[]>> = {
  'password-reset': LINK_VALUES,
  'email-verification': [...LINK_VALUES, 'email'],
  'email-change': [...LINK_VALUES, 'email'],
  'email-change-notice': ['username', 'email'],
  'password-changed-notice': ['username'],
};

interface Template {
  readonly kind: MailKind;
  readonly source: string;
  readonly isHtml: boolean;
  /** How many lines of the file stand before `source`. */
  readonly linesBefore: number;
}

/** A part of a parsed template: type, name, start, end; of a section also what it holds. */
type Token = [type: string, name: string, start: number, end: number, ...rest: unknown[]];

/** What is wrong with a template, as `line N: what; what to do`: what it was written for could not be sent with it. */
export function templateFaults({ kind, source, isHtml, linesBefore }: Template): string[] {
  const known = TEMPLATE_VALUES[kind];
  const at = (offset: number) => `line ${source.slice(0, offset).split('\n').length + linesBefore}:`;
  let tokens: Token[];
  try {
    tokens = Mustache.parse(source) as unknown as Token[];
  } catch (error) {
    return [explain(error, source, at)];
  }
  const all = flatten(tokens);
  const faults = all.flatMap(([type, name, start]) => {
    const fault = tagFault(type, name, known, isHtml);
    return fault === undefined ? [] : [`${at(start)} ${fault}`];
  });
  if (known.includes('link') && !all.some(([type, name]) => name === 'link' && SHOWING.includes(type))) {
    faults.push(`${at(0)} nowhere shows {{link}}, without which this mail is of no use; add it`);
  }
  return faults;
}

const SHOWING = ['name', '&'];

/** Every tag, those inside of sections too. */
function flatten(tokens: readonly Token[]): Token[] {
  return tokens
    .filter(([type]) => type !== 'text' && type !== '!')
    .flatMap((token) => [token, ...(Array.isArray(token[4]) ? flatten(token[4]) : [])]);
}

function tagFault(type: string, name: string, known: readonly string[], isHtml: boolean): string | undefined {
  if (type === '=' || type === '>') return `has {{${type}, which mails do without; remove it`;
  if (!known.includes(name)) return `shows {{${name}}}, which this mail does not have; it has ${known.join(', ')}`;
  if (type === '&' && isHtml) return `shows ${name} without escaping; write {{${name}}}`;
  return undefined;
}

function explain(error: unknown, source: string, at: (offset: number) => string): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, what = message, offset = '0'] = /^(.*) at (\d+)$/.exec(message) ?? [];
  // Of a section or a tag that is never closed the parser names the end of the template.
  const [, name] = /^Unclosed section "(.*)"$/.exec(what) ?? [];
  const opening = what === 'Unclosed tag' ? findUnclosedTag(source) : findLastSection(source, name);
  return `${at(opening >= 0 ? opening : Number(offset))} ${what}; see the manual of Mustache`;
}

function findLastSection(source: string, name: string | undefined): number {
  return Math.max(...['#', '^'].map((sign) => source.lastIndexOf(`{{${sign}${name}`)));
}

/** Where the tag begins after which no tag ends; of `{{{` only `}}}` is the end. */
function findUnclosedTag(source: string): number {
  const lastEnd = source.lastIndexOf('}}');
  const opening = source.indexOf('{{', lastEnd < 0 ? 0 : lastEnd + 2);
  return opening >= 0 ? opening : source.lastIndexOf('{{{');
}
