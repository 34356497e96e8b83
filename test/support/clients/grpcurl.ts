import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ServiceError, status } from '@grpc/grpc-js';
import { type ReflectionClient, reflectionClient } from './reflection-client';

/**
 * The part of grpcurl that the README uses, over our own reflection client: runs as a program of that name where
 * grpcurl is not installed, so that the tour is executed as it stands.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2).map((argument) => argument.replace(/^-(plaintext)$/, '--$1')),
    options: {
      plaintext: { type: 'boolean' },
      d: { type: 'string', short: 'd', default: '{}' },
      H: { type: 'string', short: 'H', multiple: true, default: [] },
    },
    allowPositionals: true,
  });
  const [address = '', verb = '', service] = positionals;
  const client = reflectionClient(address);
  const headers = Object.fromEntries(values.H.map((header) => header.split(/:\s*/, 2)));
  try {
    process.stdout.write(`${await answer(client, verb, service, values.d, headers)}\n`);
  } catch (error) {
    const { code, details } = error as ServiceError;
    process.stderr.write(`ERROR:\n  Code: ${findCodeName(code)}\n  Message: ${details}\n`);
    process.exitCode = 64 + code;
  } finally {
    client.close();
  }
}

async function answer(
  client: ReflectionClient,
  verb: string,
  service: string | undefined,
  data: string,
  headers: Record<string, string>,
): Promise<string> {
  if (verb !== 'list') return JSON.stringify(await client.call(verb, JSON.parse(data), headers), null, 2);
  return (service === undefined ? await client.services() : await client.methods(service)).join('\n');
}

/** `PermissionDenied`, as grpcurl writes it. */
function findCodeName(code: number): string {
  const name = status[code] ?? 'Unknown';
  return name.replace(/_?([A-Z])([A-Z]*)/g, (_all, first: string, rest: string) => first + rest.toLowerCase());
}

/** Puts a program `grpcurl` into `directory` that runs this file. */
export function installGrpcurl(directory: string): void {
  const command = [process.execPath, '-r', join(__dirname, '../processes/register-typescript.cjs'), __filename];
  const script = `#!/bin/sh\nexec ${command.map((part) => `'${part}'`).join(' ')} "$@"\n`;
  writeFileSync(join(directory, 'grpcurl'), script, { mode: 0o755 });
}

if (require.main === module) void main();
