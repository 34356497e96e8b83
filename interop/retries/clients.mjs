import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../harness/service.mjs';

export const HERE = join(ROOT, 'interop', 'retries');
const CACHE = join(ROOT, '.cache', 'interop', 'retries');

const install = (command, args, cwd) => execFileSync(command, args, { cwd, stdio: ['ignore', 2, 2] });

/** Each client: how it is built, and its command. */
export const CLIENTS = {
  'grpc-js': { build: () => {}, command: () => [process.execPath, join(HERE, 'grpc-js.mjs')] },
  'grpc-go': {
    build: () => install('go', ['build', '-mod=readonly', '-o', join(CACHE, 'go'), '.'], join(HERE, 'go')),
    command: () => [join(CACHE, 'go')],
  },
  grpcio: {
    build() {
      const into = join(CACHE, 'python');
      if (!existsSync(into)) install('python3', ['-m', 'venv', into], HERE);
      install(join(into, 'bin', 'pip'), ['install', '--quiet', '-r', 'requirements.txt'], HERE);
    },
    command: () => [join(CACHE, 'python', 'bin', 'python'), join(HERE, 'grpcio_client.py')],
  },
  'grpc-java': {
    build() {
      const classpath = '-Dmdep.outputFile=target/classpath';
      install('mvn', ['-q', '-B', 'compile', 'dependency:build-classpath', classpath], join(HERE, 'java'));
    },
    command() {
      const target = join(HERE, 'java', 'target');
      const libraries = readFileSync(join(target, 'classpath'), 'utf8').trim();
      return ['java', '-cp', `${join(target, 'classes')}:${libraries}`, 'retries.Main'];
    },
  },
};

export function buildClients() {
  mkdirSync(CACHE, { recursive: true });
  for (const { build } of Object.values(CLIENTS)) build();
}
