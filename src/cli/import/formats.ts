import { readCsv } from './csv';
import { readJsonDocument } from './json-document';
import { isObject, readLines } from './lines';
import type { BrokenRecord, RawRow, SourceRecord } from './read-record';

type Fields = SourceRecord['fields'];

/** How the export of one product is read. */
export interface ExportFormat {
  readonly read: (input: AsyncIterable<string>) => AsyncGenerator<SourceRecord | BrokenRecord>;
  /** What a record says of an account. */
  readonly toRaw: (fields: Fields) => RawRow;
  /** Columns without which the file is not what it is said to be; the first records show it. */
  readonly needs?: readonly string[];
  /** Whether `--map` may name other columns. */
  readonly isMapped?: true;
}

const object = (value: unknown): Fields => (isObject(value) ? value : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const plain = (fields: Fields): RawRow => fields as RawRow;

/** As PostgreSQL writes NULL in some exports. */
const nullToUndefined = (value: unknown): unknown => (value === '\\N' || value === 'NULL' ? undefined : value);

export const FORMATS: Readonly<Record<string, ExportFormat>> = {
  ndjson: { read: readLines, toRaw: plain, isMapped: true },
  csv: { read: readCsv, toRaw: plain, isMapped: true, needs: ['external_id', 'email'] },
  keycloak: {
    read: (input) => readJsonDocument(input, ['$.users.*', '$.*.users.*']),
    toRaw: fromKeycloak,
    needs: ['username'],
  },
  auth0: { read: readLines, toRaw: fromAuth0 },
  firebase: { read: (input) => readJsonDocument(input, ['$.users.*']), toRaw: fromFirebase, needs: ['localId'] },
  supabase: { read: readCsv, toRaw: fromSupabase, needs: ['id', 'email', 'encrypted_password'] },
  django: { read: readCsv, toRaw: fromDjango, needs: ['id', 'username', 'email', 'password'] },
  kratos: {
    read: (input) => readJsonDocument(input, ['$.*', '$.identities.*']),
    toRaw: fromKratos,
    needs: ['id', 'traits'],
  },
};

/** UserRepresentation of a realm export (`kc.sh export`, or `/admin/realms/R/users` with credentials). */
function fromKeycloak(user: Fields): RawRow {
  const password = list(user.credentials)
    .map(object)
    .find(({ type }) => type === 'password');
  return {
    external_id: user.id ?? user.username,
    email: user.email,
    username: user.username,
    email_verified: user.emailVerified,
    active: user.enabled,
    created_at: user.createdTimestamp,
    password_hash: password && keycloakHash(password),
  };
}

/** Both halves are JSON texts in the export; they become one text. */
function keycloakHash({ credentialData, secretData }: Fields): string {
  return JSON.stringify({ credentialData: parsed(credentialData), secretData: parsed(secretData) });
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/**
 * The NDJSON of Auth0's support (`passwordHash`), of the export job and of the bulk import (`custom_password_hash`).
 */
function fromAuth0(user: Fields): RawRow {
  const oid = object(user._id).$oid;
  const custom = user.custom_password_hash;
  return {
    external_id: user.user_id ?? oid ?? user.Id ?? user.id ?? user.email,
    email: user.email ?? user.Email,
    username: user.username ?? user.nickname,
    email_verified: user.email_verified ?? user['Email Verified'],
    active: user.blocked === true ? false : undefined,
    created_at: object(user.created_at).$date ?? user.created_at ?? user['Created At'],
    password_hash: isObject(custom) ? JSON.stringify(custom) : (user.passwordHash ?? user.password_hash),
  };
}

/** UserInfo of `firebase auth:export users.json`; the parameters of the project are given beside. */
function fromFirebase(user: Fields): RawRow {
  const { passwordHash, salt } = user;
  return {
    external_id: user.localId,
    email: user.email,
    email_verified: user.emailVerified,
    active: user.disabled === true ? false : undefined,
    created_at: user.createdAt,
    password_hash: typeof passwordHash === 'string' ? JSON.stringify({ passwordHash, salt: salt ?? '' }) : undefined,
  };
}

/** Rows of `auth.users` as CSV. */
function fromSupabase(user: Fields): RawRow {
  const at = (name: string) => nullToUndefined(user[name]);
  const confirmed = at('email_confirmed_at') ?? at('confirmed_at') ?? '';
  return {
    external_id: user.id,
    email: at('email'),
    email_verified: confirmed !== '',
    active: isPast(at('banned_until')) && (at('deleted_at') ?? '') === '',
    created_at: at('created_at'),
    password_hash: at('encrypted_password'),
  };
}

function isPast(bannedUntil: unknown): boolean {
  const text = typeof bannedUntil === 'string' ? bannedUntil : '';
  if (text === '') return true;
  return new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).getTime() < Date.now();
}

/** Rows of `auth_user` as CSV. An unusable password (`!...`) is an account without one. */
function fromDjango(user: Fields): RawRow {
  const { password } = user;
  return {
    external_id: user.id,
    email: nullToUndefined(user.email),
    username: user.username,
    active: user.is_active,
    created_at: nullToUndefined(user.date_joined),
    password_hash: typeof password === 'string' && password.startsWith('!') ? undefined : password,
  };
}

/** Identities as `kratos list identities --format json` or `GET /admin/identities?include_credential=password` say. */
function fromKratos(identity: Fields): RawRow {
  const traits = object(identity.traits);
  const email = traits.email ?? object(list(identity.verifiable_addresses)[0]).value;
  const address = list(identity.verifiable_addresses)
    .map(object)
    .find(({ value }) => value === email);
  const { config } = object(object(identity.credentials).password);
  return {
    external_id: identity.id,
    email,
    username: traits.username,
    email_verified: address?.verified,
    active: identity.state === 'inactive' ? false : undefined,
    created_at: identity.created_at,
    password_hash: object(config).hashed_password,
  };
}
