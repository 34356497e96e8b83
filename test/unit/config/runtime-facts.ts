import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, ConfigError, loadConfig, type Settings } from '../../../src/config/config';
import type { RuntimeFacts } from '../../../src/config/read-settings';

const made: string[] = [];

/** A working directory of its own, with what else the configuration depends on. */
export function runtimeFacts(overrides: Partial<RuntimeFacts> = {}): RuntimeFacts {
  const directory = mkdtempSync(join(tmpdir(), 'postern-config-'));
  made.push(directory);
  return { directory, terminal: false, cores: 4, ...overrides };
}

/** A file in the working directory; returns its path. */
export function fileIn({ directory }: RuntimeFacts, name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

/** The faults that a configuration is refused with; none when it is accepted. */
export function listFaults(env: Record<string, string>, at: RuntimeFacts = runtimeFacts()): readonly string[] {
  try {
    loadConfig(env, at);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

export const A_SECRET = 'kV7pQ2xZ9mB4nT6wR1yU8cE3aS5dF0gH';

/** The accepted configuration of an environment that has a good secret. */
export function loadWith(env: Record<string, string>, at: RuntimeFacts = runtimeFacts()): Settings & Config {
  return loadConfig({ SECRET_KEY: A_SECRET, ...env }, at);
}

export function removeDirectories(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
}
