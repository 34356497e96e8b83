import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HttpParts, httpRoutes } from '../../src/composition/http-routes';
import { type Config, loadConfig } from '../../src/config/config';
import { anAuthority } from '../support/clients/certificates';
import { temporaryDirectory } from '../support/embedded/embedded';

let directory: string;
let tls: NodeJS.ProcessEnv;
beforeAll(async () => {
  directory = await temporaryDirectory();
  const { cert, key } = anAuthority().issue('localhost');
  tls = { TLS_CERT_FILE: join(directory, 'cert.pem'), TLS_KEY_FILE: join(directory, 'key.pem') };
  await writeFile(join(directory, 'cert.pem'), cert);
  await writeFile(join(directory, 'key.pem'), key);
});
afterAll(() => rm(directory, { recursive: true }));

const SECRET = { SECRET_KEY: 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe' };
const configured = (env: NodeJS.ProcessEnv): Config =>
  loadConfig({ ...SECRET, ...env }, { directory, terminal: false, cores: 2 });

test('Beside TLS the plaintext port takes passwords only when it was asked for [E1]', () => {
  expect(configured({}).http.json).toBe(true);
  expect(configured(tls).http.json).toBe(false);
  expect(configured({ ...tls, HTTP_ADDRESS: '127.0.0.1:8080' }).http.json).toBe(true);
});

test('A port that takes no passwords has no route for them [E1]', () => {
  const parts = { rpc: { methods: [], pipeline: {} }, metrics: {} } as unknown as HttpParts;
  const listPaths = (env: NodeJS.ProcessEnv) => httpRoutes(configured(env), parts).map(({ path }) => path);
  const services = ['/postern.auth.v1.AuthService/', '/postern.auth.v1.AdminService/', '/openapi.json'];
  expect(listPaths({})).toEqual(expect.arrayContaining(services));
  expect(listPaths(tls).filter((path) => services.includes(path))).toEqual([]);
  expect(listPaths(tls)).toContain('/verify');
});
