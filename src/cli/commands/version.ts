import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../command';

export const version: Command = {
  summary: 'says the version',
  help: 'postern version',
  options: {},
  async run(_options, { stdout }) {
    const manifest: { version: string } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8'));
    stdout.write(`postern ${manifest.version}, Node ${process.versions.node}\n`);
    return 0;
  },
};
