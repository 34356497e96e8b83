import { request } from 'node:http';
import { startApp } from '../support/processes/start-app';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/**
 * One request, path and headers as given, those that `fetch` forbids too; an array sends the header once for each
 * value.
 */
export function send(
  base: string,
  method: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body?: string | Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    const outgoing = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    outgoing.on('error', reject).end(body);
  });
}

/** The whole service with its HTTP port, and users in it. */
export async function startWithHttp(env: NodeJS.ProcessEnv = {}) {
  const started = await startApp({ HTTP_ADDRESS: '127.0.0.1:0', ...env });
  const { http } = started.lines().find(({ event }) => event === 'started') as { http: string };
  const base = `http://${http}`;
  const rpc = async (method: string, message: unknown, headers: Record<string, string | string[]> = {}) => {
    const json = { 'content-type': 'application/json', ...headers };
    const answer = await send(base, 'POST', `/postern.auth.v1.${method}`, json, JSON.stringify(message));
    return { ...answer, json: answer.body === '' ? undefined : JSON.parse(answer.body) };
  };
  const login = async (username: string, password: string) => {
    const { json } = await rpc('AuthService/Login', { username, password });
    return json as { tokens: { accessToken: string; refreshToken: string; sessionId: string }; user: { id: string } };
  };
  return {
    ...started,
    base,
    rpc,
    login,
    /** A new user who has signed in. */
    async signedIn(username: string) {
      const password = 'plum-cabinet-orbit-91';
      await rpc('AuthService/Register', {
        email: `${Buffer.from(username).toString('hex')}@example.com`,
        username,
        password,
      });
      return login(username, password);
    },
  };
}

export type Running = Awaited<ReturnType<typeof startWithHttp>>;
