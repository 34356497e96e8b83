import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findCommand, findVersion, prepareLanguage } from './languages.mjs';
import { ROOT } from './service.mjs';
import { writeTable } from './table.mjs';
import { startIssuer } from './tokens.mjs';

const ALGORITHMS = ['HS256', 'ES256', 'RS256'];
const RESULTS = join(ROOT, 'interop', 'results.json');
const RUN_TIMEOUT_MS = 60_000;
const EXPIRED_TOKEN_AGE_MS = 20_000;

// --print: the results go to standard output, and no file is changed.
const { values, positionals } = parseArgs({ allowPositionals: true, options: { print: { type: 'boolean' } } });
const catalogue = JSON.parse(readFileSync(join(ROOT, 'interop', 'verifiers.json'), 'utf8'));
const unknown = positionals.filter((name) => !catalogue.some((verifier) => verifier.name === name));
if (unknown.length > 0) throw new Error(`No such verifier: ${unknown.join(', ')}; they are in interop/verifiers.json`);
const asked = catalogue.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const results = JSON.parse(readFileSync(RESULTS, 'utf8'));

const unprepared = new Set(
  [...new Set(asked.map(({ language }) => language))].filter((language) => !isPrepared(language)),
);
const chosen = asked.filter(({ language }) => !unprepared.has(language));
for (const { name } of chosen) results[name] = { version: findVersion(find(name)), runs: {} };
for (const algorithm of ALGORITHMS) await runAlgorithm(algorithm);

const unsafe = chosen.filter(({ name }) => Object.values(results[name].runs).some(acceptsForgery));
if (unsafe.length > 0) throw new Error(`Accepted a forged token: ${unsafe.map(({ name }) => name).join(', ')}`);
if (values.print) {
  process.stdout.write(JSON.stringify(Object.fromEntries(chosen.map(({ name }) => [name, results[name]]))));
} else {
  const known = catalogue.map(({ name }) => [name, results[name]]);
  writeFileSync(RESULTS, JSON.stringify(Object.fromEntries(known), undefined, 2));
  // As `npm run lint` wants it: what is the same as before shows no difference.
  execFileSync(join(ROOT, 'node_modules', '.bin', 'biome'), ['format', '--write', RESULTS], { stdio: 'ignore' });
  writeTable();
}

/** One language whose packages cannot be had leaves the others to be run; the run ends with an error all the same. */
function isPrepared(language) {
  try {
    prepareLanguage(language);
    return true;
  } catch (error) {
    process.stderr.write(`Not run: ${language}, which cannot be prepared: ${String(error.message).split('\n')[0]}\n`);
    process.exitCode = 1;
    return false;
  }
}

function find(name) {
  return catalogue.find((verifier) => verifier.name === name);
}

function acceptsForgery(run) {
  return run.accepted.includes('tampered') || run.accepted.includes('foreign');
}

/** Runs the verifiers against the service with its defaults, then those that need a setting of Postern against that. */
async function runAlgorithm(algorithm) {
  await runAll(algorithm, {}, chosen);
  for (const settings of [{ JWT_TYP: 'JWT' }, { JWT_ISSUER: 'URL' }]) {
    const needing = chosen.filter(({ postern }) => JSON.stringify(postern) === JSON.stringify(settings));
    if (needing.length > 0) await runAll(algorithm, settings, needing);
  }
}

async function runAll(algorithm, settings, verifiers) {
  const issuer = await startIssuer(algorithm, settings);
  let refreshedAt = Number.NEGATIVE_INFINITY;
  try {
    for (const verifier of verifiers) {
      for (const use of Object.keys(settings).length === 0 ? verifier.uses : ['minimal']) {
        if (Date.now() - refreshedAt > EXPIRED_TOKEN_AGE_MS) {
          await issuer.refreshExpired();
          refreshedAt = Date.now();
        }
        const run = await runVerifier(verifier, use, issuer.job);
        const [setting] = Object.entries(settings).map(([name, value]) => ` with ${name}=${value}`);
        results[verifier.name].runs[`${algorithm} ${use}${setting ?? ''}`] = run;
        process.stderr.write(`${verifier.name} ${algorithm} ${use}${setting ?? ''}: ${run.reason || 'accepted'}\n`);
      }
    }
  } finally {
    await issuer.stop();
  }
}

/** Which tokens a verifier accepted, and why it refused the valid one. */
async function runVerifier(verifier, use, job) {
  const [command, ...args] = findCommand(verifier, use);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: RUN_TIMEOUT_MS });
  child.stdin.on('error', () => {}).end(JSON.stringify(job));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const answers = stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const missing = Object.keys(job.tokens).filter((name) => !answers.some(({ token }) => token === name));
  if (missing.length > 0) throw new Error(`${verifier.name} ${use}: no answer for ${missing.join(', ')}: ${stderr}`);
  const accepted = answers
    .filter((answer) => answer.accepted)
    .map(({ token }) => token)
    .sort();
  const { reason } = answers.find(({ token }) => token === 'valid');
  return { accepted, reason: shorten(reason, job) };
}

/** Without what is another at every run: addresses, keys, and the claims that some errors quote. */
function shorten(reason, { base, issuer }) {
  const [line] = reason.split('\n');
  return line
    .replaceAll(base, 'URL')
    .replaceAll(issuer === base ? base : '\0', 'URL')
    .replaceAll(/,?"(kid|jti|sid|sub)":"[^"]*"/g, '')
    .replaceAll(/claims->\{.*?\}\)/g, 'claims)')
    .replaceAll(/ at \/\S+ line \d+\.$/g, '')
    .slice(0, 200);
}
