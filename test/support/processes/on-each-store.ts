import { testDatabaseUrl } from '../mongo/mongo';

const SECRET_KEY = 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe';

type Env = Readonly<Record<string, string>>;

/** For `test.each`: the name of each store, and the environment of a service on an empty one. */
export function onEachStore(env: Env): readonly (readonly [string, () => Env])[] {
  return [
    ['the embedded store', () => ({ SECRET_KEY, ...env })],
    ['MongoDB', () => ({ SECRET_KEY, ...env, DATABASE_URL: testDatabaseUrl() })],
  ];
}
