import { readFileSync } from 'node:fs';

/** A file whose bytes are no UTF-8 text. */
export class NotUtf8Error extends Error {
  override readonly name = 'NotUtf8Error';
}

/**
 * The text of a file without a byte order mark, which editors put before it. @throws NotUtf8Error; the system's error
 */
export function readTextFile(path: string): string {
  const bytes = readFileSync(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new NotUtf8Error();
  }
}

/** The system's error code, for a message: never the message itself, which may hold the value. */
export function errorCode(cause: unknown): string {
  return String((cause as NodeJS.ErrnoException).code ?? 'unknown error');
}
