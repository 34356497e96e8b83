import { readFileSync } from 'node:fs';
import { type ChannelCredentials, Client, credentials } from '@grpc/grpc-js';
import { loadSettings, type Settings } from '../../config/config';
import { type Command, CommandError } from '../command';

const TIMEOUT_MS = 3_000;
/** HealthCheckResponse with field 1 (status) = 1 (SERVING). */
const SERVING = Buffer.from([0x08, 0x01]);

/** Asks the service of this environment whether it serves, as grpc.health.v1 says; for containers. */
export const healthcheck: Command = {
  summary: 'asks the service on GRPC_ADDRESS whether it is ready; exit code 0 or 1',
  help: 'postern healthcheck\n\nReads the same environment as the service. For HEALTHCHECK in images.',
  options: {},
  async run(_options, { stdout, stderr }) {
    const settings = loadSettings();
    const isServing = await asksHealth(targetOf(settings.grpc.address), settings);
    (isServing ? stdout : stderr).write(isServing ? 'SERVING\n' : 'NOT SERVING\n');
    return isServing ? 0 : 1;
  },
};

/** The way from this machine to what the service listens on. */
function targetOf(address: string): string {
  if (address.endsWith(':0')) throw new CommandError('GRPC_ADDRESS has port 0: which one was picked is not known here');
  return address.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
}

function asksHealth(target: string, settings: Settings): Promise<boolean> {
  const client = new Client(target, credentialsFor(settings));
  const toBytes = (bytes: Buffer): Buffer => bytes;
  return new Promise<boolean>((resolve) => {
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      toBytes,
      toBytes,
      Buffer.alloc(0),
      { deadline: Date.now() + TIMEOUT_MS },
      (_error, answer) => resolve(answer?.equals(SERVING) ?? false),
    );
  }).finally(() => client.close());
}

/**
 * The certificate that is asked for is the service's own, whatever name it carries; with mutual TLS it is shown too.
 */
function credentialsFor({ tls }: Settings): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const cert = readFileSync(tls.certFile);
  const pair = tls.clientCaFile === undefined ? [] : [readFileSync(tls.keyFile), cert];
  return credentials.createSsl(cert, pair[0] ?? null, pair[1] ?? null, { checkServerIdentity: () => undefined });
}
