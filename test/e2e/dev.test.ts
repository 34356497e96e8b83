import { appendFileSync, cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/domain/eventually';
import { run, workingDirectory } from '../support/processes/service-process';

const COPIED = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts', 'src', 'proto'];

test('npm run dev starts the service again after a change, keeps it through a mistake, and stops it', async () => {
  const directory = await workingDirectory();
  const clone = join(directory.path, 'clone');
  for (const name of COPIED) cpSync(join(process.cwd(), name), join(clone, name), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(clone, 'node_modules'));
  const env = { GRPC_ADDRESS: '127.0.0.1:0', HTTP_ADDRESS: 'off', LOG_FORMAT: 'json' };
  const dev = run(process.execPath, ['scripts/dev.mjs'], clone, env);
  try {
    const starts = () => dev.printed().split('"event":"started"').length - 1;
    await eventually('the service has started', () => starts() === 1, 60_000);
    appendFileSync(join(clone, 'src/main.ts'), '\nconst mistake: number = "text";\n');
    await eventually('the mistake is reported', () => dev.printed().includes('The service goes on as it was'), 60_000);
    expect(starts()).toBe(1);
    cpSync(join(process.cwd(), 'src/main.ts'), join(clone, 'src/main.ts'));
    appendFileSync(join(clone, 'src/main.ts'), '\n// Changed.\n');
    await eventually('the service has started again', () => starts() === 2, 60_000);
  } finally {
    dev.child.kill('SIGTERM');
    const { code } = await dev.ended;
    await directory.remove();
    expect(code).toBe(0);
  }
}, 200_000);
