import { createLogger } from '../../../src/observability/logger';

function logger(format: 'json' | 'pretty' = 'json') {
  const written: string[] = [];
  const log = createLogger({ level: 'info', format, destination: { write: (line) => void written.push(line) } });
  return { log, text: () => written.join('') };
}

const NASTY = 'a\r\n{"level":"info"}\u001b[2J\u009b31m\u2028b';

test('A log line is JSON with its level by name and a UTC time [F1]', () => {
  const { log, text } = logger();
  log.info({ method: 'x' }, 'call');
  const line = JSON.parse(text());
  expect(line).toMatchObject({ level: 'info', method: 'x', msg: 'call' });
  expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test.each([
  'json',
  'pretty',
] as const)('Line breaks and escape sequences in values break no %s log line [F3]', (format) => {
  const { log, text } = logger(format);
  log.info({ user_agent: NASTY, nested: { email: NASTY }, list: [NASTY] }, 'call');
  expect(
    text()
      .trimEnd()
      .split(/[\r\n\u2028\u2029]/),
  ).toHaveLength(1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(text().trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});

test.each([
  'password',
  'refresh_token',
  'accessToken',
  'authorization',
  'passwordHash',
])('The log censors %s, also when nested [F2]', (key) => {
  const { log, text } = logger();
  log.info({ [key]: 'canary', request: { deep: { [key]: 'canary' } } }, 'call');
  expect(text()).toContain('[redacted]');
  expect(text()).not.toContain('canary');
});

test('A token in the message of an error is not logged [F2]', () => {
  const { log, text } = logger();
  const canary = 'canary'.repeat(7).slice(0, 43).padEnd(43, '-');
  const tokens = [`pstv_${canary}`, `pstn_${canary}`, `pstr1.${canary}.canary`];
  log.error({ err: new Error(`refused https://app.example.com/reset#${tokens.join(' ')}`) }, 'It failed');
  expect(JSON.parse(text()).err.message).toBe('refused https://app.example.com/reset#[token] [token] [token]');
  expect(text()).not.toContain('canary');
});

test('An error is logged with its class, message, code, stack and causes, never with other properties [F2]', () => {
  const { log, text } = logger();
  const cause = Object.assign(new Error('refused mongodb://root:canary@db/x'), { command: { password: 'canary' } });
  const error = Object.assign(new TypeError('saw Bearer canary and eyJhbGciOiJIUzI1NiJ9.canary.canary', { cause }), {
    code: 11_000,
    request: { password: 'canary' },
  });
  log.error({ err: error }, 'Internal error');
  expect(text()).not.toContain('canary');
  const { err } = JSON.parse(text());
  expect(err).toMatchObject({
    type: 'TypeError',
    code: '11000',
    cause: { type: 'Error', message: 'refused mongodb://db/x' },
  });
  expect(err.stack[0]).toMatch(/^at /);
});

test.each([
  ['a text', 'canary'],
  ['nothing', undefined],
  ['an object', { password: 'canary' }],
])('%s that was thrown is not shown', (_what, thrown) => {
  const { log, text } = logger();
  log.error({ err: thrown }, 'Internal error');
  expect(text()).not.toContain('canary');
  expect(JSON.parse(text()).msg).toBe('Internal error');
});

test('an endless chain of causes is cut', () => {
  const { log, text } = logger();
  const error = new Error('round');
  error.cause = error;
  log.error({ err: error }, 'Internal error');
  expect(JSON.parse(text()).err.cause.message).toBe('round');
});
