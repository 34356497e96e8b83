// @ts-check
// A service that lets Postern say who calls. `setup.mjs` comes first; README.md shows how to call it.
import { readFileSync } from 'node:fs';
import { connect } from '@postern/client';
import { protect, requireRoles } from '@postern/client/express';
import express from 'express';

const {
  POSTERN_ADDRESS = 'localhost:50051',
  POSTERN_JWKS_URL = 'http://localhost:8080/.well-known/jwks.json',
  PORT = '3000',
  API_KEY_FILE = new URL('api-key', import.meta.url),
} = process.env;

const client = connect({
  address: POSTERN_ADDRESS,
  jwksUrl: POSTERN_JWKS_URL,
  apiKey: readFileSync(API_KEY_FILE, 'utf8').trim(),
});

const app = express();
// Everything that no rule names wants a valid token.
app.use(
  protect(client, {
    rules: [
      { match: '/', public: true },
      { match: '/hello', optional: true },
    ],
  }),
);

app.get('/', (_request, response) => {
  response.send('Anybody may read this.\n');
});

app.get('/hello', ({ principal }, response) => {
  response.send(principal === undefined ? 'Hello, whoever you are.\n' : `Hello, ${principal.username}.\n`);
});

app.get('/orders', ({ principal }, response) => {
  response.json({ of: principal?.userId, orders: [] });
});

app.delete('/orders/:id', requireRoles('moderator', 'admin'), (_request, response) => {
  response.status(204).end();
});

// Server-sent events. They end within a second of a logout, without a line about it here.
app.get('/events', (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const send = () => response.write(`data: ${new Date().toISOString()}\n\n`);
  send();
  const timer = setInterval(send, 1_000);
  response.on('close', () => clearInterval(timer));
});

const server = app.listen(Number(PORT), () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : PORT;
  process.stdout.write(`Listening on http://localhost:${port}\n`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    client.close();
    server.close();
  });
}
