import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CommandError, type Terminal } from '../command';
import { HEAD_BYTES, headFault } from './export-head';

/** An export that is read as it comes. */
export interface OpenedExport {
  /** Without a byte order mark. */
  readonly text: AsyncIterable<string>;
  /** Undefined: not known (standard input). */
  readonly totalBytes: number | undefined;
  /** How much has been read. */
  readBytes(): number;
}

/** `-` is standard input. @throws CommandError when the file cannot be read */
export async function openExport(file: string, { stdin }: Pick<Terminal, 'stdin'>): Promise<OpenedExport> {
  let read = 0;
  const isFile = file !== '-';
  const input = isFile ? createReadStream(file) : stdin;
  if (isFile) {
    await once(input, 'open').catch((error: NodeJS.ErrnoException) => {
      throw new CommandError(`${file} cannot be read: ${error.code ?? error.message}`);
    });
  }
  const stats = isFile ? await stat(file) : undefined;
  if (stats?.isDirectory()) throw new CommandError(`${file} is a directory`);
  async function* decode(): AsyncGenerator<string> {
    const decoder = new TextDecoder('utf-8');
    let head: Buffer = Buffer.alloc(0);
    for await (const chunk of input as AsyncIterable<Buffer>) {
      if (head.length < HEAD_BYTES) {
        head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES)]);
        const fault = headFault(head);
        if (fault !== undefined) throw new CommandError(`The export ${fault}`);
      }
      read += chunk.length;
      // The decoder leaves out a byte order mark.
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder.decode();
    if (read === 0) throw new CommandError('The export is empty');
  }
  return { text: decode(), totalBytes: stats?.size, readBytes: () => read };
}
