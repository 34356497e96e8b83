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
const names = Object.keys(http.middlewares);

describe("Traefik's example, which no real Traefik runs here", () => {
  test.each(names)('%s takes every identity header from Postern, and from the client none', (name) => {
    const { authResponseHeaders, authRequestHeaders, trustForwardHeader } = asked(name);
    expect(authResponseHeaders.map((header) => header.toLowerCase())).toEqual([...IDENTITY_HEADERS]);
    expect(authRequestHeaders).toContain('Authorization');
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
      expect([middlewares.length, service]).toEqual([1, 'application']);
      expect(names).toEqual(expect.arrayContaining(middlewares));
    }
    expect(http.routers.everything).toMatchObject({ rule: 'PathPrefix(`/`)', middlewares: ['signed-in'] });
  });
});
