import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPackageDefinition, Server, ServerCredentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { getAnonymousReason, getPrincipal, protect as protectGrpc } from '../../../typescript/dist/grpc.mjs';
import { protect as protectHttp } from '../../../typescript/dist/http.mjs';

const PROTOS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'proto');
const OURS = join(PROTOS, '..', '..', '..', 'proto');
const TICK_MS = 100;
/** What a client calls without a token unless a rule says otherwise. */
const BUILT_IN = [
  '/grpc.health.v1.Health/Check',
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
];
/** HealthCheckResponse { status: SERVING } */
const SERVING = Buffer.from([0x08, 0x01]);

export function describePrincipal({ userId, username, roles, sessionId, expiresAt }) {
  return { user_id: userId, username, roles, session_id: sessionId, expires_at: expiresAt.toISOString() };
}

/** Starts a server behind the middleware. */
export function serve(kind, client, rules) {
  if (kind === 'grpc') return serveGrpc(client, rules);
  if (kind === 'http') return serveHttp(client, rules);
  throw new Error(`kind must be grpc or http, not ${kind}`);
}

async function serveGrpc(client, rules) {
  const definition = loadSync('postern/conformance/v1/echo.proto', { includeDirs: [PROTOS, OURS], keepCase: true });
  const { Echo } = loadPackageDefinition(definition).postern.conformance.v1;
  const server = new Server({ interceptors: [protectGrpc(client, { rules })] });
  server.addService(Echo.service, { WhoAmI: whoAmI, Ticks: ticks });
  for (const path of BUILT_IN) server.addService(rawMethod(path), { answer: (_call, done) => done(null, SERVING) });
  const credentials = ServerCredentials.createInsecure();
  const port = await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { port, close: () => server.forceShutdown() };
}

function rawMethod(path) {
  const same = (bytes) => bytes;
  const codec = {
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  return { answer: { path, requestStream: false, responseStream: false, ...codec } };
}

function whoAmI(call, done) {
  const principal = getPrincipal(call);
  if (principal === undefined) done(null, { anonymous: true, anonymous_reason: getAnonymousReason(call) ?? '' });
  else {
    const seconds = Math.floor(principal.expiresAt.getTime() / 1000);
    done(null, { ...describePrincipal(principal), expires_at: { seconds, nanos: 0 } });
  }
}

function ticks(call) {
  let number = 0;
  const tick = () => {
    number += 1;
    call.write({ number });
  };
  tick();
  const timer = setInterval(tick, TICK_MS);
  call.on('cancelled', () => clearInterval(timer));
}

async function serveHttp(client, rules) {
  const server = createServer(
    protectHttp(
      client,
      (request, response) => {
        if (request.url.startsWith('/ticks')) streamTicks(response);
        else response.setHeader('content-type', 'application/json').end(JSON.stringify(describeCaller(request)));
      },
      { rules },
    ),
  );
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port: server.address().port, close };
}

function describeCaller({ principal, anonymousReason }) {
  if (principal !== undefined) return describePrincipal(principal);
  return { anonymous: true, ...(anonymousReason !== undefined && { anonymous_reason: anonymousReason }) };
}

function streamTicks(response) {
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.write('tick\n');
  const timer = setInterval(() => response.write('tick\n'), TICK_MS);
  response.on('close', () => clearInterval(timer));
}
