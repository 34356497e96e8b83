import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the clone lies. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));
