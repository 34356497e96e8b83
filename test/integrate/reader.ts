import { eventually } from '../support/domain/eventually';
import { blockNamed } from './page';
import type { Workplace } from './workplace';

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

/** Calls the reader's service as the page says, and sees what the page promises; the last line within a second. */
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
      await eventually(`${command} answers ${status} ${says}`, isSo, 1_000);
    }
  }
}

export async function get(workplace: Workplace, path: string, token = ''): Promise<Response> {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${workplace.base}${path}`, { headers });
}

/** What the page does not try: an administrator, texts that are no tokens, and Postern gone. */
export async function tryTheRest(workplace: Workplace): Promise<void> {
  const login = `rpc Login '{"username": "root", "password": "plum-cabinet-orbit-91"}'`;
  await workplace.run(blockNamed('tokens').replace(/rpc Login '[^']*'/, login));
  const token = workplace.variables.ACCESS_TOKEN ?? '';
  expect((await get(workplace, '/admin/orders', token)).status).toBe(200);
  for (const bad of ['', 'rubbish', `${token}x`]) {
    const refused = await get(workplace, '/orders', bad);
    expect([bad, refused.status]).toEqual([bad, 401]);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
    if (bad !== '') expect(await refused.text()).toContain('INVALID_TOKEN');
  }
  await workplace.service.stop();
  const isUnavailable = async (): Promise<boolean> => {
    const { status, headers } = await get(workplace, '/orders', token);
    expect([200, 503]).toContain(status);
    return status === 503 && headers.has('retry-after');
  };
  await eventually('it answers 503 with Retry-After', isUnavailable, 15_000);
}
