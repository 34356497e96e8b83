import { createHash } from 'node:crypto';
import { Html, html } from './html';
import type { Endpoint, Overview } from './overview';
import { SCRIPT } from './page-script';
import { STYLE } from './page-style';

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#0969da" d="M2 16V8a6 6 0 0 1 12 0v8h-3V8a3 3 0 0 0-6 0v8z"/></svg>`;

const hashForPolicy = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing but what is in the page itself: its style and its script by their hashes, and its icon. */
export const PAGE_POLICY = [
  `default-src 'none'`,
  `style-src ${hashForPolicy(STYLE)}`,
  `script-src ${hashForPolicy(SCRIPT)}`,
  'img-src data:',
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
  `require-trusted-types-for 'script'`,
].join('; ');

/** @param reference of the API, or undefined where no API is served as JSON */
export function renderPage(overview: Overview, reference: Html | undefined): string {
  const { description, version, http, grpc, examples } = overview;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Postern</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}">
<style>${new Html(STYLE)}</style>
</head>
<body>
${reference === undefined ? html`` : html`<a class="skip" href="#api">To the API reference</a>`}
<header>
<h1>Postern${version === undefined ? '' : ` ${version}`}</h1>
<p>${description}</p>
${renderState(overview)}
</header>
<main>
<section aria-labelledby="calls">
<h2 id="calls">A first call</h2>
<p>Needs no account, and changes nothing.</p>
${renderCall('curl', examples.curl)}${renderCall('grpcurl', examples.grpcurl)}
</section>
<section aria-labelledby="endpoints">
<h2 id="endpoints">Endpoints</h2>
<h3>gRPC, ${TLS[grpc.tls]}</h3>
<ul>${grpc.services.map((service) => html`<li><code>${service}</code></li>`)}</ul>
<h3>HTTP, this port</h3>
<dl>${http.map(renderEndpoint)}</dl>
</section>
${
  reference === undefined
    ? html``
    : html`<section aria-labelledby="api">
<h2 id="api">API reference</h2>
<p>The same over gRPC and as JSON; from <a href="/openapi.json">/openapi.json</a>.</p>
${reference}
</section>`
}
</main>
<script>${new Html(SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}

const TLS = { off: 'without TLS', on: 'with TLS', mutual: 'with TLS and client certificates' } as const;

function renderState({ ready, missing }: Overview): Html {
  return ready ? html`<p class="state ready">Ready</p>` : html`<p class="state">Not ready: ${missing.join(', ')}</p>`;
}

function renderCall(name: string, line: string): Html {
  return html`<div class="call"><h3>${name}</h3><pre tabindex="0" aria-label="${name}"><code>${line}</code></pre></div>
`;
}

/** Only what a browser can show is a link. */
function renderEndpoint({ method, path, description }: Endpoint): Html {
  const label = html`<code>${method === 'GET' ? html`<a href="${path}">${path}</a>` : html`${path}`}</code>`;
  return html`<dt>${label} <span class="soft">${method}</span></dt><dd>${description}</dd>`;
}
