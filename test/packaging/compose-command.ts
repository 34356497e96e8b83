import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const BUILT = join(__dirname, '..', '..', '.cache', 'docker-compose');
const CANDIDATES: readonly [string, ...string[]][] = [['docker', 'compose'], [BUILT]];

/** `docker compose`, or what scripts/docker/compose.sh has built; undefined where there is neither. */
export function installedCompose(): [string, ...string[]] | undefined {
  return CANDIDATES.find(([command, ...args]) => spawnSync(command, [...args, 'version']).status === 0);
}
