import { Fault } from './config-error';
import type { Parse } from './parse';

export type DatabaseConfig =
  | { readonly kind: 'embedded'; readonly directory: string }
  | { readonly kind: 'mongodb'; readonly url: string };

/** `file:DIR` (relative to the working directory), `mongodb://` or `mongodb+srv://`. */
export const databaseUrl: Parse<DatabaseConfig> = (text) => {
  if (text.startsWith('file:')) return { kind: 'embedded', directory: parseDirectory(text) };
  const [, srv, hosts = ''] = /^mongodb(\+srv)?:\/\/(?:[^@/?]*@)?([^/?]*)/.exec(text) ?? [];
  const isMongo = /^mongodb(\+srv)?:\/\//.test(text);
  if (!isMongo) throw new Fault('names no known store; write file:DIR, mongodb://HOST/DATABASE or mongodb+srv://...');
  if (/\s/.test(text)) throw new Fault('holds white space, which no URL has; remove it, or write %20');
  const host = srv === undefined ? /^[^,:\s]+(:\d{1,5})?$|^\[[0-9a-fA-F:.]+\](:\d{1,5})?$/ : /^[^,:\s]+$/;
  const names = hosts.split(',');
  if (names.every((name) => host.test(name)) && (srv === undefined || names.length === 1)) {
    return { kind: 'mongodb', url: text };
  }
  throw new Fault(
    'holds no usable host; write mongodb://USER:PASSWORD@HOST:PORT/DATABASE, with "%" escapes for "@", "/", "?" and ":" in the password',
  );
};

/** `file:/abs`, `file:rel` and the URL form `file:///abs`. */
function parseDirectory(text: string): string {
  const path = text.slice('file:'.length);
  const directory = path.startsWith('///') ? path.slice(2) : path;
  if (directory !== '' && !directory.startsWith('//') && !directory.includes('\0')) return directory;
  throw new Fault('names no directory; write file:./data or file:/var/lib/postern');
}
