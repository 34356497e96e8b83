import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './service.mjs';

const INTEROP = join(ROOT, 'interop');
const CACHE = join(ROOT, '.cache', 'interop');

function install(command, args, cwd, env = {}) {
  execFileSync(command, args, { cwd, stdio: ['ignore', 2, 2], env: { ...process.env, ...env } });
}

/** Each language: how its programs are installed and built, and the command that runs a verifier. */
const LANGUAGES = {
  javascript: {
    manifest: 'package.json',
    prepare(at) {
      const [asked, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map((file) => join(at, file));
      if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(asked).mtimeMs) return;
      install('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], at);
    },
    command: (at, name) => [process.execPath, join(at, 'run.mjs'), name],
  },
  python: {
    manifest: 'requirements.txt',
    prepare(at) {
      const into = join(CACHE, 'python');
      if (!existsSync(into)) install('python3', ['-m', 'venv', into], at);
      install(join(into, 'bin', 'pip'), ['install', '--quiet', '-r', 'requirements.txt'], at);
    },
    command: (at, name) => [join(CACHE, 'python', 'bin', 'python'), join(at, 'run.py'), name],
  },
  go: {
    manifest: 'go.mod',
    prepare: (at) => install('go', ['build', '-mod=readonly', '-o', join(CACHE, 'go'), '.'], at),
    command: (_at, name) => [join(CACHE, 'go'), name],
  },
  java: {
    manifest: 'pom.xml',
    prepare(at) {
      const output = '-Dmdep.outputFile=target/classpath';
      install('mvn', ['-q', '-B', 'compile', 'dependency:build-classpath', output], at);
    },
    command(at, name) {
      const libraries = readFileSync(join(at, 'target', 'classpath'), 'utf8').trim();
      return ['java', '-cp', `${join(at, 'target', 'classes')}:${libraries}`, 'interop.Main', name];
    },
  },
  rust: {
    manifest: 'Cargo.toml',
    prepare: (at) => install('cargo', ['build', '--locked', '--target-dir', join(CACHE, 'rust')], at),
    command: (_at, name) => [join(CACHE, 'rust', 'debug', 'interop'), name],
  },
  php: {
    manifest: 'composer.json',
    prepare(at) {
      if (!existsSync(join(at, 'vendor', 'autoload.php'))) install('composer', ['install', '--no-interaction'], at);
    },
    command: (at, name) => ['php', join(at, 'run.php'), name],
  },
  ruby: { prepare: () => {}, command: (at, name) => ['ruby', join(at, 'run.rb'), name] },
  perl: { prepare: () => {}, command: (at, name) => ['perl', join(at, 'run.pl'), name] },
  c: {
    prepare(at) {
      mkdirSync(join(CACHE, 'c'), { recursive: true });
      for (const [name, library] of Object.entries({ libjwt: '-ljwt', cjose: '-lcjose' })) {
        const output = join(CACHE, 'c', name);
        install('cc', ['-Wall', '-o', output, 'main.c', `${name}.c`, library, '-ljansson'], at);
      }
    },
    command: (_at, name) => [join(CACHE, 'c', name)],
  },
  cpp: {
    prepare(at) {
      mkdirSync(join(CACHE, 'cpp'), { recursive: true });
      const output = join(CACHE, 'cpp', 'cpp-jwt');
      install('c++', ['-std=c++17', '-o', output, 'cpp_jwt.cpp', '-lssl', '-lcrypto'], at);
    },
    command: (_at, name) => [join(CACHE, 'cpp', name), name],
  },
  erlang: { prepare: () => {}, command: (at, name) => ['escript', join(at, 'run.escript'), name] },
  gateways: { prepare: () => {}, command: (at, name) => [process.execPath, join(at, 'run.mjs'), name] },
};

/** Installs and builds the programs of a language. */
export function prepareLanguage(language) {
  mkdirSync(CACHE, { recursive: true });
  LANGUAGES[language].prepare(join(INTEROP, language));
}

/** The program and arguments that run a verifier; the use is the last argument. */
export function findCommand({ language, name }, use) {
  return [...LANGUAGES[language].command(join(INTEROP, language), name), use];
}

/** The version of a verifier: what its manifest pins, or what the system's package manager installed. */
export function findVersion({ language, package: name, apt, version, with: other }) {
  if (version !== undefined) return version;
  if (apt !== undefined) {
    const [, found] = execFileSync('dpkg-query', ['-W', apt], { encoding: 'utf8' }).trim().split('\t');
    return `${found.replace(/^\d+:/, '').replace(/-[^-]*$/, '')} (Debian)`;
  }
  const text = readFileSync(join(INTEROP, language, LANGUAGES[language].manifest), 'utf8');
  const pinned = (what) => {
    const escaped = what.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
    const after = new RegExp(
      `(?:^|["\\s>])${escaped}(?=["<\\s[=])[^0-9\\n]*(?:\\n\\s*<version>)?([0-9][^"<\\s,]*)`,
      'm',
    );
    const [, found] = after.exec(text) ?? [];
    if (found === undefined) throw new Error(`No version of ${what} in the manifest of ${language}`);
    return found;
  };
  return other === undefined
    ? pinned(name)
    : `${pinned(name)} with ${other.replace(/^.*\/(.*)\/v\d+$/, '$1')} ${pinned(other)}`;
}
