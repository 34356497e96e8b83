import { Revocations } from '../../src/auth/revocation/revocations';
import { decodeCheckRequest } from '../../src/gateway/check-request';
import { type Decide, gatewayDecisions } from '../../src/gateway/decide';
import { extAuthz } from '../../src/gateway/ext-authz';
import { type ForwardAuthReply, forwardAuth } from '../../src/gateway/forward-auth';
import { IDENTITY_HEADERS, identityHeaders } from '../../src/gateway/identity-headers';
import { CheckRequest, type CheckResponse } from '../../src/gen/envoy/service/auth/v3/external_auth';
import { type Domain, openDomain } from '../support/domain/domain';

let domain: Domain;
let decide: Decide;
let token: string;
let sessionId: string;
let userId: string;

beforeEach(async () => {
  domain = await openDomain();
  decide = gatewayDecisions(domain.deps);
  const { tokens, user } = await domain.signedIn();
  token = tokens.accessToken;
  sessionId = tokens.sessionId;
  userId = user.id;
});
afterEach(() => domain.close());

interface Asked {
  readonly authorization?: readonly string[];
  readonly apiKeys?: readonly string[];
  /** `roles` and `optional` as each gateway's configuration writes them. */
  readonly roles?: string;
  readonly optional?: boolean;
}

interface Decision {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly removed: readonly string[];
  /** Of a denial. */
  readonly body?: string | undefined;
}

const overHttp = ({ authorization = [], apiKeys = [], roles, optional = false }: Asked): Decision => {
  const query = new URLSearchParams({
    ...(roles === undefined ? {} : { roles }),
    ...(optional ? { optional: '' } : {}),
  });
  const { status, headers, body } = forwardAuth(decide)(
    { authorization, apiKeys, query: query.toString() },
    domain.call(),
  ) as ForwardAuthReply;
  if (status === 204) return { status: 200, headers, removed: absent(headers) };
  return { status, headers, removed: [], body: String(body) };
};

/** Through the bytes that Envoy sends. */
const overGrpc =
  (headers: 'headers' | 'header_map') =>
  (asked: Asked): Decision => {
    const { authorization = [], apiKeys = [], roles, optional = false } = asked;
    const extensions = { ...(roles === undefined ? {} : { roles }), ...(optional ? { optional: 'true' } : {}) };
    const sent = { authorization, 'x-api-key': apiKeys };
    const values = Object.entries(sent).flatMap(([key, each]) =>
      each.map((value) => ({ key, value: '', rawValue: Buffer.from(value) })),
    );
    const joined = Object.entries(sent).flatMap(([key, each]) => (each.length > 0 ? [[key, each.join(',')]] : []));
    const http =
      headers === 'headers'
        ? { headers: Object.fromEntries(joined), headerMap: undefined }
        : { headers: {}, headerMap: { headers: values } };
    const request = decodeCheckRequest(
      CheckRequest.encode({ attributes: { request: { http }, contextExtensions: extensions } }).finish(),
    );
    return toDecision(extAuthz(decide, (peer) => peer)(request, domain.call()) as CheckResponse);
  };

function toDecision({ httpResponse }: CheckResponse): Decision {
  if (httpResponse?.$case === 'okResponse') {
    const { headers, headersToRemove } = httpResponse.okResponse;
    expect(headers.every(({ appendAction }) => appendAction === 2)).toBe(true);
    // The key itself is for no upstream, whatever the caller.
    expect(headersToRemove).toContain('x-api-key');
    const removed = headersToRemove.filter((name) => name !== 'x-api-key');
    return { status: 200, headers: named(headers), removed };
  }
  const { status, headers = [], body } = httpResponse?.deniedResponse ?? {};
  return { status: status?.code ?? 0, headers: named(headers), removed: [], body };
}

function named(headers: readonly { header: { key: string; value: string } | undefined }[]): Record<string, string> {
  return Object.fromEntries(headers.map(({ header }) => [header?.key ?? '', header?.value ?? '']));
}

const absent = (headers: Readonly<Record<string, string>>) => IDENTITY_HEADERS.filter((name) => !headers[name]);

describe.each([
  ['forward auth', overHttp],
  ['ext_authz with headers', overGrpc('headers')],
  ['ext_authz with header_map', overGrpc('header_map')],
])('%s', (_, ask) => {
  test('passes the caller on to the upstream', () => {
    expect(ask({ authorization: [`bearer ${token}`] })).toEqual({
      status: 200,
      headers: {
        'x-auth-user-id': userId,
        'x-auth-username': 'user-1',
        'x-auth-roles': 'user',
        'x-auth-session-id': sessionId,
      },
      removed: [],
    });
  });

  test('asks for a token where there is none', () => {
    for (const authorization of [[], ['Basic YTpi'], ['Bearer']]) {
      expect(ask({ authorization })).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    }
  });

  test('refuses bad tokens, and two credentials at once', () => {
    const bad = [['Bearer rubbish'], [`Bearer ${token}x`], [`Bearer ${token}`, `Bearer ${token}`]];
    for (const authorization of bad) {
      const { status, headers } = ask({ authorization });
      expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer error="invalid_token"']);
    }
  });

  test('lets anonymous callers pass where the route says so, and takes every identity header away', () => {
    for (const authorization of [[], ['Bearer rubbish']]) {
      expect(ask({ authorization, optional: true })).toEqual({
        status: 200,
        headers: {},
        removed: [...IDENTITY_HEADERS],
      });
    }
  });

  test('demands one of the roles, matched exactly [C10]', () => {
    const authorization = [`Bearer ${token}`];
    expect(ask({ authorization, roles: 'admin, user' }).status).toBe(200);
    for (const roles of ['admin', 'use', 'USER', 'users', '', ','])
      expect(ask({ authorization, roles }).status).toBe(403);
    expect(domain.eventTypes()).toContain('role.denied');
  });

  test('says in a small JSON body why not', () => {
    const why = (asked: Asked) => {
      const { headers, body = '' } = ask(asked);
      return [headers['content-type'], JSON.parse(body)];
    };
    const missing = { code: 'permission_denied', message: 'Not enough permissions', reason: 'ROLE_MISSING' };
    expect(why({ authorization: [`Bearer ${token}`], roles: 'admin' })).toEqual(['application/json', missing]);
    const bad = { code: 'unauthenticated', message: 'Could not validate credentials', reason: 'INVALID_TOKEN' };
    expect(why({ authorization: ['Bearer rubbish'] })).toEqual(['application/json', bad]);
  });

  test('lets no anonymous request pass where a role is demanded', () => {
    expect(ask({ roles: 'user', optional: true }).status).toBe(401);
    expect(ask({ authorization: ['Bearer rubbish'], roles: 'user', optional: true }).status).toBe(401);
  });

  describe('with an API key', () => {
    let apiKey: string;
    let keyId: string;
    beforeEach(async () => {
      const fields = { userId, name: 'ci', roles: [], expiresAt: undefined, allowedCidrs: [] };
      const made = await domain.admin.createApiKey(fields, 'an-admin', domain.call());
      [apiKey, keyId] = [made.apiKey, made.key.id];
      // Known here from now on: the decision makes no promise.
      await domain.auth.validate({ accessToken: apiKey, allowAnonymous: false, fresh: false }, domain.call());
    });

    test('passes the owner of a key on to the upstream, as a bearer and as x-api-key', () => {
      for (const asked of [
        { authorization: [`Bearer ${apiKey}`] },
        { apiKeys: [apiKey] },
        { apiKeys: [` ${apiKey} `] },
      ]) {
        expect(ask(asked)).toMatchObject({
          status: 200,
          headers: { 'x-auth-user-id': userId, 'x-auth-session-id': keyId, 'x-auth-roles': 'user' },
        });
      }
      expect(ask({ apiKeys: [apiKey], roles: 'user' }).status).toBe(200);
      expect(ask({ apiKeys: [apiKey], roles: 'admin' }).status).toBe(403);
    });

    test('refuses what is no key as x-api-key, an access token too, and two credentials at once', () => {
      const bearer = `Bearer ${apiKey}`;
      const refused: Asked[] = [
        { apiKeys: [''] },
        { apiKeys: ['rubbish'] },
        { apiKeys: [token] },
        { apiKeys: [`Bearer ${apiKey}`] },
        { apiKeys: [`${apiKey}x`] },
        { apiKeys: [apiKey, apiKey] },
        { apiKeys: [apiKey], authorization: [bearer] },
        { apiKeys: [apiKey], authorization: [`Bearer ${token}`] },
        { apiKeys: [apiKey], authorization: ['Basic YTpi'] },
      ];
      for (const asked of refused) {
        const { status, headers } = ask(asked);
        expect([asked, status, headers['www-authenticate']]).toEqual([asked, 401, 'Bearer error="invalid_token"']);
        expect(ask({ ...asked, optional: true })).toMatchObject({ status: 200, headers: {} });
      }
    });

    test('refuses a key that was revoked, and one whose owner is disabled [C13]', async () => {
      await domain.admin.setUserActive({ userId, active: false }, '', domain.call());
      expect(JSON.parse(ask({ apiKeys: [apiKey] }).body ?? '')).toMatchObject({ reason: 'USER_INACTIVE' });
      await domain.admin.setUserActive({ userId, active: true }, '', domain.call());
      expect(ask({ apiKeys: [apiKey] }).status).toBe(200);
      await domain.admin.revokeApiKey({ keyId }, '', domain.call());
      expect(JSON.parse(ask({ apiKeys: [apiKey] }).body ?? '')).toMatchObject({ reason: 'TOKEN_REVOKED' });
    });
  });

  test('refuses a session that has ended [C11]', async () => {
    await domain.auth.revokeAllSessions({ keepCurrent: false }, ...domain.bearer(token));
    expect(ask({ authorization: [`Bearer ${token}`] }).status).toBe(401);
  });
});

test('A gateway is answered 503 when revocations have not been followed for too long', async () => {
  const limits = { windowMs: 60_000, maxStalenessMs: 1_000 };
  const neverFollowed = new Revocations(domain.store.revocationFeed, domain.clock, limits);
  const stale = gatewayDecisions({ ...domain.deps, revocations: neverFollowed });
  const { status, headers } = forwardAuth(stale)(
    { authorization: [`Bearer ${token}`], apiKeys: [], query: 'optional' },
    domain.call(),
  ) as ForwardAuthReply;
  expect([status, headers['retry-after']]).toEqual([503, '1']);
});

test('ext_authz takes no token from the metadata of the gateway itself', () => {
  const request = decodeCheckRequest(new Uint8Array());
  const response = extAuthz(decide, (peer) => peer)(request, domain.call({ bearer: token })) as CheckResponse;
  expect(toDecision(response).status).toBe(401);
});

test('Identity headers have what is not ASCII, or would end a header or a role, percent-encoded', () => {
  const odd = { userId: 'a\r\nx: y', username: 'Zoë\ud800', roles: ['a,b', 'team:ops'], sessionId: 's' };
  const headers = identityHeaders({ ...odd, issuedAt: 0, expiresAt: 0, kind: 'person', apiKeyId: '' });
  expect(headers).toEqual([
    ['x-auth-user-id', 'a%0D%0Ax:%20y'],
    ['x-auth-username', 'Zo%C3%AB%EF%BF%BD'],
    ['x-auth-roles', 'a%2Cb,team:ops'],
    ['x-auth-session-id', 's'],
  ]);
});
