import { openApi } from '../../gen/openapi';
import type { Readiness } from '../../transport/readiness';
import { type HttpRoute, READ_METHODS } from '../server/http-route';
import { requestedBase, type TrustsPeer } from '../server/requested-base';
import { prefersJson } from './accepts-json';
import { renderApiReference } from './api-reference';
import { buildOverview, type LandingFacts } from './overview';
import { PAGE_POLICY, renderPage } from './render-page';

export interface LandingOptions {
  readonly facts: LandingFacts;
  readonly readiness: () => Readiness;
  readonly trusts: TrustsPeer;
}

/** For a client that does not say which host it asks. */
const NO_HOST = 'http://localhost';
const SHARED_HEADERS = {
  vary: 'accept',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};
const JSON_HEADERS = { ...SHARED_HEADERS, 'content-type': 'application/json' };
const PAGE_HEADERS = {
  ...SHARED_HEADERS,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': PAGE_POLICY,
  'cross-origin-opener-policy': 'same-origin',
};

/** `/`: what runs here, as a page or as JSON. Pages of other origins cannot read it, whatever CORS_ORIGINS says. */
export function landingRoute({ facts, readiness, trusts }: LandingOptions): HttpRoute {
  const reference = facts.json ? renderApiReference(openApi) : undefined;
  return {
    path: '/',
    methods: READ_METHODS,
    answer(request) {
      const overview = buildOverview(facts, readiness(), requestedBase(request, trusts) ?? NO_HOST);
      return prefersJson(request.headers.accept)
        ? { status: 200, headers: JSON_HEADERS, body: `${JSON.stringify(overview, null, 2)}\n` }
        : { status: 200, headers: PAGE_HEADERS, body: renderPage(overview, reference) };
    },
  };
}
