import { parseArgs } from 'node:util';
import { algorithms } from './cases/algorithms';
import { apiKeys } from './cases/api-keys';
import { batch } from './cases/batch';
import { breakdown } from './cases/breakdown';
import { clientRevocations } from './cases/client-revocations';
import { clients } from './cases/clients';
import { extAuthz } from './cases/ext-authz';
import { feed } from './cases/feed';
import { flood } from './cases/flood';
import { extAuthzBreakdown, jsonBreakdown, verifyBreakdown } from './cases/gateway-breakdowns';
import { growth } from './cases/growth/growth';
import { guard } from './cases/guard';
import { importUsers } from './cases/import/import';
import { importTiming } from './cases/import-timing/import-timing';
import { json } from './cases/json';
import { keyFlood } from './cases/key-flood';
import { login } from './cases/login';
import { mail } from './cases/mail';
import { refresh } from './cases/refresh';
import { resetFlood } from './cases/reset-flood';
import { saturation } from './cases/saturation';
import { start } from './cases/start';
import { validate } from './cases/validate';
import { verify } from './cases/verify';
import { watchers } from './cases/watchers';
import { workers } from './cases/workers';
import { keep } from './report/keep';
import { machine } from './report/machine';
import { printed } from './report/table';
import { type BenchOptions, holds, type Section } from './section';

const CASES: Readonly<Record<string, (options: BenchOptions) => Promise<Section>>> = {
  validate,
  saturation,
  breakdown,
  algorithms,
  batch,
  'api-keys': apiKeys,
  growth,
  flood,
  'key-flood': keyFlood,
  'reset-flood': resetFlood,
  import: importUsers,
  login,
  refresh,
  mail,
  start,
  verify,
  'verify-breakdown': verifyBreakdown,
  'ext-authz': extAuthz,
  'ext-authz-breakdown': extAuthzBreakdown,
  json,
  'json-breakdown': jsonBreakdown,
  workers,
  watchers,
};

/** Run only when they are named: a short form of another part, and what is computed from what was measured. */
const ONLY_BY_NAME: typeof CASES = {
  guard,
  feed,
  clients,
  'client-revocations': clientRevocations,
  'import-timing': importTiming,
};

const USAGE = `npm run bench -- [options] [part ...]
  parts      ${Object.keys(CASES).join(', ')}; all without one;
             and ${Object.keys(ONLY_BY_NAME).join(', ')}, by its name only
  --rounds   rounds that count, 5
  --scale    multiplies the calls of each round, 1
  --node     the Node that both sides of each ratio run on; this one
  --stores   where growth keeps the stores that it fills, for the next run (with MONGODB_URI)
  --check    fail when a figure misses its target
  --keep     write docs/benchmarks.md and what belongs to it
  --draw     measure nothing; draw docs/benchmarks.md and its pictures from docs/benchmarks/results.json
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      scale: { type: 'string', default: '1' },
      node: { type: 'string', default: process.execPath },
      stores: { type: 'string' },
      check: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      draw: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.filter((part) => !(part in CASES || part in ONLY_BY_NAME));
  if (values.help || unknown.length > 0) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : 64;
    return;
  }
  process.env.BENCH_NODE = values.node;
  const options = {
    rounds: Number(values.rounds),
    scale: Number(values.scale),
    ...(values.stores === undefined ? {} : { stores: values.stores }),
  };
  const parts = positionals.length > 0 ? positionals : Object.keys(CASES);
  const measuredOn = machine();
  const order = Object.keys({ ...CASES, ...ONLY_BY_NAME });
  if (values.draw) return keep([], measuredOn, order);
  process.stdout.write(`${measuredOn.lines.join('\n')}\n`);
  const sections: Section[] = [];
  for (const part of parts) {
    const section = await (CASES[part] ?? ONLY_BY_NAME[part])?.(options);
    if (section === undefined) continue;
    sections.push(section);
    process.stdout.write(printed(section));
  }
  if (values.keep) await keep(sections, measuredOn, order);
  const isMissed = sections.some(({ facts }) => facts.some((fact) => holds(fact) === false));
  if (values.check && isMissed) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
