import { randomUUID } from 'node:crypto';
import { PASSWORD } from '../../seed';

export interface CommandLine {
  /** One word or two after `postern`. */
  readonly command: string;
  /** What follows it. */
  readonly words: readonly string[];
  readonly stdin?: string;
}

/** What one run through all commands makes and works with: names that no other run has. */
export class CommandRun {
  readonly user = `cli-${randomUUID()}`;
  readonly service = `cli-service-${randomUUID()}`;
  /** The API key that was made last. */
  apiKey = '';

  /** Looks for what later commands need in what one has printed. */
  hear(stdout: string): void {
    this.apiKey = /^pstn_\w+$/m.exec(stdout)?.[0] ?? this.apiKey;
  }
}

/**
 * Every command that asks a store for something or changes one thing in it, in an order in which each finds what it
 * needs; by a name that distinguishes variants of one command.
 */
export const COMMAND_LINES: Readonly<Record<string, (run: CommandRun) => CommandLine>> = {
  'users list': line('users list', () => []),
  'users list --query': line('users list', () => ['--query', 'user-49']),
  'users list --role admin': line('users list', () => ['--role', 'admin']),
  'users list --role that no user has': line('users list', () => ['--role', 'moderator', '--query', 'user']),
  'users list --locked': line('users list', () => ['--locked']),
  'users show of the heaviest': line('users show', () => ['user-1']),
  'users unlock of the heaviest': line('users unlock', () => ['user-1']),
  'service-accounts list': line('service-accounts list', () => []),
  'sessions list': line('sessions list', () => ['user-153']),
  'sessions revoke --user': line('sessions revoke', () => ['--user', 'user-154']),
  'api-keys list': line('api-keys list', () => ['user-153']),
  audit: line('audit', () => []),
  'audit --user --type': line('audit', () => ['--user', 'user-1', '--type', 'password.changed']),
  'audit --since': line('audit', () => ['--since', '1h']),
  'audit --until': line('audit', () => ['--until', '2020-01-01']),
  'audit --login': line('audit', () => ['--login', 'nobody-of-this-name']),
  'keys list': line('keys list', () => []),
  doctor: line('doctor', () => []),
  migrate: line('migrate', () => []),
  'create-admin': line('create-admin', ({ user }) => [...named(`${user}-admin`), '--password-stdin'], PASSWORD),
  'users create': line('users create', ({ user }) => [...named(user), '--password-stdin'], PASSWORD),
  'users set-roles': line('users set-roles', ({ user }) => [user, 'user', 'moderator']),
  'users set-email': line('users set-email', ({ user }) => [user, `${user}@example.org`]),
  'users set-password': line('users set-password', ({ user }) => [user, '--password-stdin'], `${PASSWORD} 2`),
  'users disable': line('users disable', ({ user }) => [user]),
  'users enable': line('users enable', ({ user }) => [user]),
  'api-keys create': line('api-keys create', ({ user }) => [user, '--name', 'growth']),
  'api-keys rotate': line('api-keys rotate', ({ apiKey }) => [apiKey]),
  'api-keys revoke': line('api-keys revoke', ({ apiKey }) => [apiKey]),
  'users delete': line('users delete', ({ user }) => [user, '--yes']),
  'users import': (run) => ({
    command: 'users import',
    words: ['-', '--from', 'ndjson'],
    stdin: JSON.stringify({ external_id: run.user, email: `${run.user}@example.net`, username: `${run.user}-in` }),
  }),
  'service-accounts create': line('service-accounts create', ({ service }) => [service]),
  'service-accounts disable': line('service-accounts disable', ({ service }) => [service]),
  'service-accounts delete': line('service-accounts delete', ({ service }) => [service]),
};

/** Commands that are not held against an empty store, and why. */
export const COMMANDS_LEFT_OUT: Readonly<Record<string, string>> = {
  serve: 'is the service; its start is measured by itself',
  'users export': 'reads all users; its work is what it writes',
  'migrate-store': 'reads everything; its work is what it writes',
  'keys rotate': 'under HS256 SECRET_KEY is the key; signing keys are a few rows',
  'mail test': 'opens no store',
  healthcheck: 'opens no store',
  version: 'opens no store',
};

function line(command: string, words: (run: CommandRun) => readonly string[], stdin?: string) {
  return (run: CommandRun): CommandLine => ({ command, words: words(run), ...(stdin === undefined ? {} : { stdin }) });
}

function named(user: string): readonly string[] {
  return ['--email', `${user}@example.com`, '--username', user];
}
