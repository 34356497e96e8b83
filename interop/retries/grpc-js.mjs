// node grpc-js.mjs ADDRESS TOKEN [SERVICE_CONFIG]: calls Validate until standard input ends, then prints the codes.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';

const [address, token, file] = process.argv.slice(2);
const options = file === undefined ? {} : { 'grpc.service_config': readFileSync(file, 'utf8') };
const client = new grpc.Client(address, grpc.credentials.createInsecure(), options);
// grpc-js reads no waitForReady from the service config: the call says it.
const metadata = new grpc.Metadata({ waitForReady: file !== undefined });
metadata.set('authorization', `Bearer ${token}`);
const bytes = (value) => value;
const codes = {};
let running = true;
process.stdin.on('end', () => {
  running = false;
});
process.stdin.resume();

function validate() {
  return new Promise((resolve) => {
    const method = '/postern.auth.v1.AuthService/Validate';
    client.makeUnaryRequest(method, bytes, bytes, Buffer.alloc(0), metadata, (error) =>
      resolve(grpc.status[error?.code ?? grpc.status.OK]),
    );
  });
}

while (running) {
  const code = await validate();
  codes[code] = (codes[code] ?? 0) + 1;
  await sleep(20);
}
process.stdout.write(`${JSON.stringify(codes)}\n`);
client.close();
