import { spawnSync } from 'node:child_process';
import { readBlocks } from './page';
import { tryAsThePageSays, tryTheRest } from './reader';
import { Workplace } from './workplace';

const PROGRAMS = { node: ['node', '--version'], python: ['python3', '--version'], go: ['go', 'version'] } as const;

const SERVICES = [
  { folder: 'express-client', program: 'node', needs: [] },
  { folder: 'express', program: 'node', needs: ['copy'] },
  { folder: 'fastapi-client', program: 'python', needs: [] },
  { folder: 'fastapi', program: 'python', needs: ['copy'] },
  { folder: 'go-client', program: 'go', needs: [] },
  { folder: 'go', program: 'go', needs: ['copy', 'protoc'] },
] as const;

/** Where a program is missing the run says so, but not in CI, where each must be there. */
const RUNNABLE = SERVICES.filter(({ folder, program }) => {
  const [command, option] = PROGRAMS[program];
  if (process.env.CI === 'true' || spawnSync(command, [option]).status === 0) return true;
  process.stdout.write(`Not run of docs/integrate.md: ${folder}, since there is no ${command}\n`);
  return false;
});

test('docs/integrate.md has these services and no others', () => {
  const names = readBlocks('docs/integrate.md').map(({ name }) => name);
  const started = names.filter((name) => name.endsWith('/run')).map((name) => name.replace('/run', ''));
  expect(started.sort()).toEqual(SERVICES.map(({ folder }) => folder).sort());
});

test.each(
  RUNNABLE,
)('The service $folder of docs/integrate.md answers as the page says, and 503 without Postern', async ({
  folder,
  needs,
}) => {
  const workplace = await Workplace.open();
  try {
    if (needs.some((need) => need === 'copy')) await workplace.sh('copy');
    if (needs.some((need) => need === 'protoc')) await workplace.provideProtoc();
    workplace.write(folder);
    await workplace.sh(`${folder}/install`);
    await workplace.start(`${folder}/run`);
    await tryAsThePageSays(workplace);
    await tryTheRest(workplace);
  } finally {
    await workplace.close();
  }
}, 400_000);
