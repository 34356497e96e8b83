import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type HttpReply, type HttpRoute, READ_METHODS } from '../server/http-route';
import { requestedBase, type TrustsPeer } from '../server/requested-base';

export interface JwksRoutesOptions {
  /** The public keys as they are now (RFC 7517 section 5); none under HS256. */
  readonly jwks: () => { readonly keys: readonly { readonly alg: string }[] };
  /** JWT_ISSUER. */
  readonly issuer: string;
  /** JWT_ALGORITHM. */
  readonly algorithm: string;
  /** Whether the peer's `x-forwarded-host` and `x-forwarded-proto` are believed. */
  readonly trusts: TrustsPeer;
}

const JWKS_PATH = '/.well-known/jwks.json';
const OPENID_PATH = '/.well-known/openid-configuration';
/** RFC 8414 section 3. */
const OAUTH_PATH = '/.well-known/oauth-authorization-server';
/**
 * A new key is published a minute before it signs, and a replica may learn of it 15 s late: half of the minute is left.
 */
const MAX_AGE_SECONDS = 15;

/**
 * `/.well-known/jwks.json`, and `/.well-known/openid-configuration` (or by RFC 8414
 * `/.well-known/oauth-authorization-server`, before the path of an issuer that has one): what another program needs to
 * verify access tokens by itself. The second says where the first is: below JWT_ISSUER when that is an http(s) URL,
 * else where the request says it went.
 */
export function jwksRoutes(options: JwksRoutesOptions): HttpRoute[] {
  const issuerBase = /^https?:\/\//.test(options.issuer) ? options.issuer.replace(/\/+$/, '') : undefined;
  const issuerPath =
    issuerBase === undefined || !URL.canParse(issuerBase) ? '' : new URL(issuerBase).pathname.replace(/\/$/, '');
  const answerConfiguration = (request: IncomingMessage): HttpReply => {
    const base = issuerBase ?? requestedBase(request, options.trusts);
    if (base === undefined) return { status: 400, body: 'Bad Host\n' };
    // What one request said of itself is nothing for a cache that many share.
    const scope = issuerBase === undefined ? 'private' : 'public';
    return document(request, 'application/json', scope, configuration(options, `${base}${JWKS_PATH}`));
  };
  const configurationPaths = [...new Set([OPENID_PATH, OAUTH_PATH, OAUTH_PATH + issuerPath])];
  return [
    {
      path: JWKS_PATH,
      methods: READ_METHODS,
      answer: (request) => document(request, 'application/jwk-set+json', 'public', options.jwks()),
    },
    ...configurationPaths.map((path) => ({ path, methods: READ_METHODS, answer: answerConfiguration })),
  ];
}

/** RFC 8414 section 2, as far as it is true: tokens come from Login, there are no OAuth flows. */
function configuration({ issuer, algorithm, jwks }: JwksRoutesOptions, jwksUri: string): object {
  return {
    issuer,
    jwks_uri: jwksUri,
    response_types_supported: [],
    grant_types_supported: [],
    subject_types_supported: ['public'],
    // The member where verifiers look for the algorithms; there are no ID tokens.
    id_token_signing_alg_values_supported: [...new Set([algorithm, ...jwks().keys.map(({ alg }) => alg)])],
  };
}

function document(request: IncomingMessage, type: string, scope: 'public' | 'private', content: object): HttpReply {
  const body = JSON.stringify(content);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = { 'cache-control': `${scope}, max-age=${MAX_AGE_SECONDS}`, etag };
  if (isKnown(request.headers['if-none-match'], etag)) return { status: 304, headers };
  return { status: 200, headers: { ...headers, 'content-type': type }, body };
}

/** RFC 9110 section 13.1.2: the weak comparison. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const given = (ifNoneMatch ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  return given.includes(etag) || given.includes('*');
}
