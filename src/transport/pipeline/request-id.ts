import { randomBytes } from 'node:crypto';

const SANE = /^[\x21-\x7e]{1,128}$/;

const prefix = randomBytes(8).toString('hex');
let made = 0;

/** A caller's `x-request-id` if it may stand in logs, else a new one. */
export function requestId(given: string): string {
  return saneRequestId(given) ?? nextRequestId();
}

/** A caller's `x-request-id` if it may stand in logs as it is: 1 to 128 printable ASCII characters without space. */
function saneRequestId(given: string): string | undefined {
  return given !== '' && SANE.test(given) ? given : undefined;
}

/** Unique among all processes; says nothing and need not be hard to guess. */
function nextRequestId(): string {
  made += 1;
  return `${prefix}-${made.toString(36)}`;
}
