// node grpc-js.mjs ADDRESS TOKEN [SERVICE_CONFIG]: calls Validate until standard input ends, then prints the codes.
// node grpc-js.mjs once ADDRESS METHOD REQUEST_BASE64 SERVICE_CONFIG: makes one call.
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';

const bytes = (value) => value;

function connect(address, file) {
  const options = file === undefined ? {} : { 'grpc.service_config': readFileSync(file, 'utf8') };
  return new grpc.Client(address, grpc.credentials.createInsecure(), options);
}

/** Resolves with the name of the code. */
function invoke(client, method, request, metadata) {
  return new Promise((resolve) => {
    client.makeUnaryRequest(method, bytes, bytes, request, metadata, (error) =>
      resolve(grpc.status[error?.code ?? grpc.status.OK]),
    );
  });
}

async function callUntilEnd(address, token, file) {
  const client = connect(address, file);
  // grpc-js reads no waitForReady from the service config: the call says it.
  const metadata = new grpc.Metadata({ waitForReady: file !== undefined });
  metadata.set('authorization', `Bearer ${token}`);
  const codes = {};
  let running = true;
  process.stdin.on('end', () => {
    running = false;
  });
  process.stdin.resume();
  while (running) {
    const code = await invoke(client, '/postern.auth.v1.AuthService/Validate', Buffer.alloc(0), metadata);
    codes[code] = (codes[code] ?? 0) + 1;
    await sleep(20);
  }
  process.stdout.write(`${JSON.stringify(codes)}\n`);
  client.close();
}

async function callOnce(address, method, request, file) {
  const client = connect(address, file);
  const startedAt = performance.now();
  const code = await invoke(client, method, Buffer.from(request, 'base64'), new grpc.Metadata());
  process.stdout.write(`${JSON.stringify({ code, ms: Math.round(performance.now() - startedAt) })}\n`);
  client.close();
}

const [first, ...rest] = process.argv.slice(2);
if (first === 'once') await callOnce(...rest);
else await callUntilEnd(first, ...rest);
