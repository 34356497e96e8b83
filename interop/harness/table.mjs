import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './service.mjs';

const PAGE = join(ROOT, 'docs', 'verifiers.md');
const BEGIN = '<!-- Written by interop/run from here on. -->';
const END = '<!-- Written by interop/run up to here. -->';
const LANGUAGES = {
  javascript: 'JavaScript',
  python: 'Python',
  go: 'Go',
  java: 'Java',
  rust: 'Rust',
  php: 'PHP',
  ruby: 'Ruby',
  perl: 'Perl',
  c: 'C',
  cpp: 'C++',
  erlang: 'Erlang',
  gateways: 'Gateways',
};

const works = (run) => run?.accepted.includes('valid') === true;

/** The way in which a verifier accepts tokens of an algorithm. */
function describe({ postern = {} }, runs, algorithm) {
  if (works(runs[`${algorithm} minimal`])) return 'yes';
  if (works(runs[`${algorithm} configured`])) return 'with the setting';
  const [setting] = Object.entries(postern).map(([name, value]) => `${name}=${value}`);
  return works(runs[`${algorithm} minimal with ${setting}`]) ? `\`${setting}\`` : 'no';
}

/** What the documented minimal use lets through, in the first algorithm that it accepts. */
function describeGaps(runs) {
  const [, run] = Object.entries(runs).find(([name, each]) => name.includes(' minimal') && works(each)) ?? [];
  if (run === undefined) return '';
  const late = ['expired', 'expired 10 min', 'expired 20 s'].filter((token) => run.accepted.includes(token));
  const gaps = [
    ...(late.includes('expired') ? ['`exp`'] : []),
    ...(late.includes('expired 10 min') && !late.includes('expired') ? ['10 minutes after `exp`'] : []),
    ...(late.length === 1 && late[0] === 'expired 20 s' ? ['20 s after `exp`'] : []),
    ...(run.accepted.includes('audience') ? ['`aud`'] : []),
    ...(run.accepted.includes('issuer') ? ['`iss`'] : []),
  ];
  return gaps.join(', ');
}

function describeError(runs) {
  const reasons = Object.entries(runs).filter(([name, { reason }]) => name.endsWith(' minimal') && reason !== '');
  return reasons.length === 0 ? '' : `\`${reasons.at(-1)[1].reason.replaceAll('|', '\\|').replaceAll('`', "'")}\``;
}

function buildTable(language, verifiers, results) {
  const rows = verifiers.map((verifier) => {
    const { version, runs } = results[verifier.name];
    const algorithms = ['HS256', 'ES256', 'RS256'].map((algorithm) => describe(verifier, runs, algorithm));
    const name = verifier.title ?? verifier.name;
    return [name, version, ...algorithms, describeGaps(runs), verifier.needs, describeError(runs)];
  });
  const head = ['verifier', 'version', 'HS256', 'ES256', 'RS256', 'lets through', 'setting', 'error without it'];
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [`### ${LANGUAGES[language]}`, '', ...lines, ''].join('\n');
}

/** The page with the tables that the results make. */
export function buildPage(page, catalogue, results) {
  const languages = [...new Set(catalogue.map(({ language }) => language))];
  const tables = languages.map((language) =>
    buildTable(
      language,
      catalogue.filter((verifier) => verifier.language === language),
      results,
    ),
  );
  const before = page.slice(0, page.indexOf(BEGIN) + BEGIN.length);
  return `${before}\n\n${tables.join('\n')}\n${page.slice(page.indexOf(END))}`;
}

function read(...path) {
  return JSON.parse(readFileSync(join(ROOT, 'interop', ...path), 'utf8'));
}

/** Writes the tables of docs/verifiers.md from interop/results.json. */
export function writeTable() {
  writeFileSync(PAGE, buildPage(readFileSync(PAGE, 'utf8'), read('verifiers.json'), read('results.json')));
}

// node interop/harness/table.mjs --check: ends with 1 when the page is not what the results make.
if (process.argv[1] === import.meta.filename) {
  const page = readFileSync(PAGE, 'utf8');
  if (!process.argv.includes('--check')) writeTable();
  else if (page !== buildPage(page, read('verifiers.json'), read('results.json'))) {
    process.stderr.write('docs/verifiers.md is not what interop/results.json makes: node interop/harness/table.mjs\n');
    process.exit(1);
  }
}
