import { eventually } from '../support/domain/eventually';
import { blockNamed } from './page';
import { ADMIN_PASSWORD, type Workplace } from './workplace';

/** A busy machine is given time: how fast a logout is seen is measured in test/clients. */
const PATIENCE_MS = 15_000;

interface Line {
  readonly command: string;
  readonly status: string | undefined;
  readonly says: string | undefined;
}

/** The lines of the block `try`, each with the status and the word that its comment promises. */
function linesToTry(): Line[] {
  const lines = blockNamed('try').trimEnd().split('\n');
  return lines.map((line) => {
    const [, status, says] = /# (\d{3})(?:, "(\w+)")?/.exec(line) ?? [];
    return { command: line.replace(/ +#.*$/, ''), status, says };
  });
}

/** Calls the reader's service as the page says, and sees what the page promises. */
export async function tryAsThePageSays(workplace: Workplace): Promise<void> {
  await workplace.sh('tokens');
  const [rpc = ''] = blockNamed('tokens').split('\n');
  const lines = linesToTry();
  expect(lines.map(({ status }) => status)).toEqual(['200', '200', '401', '200', '403', undefined, '401']);
  for (const { command, status, says = '' } of lines) {
    const ask = async (): Promise<string> => (await workplace.run(`${rpc}\n${command}`)).stdout;
    if (status === undefined) await ask();
    else {
      const isSo = async (): Promise<boolean> => {
        const answer = await ask();
        return answer.startsWith(`HTTP/1.1 ${status}`) && answer.includes(says);
      };
      await eventually(`${command} answers ${status} ${says}`, isSo, PATIENCE_MS);
    }
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function get(workplace: Workplace, path: string, token = ''): Promise<Answer> {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${workplace.base}${path}`, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The answer, once it has the status; before that it may be 503, when a deadline has passed on a busy machine. */
async function answered(workplace: Workplace, status: number, path: string, token = ''): Promise<Answer> {
  let answer: Answer | undefined;
  const has = async (): Promise<boolean> => {
    answer = await get(workplace, path, token);
    return answer.status !== 503;
  };
  await eventually(`${path} answers something else than 503`, has, PATIENCE_MS);
  expect([path, answer?.status]).toEqual([path, status]);
  return answer as Answer;
}

/** The access token of an administrator. */
export async function signInAsRoot(workplace: Workplace): Promise<string> {
  const login = `rpc Login '{"username": "root", "password": "${ADMIN_PASSWORD}"}'`;
  await workplace.run(blockNamed('tokens').replace(/rpc Login '[^']*'/, login));
  return workplace.variables.ACCESS_TOKEN ?? '';
}

/** What the page does not try: an administrator, and texts that are no tokens. */
export async function tryTokens(workplace: Workplace, token: string): Promise<void> {
  await answered(workplace, 200, '/admin/orders', token);
  for (const bad of ['', 'rubbish', `${token}x`]) {
    const refused = await answered(workplace, 401, '/orders', bad);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
    if (bad !== '') expect(refused.text).toContain('INVALID_TOKEN');
  }
}

/** Stops Postern: a caller with a token is neither let through for long nor called unknown. */
export async function tryWithoutPostern(workplace: Workplace, token: string): Promise<void> {
  await workplace.stopPostern();
  const isUnavailable = async (): Promise<boolean> => {
    const { status, headers } = await get(workplace, '/orders', token);
    expect([200, 503]).toContain(status);
    return status === 503 && headers.has('retry-after');
  };
  await eventually('it answers 503 with Retry-After', isUnavailable, 30_000);
}

/** Postern speaks TLS, and so does the service. */
export async function tryWithTls(workplace: Workplace, token: string): Promise<void> {
  await answered(workplace, 200, '/orders', token);
  await answered(workplace, 401, '/orders');
}

/** What the README promises of its few lines: a valid token everywhere, and a role below /admin. */
export async function tryReadme(workplace: Workplace, adminToken: string): Promise<void> {
  expect((await answered(workplace, 200, '/orders', adminToken)).text).toContain('root');
  await answered(workplace, 200, '/admin/orders', adminToken);
  await answered(workplace, 401, '/orders');
  await workplace.sh('tokens');
  await answered(workplace, 403, '/admin/orders', workplace.variables.ACCESS_TOKEN);
}
