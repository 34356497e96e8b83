import { createInterface } from 'node:readline';
import { connect } from '../../../typescript/dist/index.mjs';
import { measure } from './measure.mjs';
import { describePrincipal, serve } from './serve.mjs';

/** The driver of the TypeScript client: clients/conformance/README.md has the protocol. */
let client;
let opened;
const servers = [];

const operations = {
  open({ address, jwks_url: jwksUrl, api_key: apiKey, mode, max_staleness_ms: maxStalenessMs, issuer, audience }) {
    opened = { address, jwksUrl };
    client?.close();
    client = connect({ address, jwksUrl, apiKey, mode, maxStalenessMs, issuer, audience });
    return {};
  },
  validate: ({ token, token_base64: base64 }) => validate(token, base64),
  // All at once: none waits for another line to come.
  validate_all: async ({ tokens }) => ({ answers: await Promise.all(tokens.map((token) => validate(token))) }),
  state() {
    const { isLocal, stalenessMs, watchReconnects, cachedTokens, batchCalls } = client.stats();
    return {
      local: isLocal,
      staleness_ms: Number.isFinite(stalenessMs) ? Math.round(stalenessMs) : -1,
      watch_reconnects: watchReconnects,
      cached_tokens: cachedTokens,
      batch_calls: batchCalls,
    };
  },
  bench: (request) => measure(request, client, opened),
  async serve({ kind, rules }) {
    const server = await serve(kind, client, rules);
    servers.push(server);
    return { port: server.port };
  },
};

async function validate(token, base64) {
  // The API takes text: bytes of any kind are read as latin1.
  const answer = await client.answer(base64 === undefined ? token : Buffer.from(base64, 'base64').toString('latin1'));
  const { ok, via } = answer;
  return ok ? { ok, via, principal: describePrincipal(answer.principal) } : { ok, via, reason: answer.reason };
}

async function answer({ id, op, ...request }) {
  const reply = await Promise.resolve()
    .then(() => operations[op](request))
    .then((result) => ({ ok: true, ...result }))
    .catch((error) => ({ ok: false, error: String(error?.message ?? error) }));
  write(id === undefined ? reply : { id, ...reply });
}

function write(reply) {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

function stop() {
  for (const server of servers) server.close();
  client?.close();
}

let last = Promise.resolve();
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue;
  const request = JSON.parse(line);
  if (request.op === 'close') {
    await last;
    stop();
    write({ ...(request.id !== undefined && { id: request.id }), ok: true });
    break;
  }
  if (request.id === undefined) last = last.then(() => answer(request));
  else void answer(request);
}
stop();
// What others still hold open is theirs.
process.stdout.write('', () => process.exit(0));
