import { readdirSync, readFileSync } from 'node:fs';

const PAGE = readFileSync('docs/retries.md', 'utf8');
const PROTOS = ['auth', 'admin'].map((name) => readFileSync(`proto/postern/auth/v1/${name}_service.proto`, 'utf8'));

test('docs/retries.md says of every RPC whether it may be repeated', () => {
  const names = PROTOS.flatMap((text) => [...text.matchAll(/^ {2}rpc (\w+)\(/gm)].map(([, name = '']) => name));
  const [table = ''] = /\| RPC \|.*?\n\n/s.exec(PAGE) ?? [];
  const firstCells = table.replaceAll(/^\| ([^|]*) \|.*$/gm, '$1');
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(firstCells))).toEqual([]);
});

test('docs/retries.md shows the service config that interop/retries gives to its clients', () => {
  const [, shown = ''] = /```json\n(.*?)```/s.exec(PAGE) ?? [];
  expect(shown).toBe(readFileSync('interop/retries/service-config.json', 'utf8'));
});

test('No page of the documentation has a service config of its own', () => {
  const pages = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((name) =>
    /\.md$/.test(name),
  );
  expect(pages.length).toBeGreaterThan(15);
  const withPolicy = pages.filter((page) => readFileSync(page, 'utf8').includes('"retryPolicy"'));
  expect(withPolicy).toEqual(['docs/retries.md']);
});

test('The service config repeats no call but those without side effects, and waits for a connection in all', () => {
  const { methodConfig } = JSON.parse(readFileSync('interop/retries/service-config.json', 'utf8'));
  const safe = PROTOS.flatMap((text) =>
    [...text.matchAll(/rpc (\w+)\([^)]*\) returns \([^)]*\) \{\s*option idempotency_level = NO_SIDE_EFFECTS/g)].map(
      ([, name]) => name,
    ),
  );
  const [waiting, repeated] = methodConfig;
  expect(waiting.retryPolicy).toBeUndefined();
  expect([waiting.waitForReady, repeated.waitForReady]).toEqual([true, true]);
  const names = repeated.name.map(({ method }: { method: string }) => method);
  expect(names.sort()).toEqual([...safe, 'CheckRole'].sort());
});
