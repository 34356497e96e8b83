import { createHash } from 'node:crypto';
import type { RowDigests } from '../../auth/import/imported-content';

const DIGEST_BYTES = 16;

export function createRowDigests(): RowDigests {
  return {
    digest: (text) =>
      createHash('sha256').update(text, 'utf8').digest().subarray(0, DIGEST_BYTES).toString('base64url'),
  };
}
