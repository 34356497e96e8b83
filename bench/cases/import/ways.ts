import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { ImportStatus, ImportUsersRequest, ImportUsersResponse } from '../../../src/gen/postern/auth/v1/admin_service';
import { SECRET_KEY } from '../../secret-key';
import type { ServerProcess } from '../../servers/server-process';
import { ROOT } from '../../servers/servers';
import { MemoryWatch } from './memory-watch';
import type { Rows } from './rows';

export interface Imported {
  readonly seconds: number;
  readonly imported: number;
  /** The most that the process that imports held by itself, in MiB. */
  readonly memoryMb: number;
}

/** Gives all rows to an import and waits for its end. */
export type Way = (rows: Rows) => Promise<Imported>;

/** `postern users import` beside the service. */
export function byCommand(url: string): Way {
  return async (rows) => {
    const startedAt = performance.now();
    const args = [join(ROOT, 'bin/postern.js'), 'users', 'import', '-', '--from', 'ndjson'];
    const child = spawn(process.env.BENCH_NODE ?? process.execPath, args, {
      env: { PATH: process.env.PATH, SECRET_KEY, DATABASE_URL: url },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const memory = new MemoryWatch(child.pid ?? 0);
    let output = '';
    child.stdout.on('data', (text) => {
      output += String(text);
    });
    const closed = once(child, 'close');
    await pipeline(Readable.from(writeLines(rows)), child.stdin);
    const [code] = (await closed) as [number | null];
    const memoryMb = memory.end();
    const imported = /^Imported (\d+), unchanged 0, refused 0$/m.exec(output)?.[1];
    if (code !== 0 || imported === undefined) throw new Error(`users import ended with ${code}: ${output}`);
    return { seconds: (performance.now() - startedAt) / 1_000, imported: Number(imported), memoryMb };
  };
}

function* writeLines(rows: Rows): Generator<string> {
  for (const { externalId: external_id, emailVerified: email_verified, passwordHash: password_hash, ...row } of rows) {
    const { email, username } = row;
    yield `${JSON.stringify({ external_id, email, username, email_verified, password_hash })}\n`;
  }
}

/** `AdminService.ImportUsers`: inside the service. */
export function byCall({ address, pid }: ServerProcess, bearer: string): Way {
  return async (rows) => {
    const startedAt = performance.now();
    const client = new Client(address, credentials.createInsecure());
    const memory = new MemoryWatch(pid);
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${bearer}`);
    const stream = client.makeBidiStreamRequest(
      '/postern.auth.v1.AdminService/ImportUsers',
      (row: ImportUsersRequest) => Buffer.from(ImportUsersRequest.encode(row).finish()),
      ImportUsersResponse.decode,
      metadata,
    );
    let imported = 0;
    const duplex = stream as unknown as Duplex;
    await pipeline(Readable.from(rows), duplex, async (answers: AsyncIterable<ImportUsersResponse>) => {
      for await (const { status, reason } of answers) {
        if (status !== ImportStatus.IMPORT_STATUS_IMPORTED) throw new Error(`ImportUsers refused a row: ${reason}`);
        imported += 1;
      }
    });
    client.close();
    return { seconds: (performance.now() - startedAt) / 1_000, imported, memoryMb: memory.end() };
  };
}
