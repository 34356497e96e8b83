import type { ApiKey, NewApiKey } from '../auth/api-keys/api-key';
import type { Terminal } from './command';
import { printJson, printTable } from './print';

/** The only place where the text of a key is shown: alone on standard output, so that it can be piped. */
export function printNewApiKey(terminal: Terminal, { apiKey, key }: NewApiKey, asJson: boolean): void {
  if (asJson) {
    printJson(terminal, { apiKey, key });
    return;
  }
  terminal.stdout.write(`${apiKey}\n`);
  const until = key.expiresAt.toISOString();
  terminal.stderr.write(`This is shown once. The key ${key.id} (${key.name}) is good until ${until}\n`);
}

export function printApiKeys(terminal: Terminal, keys: readonly ApiKey[]): void {
  const headings = ['ID', 'NAME', 'PREFIX', 'ROLES', 'NETWORKS', 'CREATED', 'EXPIRES', 'LAST USED', 'REVOKED'];
  const rows = keys.map(({ id, name, prefix, roles, allowedCidrs, createdAt, expiresAt, lastUsedAt, revokedAt }) => {
    return [id, name, prefix, roles, allowedCidrs, createdAt, expiresAt, lastUsedAt ?? '', revokedAt ?? ''];
  });
  printTable(terminal, headings, rows, 'No API keys');
}
