import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MAX = 120;
/** By its ending, or a program or a Dockerfile without one. */
const CHECKED = /\.(md|ts|mjs|cjs|js|sh|py|go|rs|java|php|rb|toml|conf|proto|ya?ml)$|(^|\/)[^./]+$/;
/** Generated, or taken from elsewhere as it is. */
const NOT_OURS = /^(src\/gen|clients\/typescript\/src\/gen|proto\/(envoy|google|grpc))\/|\.pb\.go$|_pb2(_grpc)?\.py$/;

/** `file:line` of every line over 120 columns in code, configuration and documents, outside tables. */
export function longLines(root) {
  return execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\0')
    .filter((name) => CHECKED.test(name) && !NOT_OURS.test(name) && existsSync(join(root, name)))
    .flatMap((name) => {
      const text = readFileSync(join(root, name), 'utf8');
      return text.split('\n').flatMap((line, index) => (isTooLong(name, line) ? [`${name}:${index + 1}`] : []));
    });
}

function isTooLong(name, line) {
  if ([...line].length <= MAX || /^\s*\|/.test(line)) return false;
  return [...withoutUnbreakable(name, line)].length > MAX;
}

/** A formatter cannot break a literal, a link or a word; a comment and prose have no such excuse. */
function withoutUnbreakable(name, line) {
  const isProse = name.endsWith('.md') || /^\s*(\/\/|\/?\*|#)/.test(line);
  if (isProse) return line.replace(/\S{60,}/, '');
  return line
    .replace(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|\/(?:\\.|[^/\\\n])+\//g, "''")
    .replace(/\S{60,}/, '');
}
