import { StoreRefusedError } from '../../store';
import { optionFault } from './url-options';

const DEFAULT_DATABASE = 'postern';
/** MongoDB's own; they are not replicated like others, or cannot be followed by a change stream. */
const INTERNAL_DATABASES: ReadonlySet<string> = new Set(['admin', 'local', 'config']);
/** What no name of a database may hold, on any system (MongoDB manual, "Naming Restrictions"). */
const FORBIDDEN_IN_NAME = /[/\\. "$*<>:|?\0]/;

const SHAPE = /^(mongodb(?:\+srv)?:\/\/)(?:([^/?#]*)@)?([^@/?#]+)(?:\/([^?]*))?(?:\?(.*))?$/;
const ESCAPES = '@ as %40, : as %3A, / as %2F, ? as %3F, # as %23, [ as %5B, ] as %5D, % as %25';
const CREDENTIALS = /^(?:[^:@/?#[\]%]|%[0-9A-Fa-f]{2})+(?::(?:[^:@/?#[\]%]|%[0-9A-Fa-f]{2})*)?$/;
const HOST = /^(?:[^:[\]\s]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

export interface MongoUrl {
  /** For people: no user, no password, no options. */
  readonly description: string;
  readonly database: string;
  /** As the URL names them; of `mongodb+srv` one name that DNS resolves to them. */
  readonly hosts: readonly string[];
  readonly isSrv: boolean;
  /** Names in lower case. */
  readonly options: ReadonlyMap<string, string>;
}

/** Reads DATABASE_URL. @throws StoreRefusedError saying what is wrong, without a secret */
export function parseMongoUrl(url: string): MongoUrl {
  const [, scheme = '', credentials, hosts = '', name = '', query = ''] = SHAPE.exec(url) ?? [];
  if (!/^mongodb(\+srv)?:\/\//.test(url)) throw malformed();
  throwIfUnescaped(url);
  const database = name === '' ? DEFAULT_DATABASE : decode(name);
  if (INTERNAL_DATABASES.has(database.toLowerCase())) {
    throw refused(
      `the database ${database} is MongoDB's own; name another one after the host, such as mongodb://HOST/postern` +
        (credentials === undefined ? '' : `. If the user was made there, add ?authSource=${database}`),
    );
  }
  if (FORBIDDEN_IN_NAME.test(database))
    throw refused('the name of the database holds a character that MongoDB forbids');
  return {
    description: `${scheme}${hosts}/${database}`,
    database,
    hosts: hosts.split(','),
    isSrv: scheme === 'mongodb+srv://',
    options: parseOptions(query),
  };
}

/** A user or a password with a character that a URL reads otherwise. */
function throwIfUnescaped(url: string): void {
  const [, , credentials, hosts = ''] = SHAPE.exec(url) ?? [];
  const isShaped = hosts !== '' && hosts.split(',').every((host) => HOST.test(host));
  if (isShaped && (credentials === undefined || CREDENTIALS.test(credentials))) return;
  if (!url.includes('@')) throw malformed();
  throw refused(
    `a character in the user or the password must be escaped (${ESCAPES}), or the host or its port is none`,
  );
}

function parseOptions(query: string): Map<string, string> {
  const options = new Map<string, string>();
  const faults = new Set<string>();
  for (const part of query.split('&').filter((each) => each !== '')) {
    const [name = '', ...rest] = part.split('=');
    const value = decode(rest.join('='));
    const fault = optionFault(decode(name), value);
    if (fault !== undefined) faults.add(fault);
    options.set(name.toLowerCase(), value);
  }
  if (faults.size > 0) throw refused([...faults].join('; '));
  return options;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused('a % stands before something that is no escape; write it as %25');
  }
}

function refused(what: string): StoreRefusedError {
  return new StoreRefusedError(`DATABASE_URL: ${what}`);
}

/**
 * What the driver refuses in a URL of the right shape, without naming the option itself, lies in the options. Their
 * values are not repeated: one may be a password.
 */
export function unfitOptions({ options }: MongoUrl): StoreRefusedError {
  if (options.size === 0) return malformed();
  const names = [...options.keys()].join(', ');
  return refused(`the value of one of the options ${names} does not fit; see the MongoDB manual`);
}

/** Says no more than that: the URL holds a password. */
function malformed(): StoreRefusedError {
  return refused('this is no MongoDB URL, such as mongodb://user:password@host:27017/postern');
}
