import { join } from 'node:path';
import { MAIL_KINDS, type MailKind } from '../auth/outgoing-mail/outgoing-mail';
import { templateFaults } from './mail-template-faults';
import { errorCode, NotUtf8Error, readTextFile } from './text-file';

/** The texts of one kind of mail, in Mustache; checked. */
export interface MailTemplate {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The texts of all mails in one language. */
export interface MailTemplates {
  /** A language tag (BCP 47). */
  readonly language: string;
  readonly mails: Readonly<Record<MailKind, MailTemplate>>;
}

/** The set that comes with the package. */
export const DEFAULT_TEMPLATES = join(__dirname, '..', '..', 'mail-templates', 'en');

const SUBJECT = /^Subject: *(.*)\n\n/;
/** Mail programs cut off what is longer. */
const LONGEST_BYTES = 100_000;

/**
 * Reads a set: `language` holds its language tag, and for each kind there are `KIND.txt`, which begins with a line
 * `Subject: ...` and an empty one, and `KIND.html`. What is wrong is added to `faults`, with its file and line.
 */
export function readMailTemplates(directory: string, faults: string[]): MailTemplates | undefined {
  const found: string[] = [];
  const language = read(directory, 'language', found)?.trim();
  if (language !== undefined && !isLanguageTag(language)) {
    found.push('language line 1: is no language tag; write one like en or pt-BR');
  }
  const mails = MAIL_KINDS.map((kind) => [kind, readTemplate(directory, kind, found)] as const);
  faults.push(...found.map((fault) => `MAIL_TEMPLATES: ${fault}`));
  if (found.length > 0 || language === undefined) return undefined;
  return { language, mails: Object.fromEntries(mails) as MailTemplates['mails'] };
}

function readTemplate(directory: string, kind: MailKind, faults: string[]): MailTemplate {
  const [textName, htmlName] = [`${kind}.txt`, `${kind}.html`];
  const file = read(directory, textName, faults);
  const html = read(directory, htmlName, faults) ?? '';
  const [head = '', subject = ''] = SUBJECT.exec(file ?? '') ?? [];
  const text = file?.slice(head.length) ?? '';
  const report = (name: string, lines: readonly string[]) => faults.push(...lines.map((line) => `${name} ${line}`));
  if (file !== undefined && subject.trim() === '') {
    report(textName, ['line 1: is not "Subject: ..." with an empty line behind it; write both']);
  } else if (file !== undefined) {
    if (/\{\{|\p{Cc}/u.test(subject)) {
      report(textName, ['line 1: holds {{ or a control character; a subject is the same for all users']);
    }
    report(textName, templateFaults({ kind, source: text, isHtml: false, linesBefore: 2 }));
  }
  if (html !== '') report(htmlName, templateFaults({ kind, source: html, isHtml: true, linesBefore: 0 }));
  return { subject: subject.trim(), text, html };
}

function read(directory: string, name: string, faults: string[]): string | undefined {
  try {
    const text = readTextFile(join(directory, name)).replaceAll('\r\n', '\n');
    if (text.trim() === '') faults.push(`${name}: is empty; write a template into it`);
    else if (Buffer.byteLength(text) > LONGEST_BYTES) faults.push(`${name}: is longer than ${LONGEST_BYTES} bytes`);
    else return text;
  } catch (cause) {
    const because = cause instanceof NotUtf8Error ? 'is no UTF-8 text' : `cannot be read (${errorCode(cause)})`;
    faults.push(`${name}: ${because}; the directory must hold every file of the default set`);
  }
  return undefined;
}

function isLanguageTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}
