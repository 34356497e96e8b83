import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { IDENTITY_HEADERS } from '../../src/gateway/identity-headers';
import { ruleOfQuery } from '../../src/gateway/rule';

interface ForwardAuth {
  readonly address: string;
  readonly authResponseHeaders: readonly string[];
  readonly authRequestHeaders: readonly string[];
  readonly trustForwardHeader?: boolean;
}

const { http } = parse(readFileSync('examples/traefik/dynamic.yaml', 'utf8'), { merge: true });
const asked = (name: string): ForwardAuth => http.middlewares[name].forwardAuth;
const names = Object.keys(http.middlewares).filter((name) => 'forwardAuth' in http.middlewares[name]);

describe("Traefik's example, which no real Traefik runs here", () => {
  test.each(names)('%s takes every identity header from Postern, and from the client none', (name) => {
    const { authResponseHeaders, authRequestHeaders, trustForwardHeader } = asked(name);
    expect(authResponseHeaders.map((header) => header.toLowerCase())).toEqual([...IDENTITY_HEADERS]);
    expect(authRequestHeaders).toEqual(expect.arrayContaining(['Authorization', 'X-Api-Key']));
    expect(trustForwardHeader ?? false).toBe(false);
  });

  test('asks for what the route demands', () => {
    const rules = names.map((name) => [name, ruleOfQuery(new URL(asked(name).address).searchParams)]);
    expect(Object.fromEntries(rules)).toEqual({
      'signed-in': { roles: undefined, optional: false },
      admin: { roles: ['admin', 'moderator'], optional: false },
      optional: { roles: undefined, optional: true },
    });
    for (const name of names) expect(new URL(asked(name).address).pathname).toBe('/verify');
  });

  test('no route reaches the application without Postern', () => {
    for (const { middlewares, service } of Object.values<{ middlewares: string[]; service: string }>(http.routers)) {
      const [asking = '', ...rest] = middlewares;
      expect([rest, service]).toEqual([['without-api-key'], 'application']);
      expect(names).toContain(asking);
    }
    const everything = { rule: 'PathPrefix(`/`)', middlewares: ['signed-in', 'without-api-key'] };
    expect(http.routers.everything).toMatchObject(everything);
  });

  test('an API key reaches Postern and no application', () => {
    // Traefik takes a request header with an empty value away.
    expect(http.middlewares['without-api-key'].headers).toEqual({ customRequestHeaders: { 'X-Api-Key': '' } });
  });
});
