import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import type { SecureClientSessionOptions } from 'node:http2';
import { loadSettings, type Settings } from '../../config/config';
import { askHealth } from '../ask-health';
import { type Command, CommandError, JSON_HELP, JSON_OPTION } from '../command';
import { printJson } from '../print';

/** For all questions together: with the start of this process it is answered within 3 s. */
const TIMEOUT_MS = 2_000;

/** Asks the service of this environment whether it serves; for containers. */
export const healthcheck: Command = {
  summary: 'asks the service of this environment whether it serves; exit code 0 or 1',
  help: `postern healthcheck [--json]

Reads the same environment as the service, for HEALTHCHECK in images. Asks HEALTH_ADDRESS where it is set, otherwise
GRPC_ADDRESS as grpc.health.v1 says, whatever CA issued the certificate there. Under mutual TLS it shows the service's
own certificate; where the service does not take that, it asks /readyz on HTTP_ADDRESS. Proxies are not used. Says
within 3 seconds what is wrong.

${JSON_HELP}`,
  options: JSON_OPTION,
  async run({ json }, terminal) {
    const causes = await findCauses(loadSettings());
    const serving = causes.length === 0;
    if (json === true) printJson(terminal, { serving, causes });
    else if (serving) terminal.stdout.write('SERVING\n');
    else terminal.stderr.write(`NOT SERVING: ${causes.join('; ')}\n`);
    return serving ? 0 : 1;
  },
};

/** Empty when the service serves; otherwise what each address that was asked has answered. */
async function findCauses(settings: Settings): Promise<string[]> {
  const { grpc, http, tls } = settings;
  const deadline = Date.now() + TIMEOUT_MS;
  const { healthAddress } = grpc;
  if (healthAddress !== undefined) {
    const address = dialed('HEALTH_ADDRESS', healthAddress);
    return named(address, await askHealth({ address, service: 'readiness' }, TIMEOUT_MS));
  }
  const address = dialed('GRPC_ADDRESS', grpc.address);
  const isMutual = tls?.clientCaFile !== undefined;
  const timeoutMs = isMutual && http.address !== undefined ? TIMEOUT_MS / 2 : TIMEOUT_MS;
  const causes = named(address, await askHealth({ address, service: '', tls: tlsOptions(tls) }, timeoutMs));
  if (causes.length === 0 || !isMutual || http.address === undefined) return causes;
  const httpAddress = dialed('HTTP_ADDRESS', http.address);
  const atHttp = named(httpAddress, await askReadiness(httpAddress, deadline - Date.now()));
  return atHttp.length === 0 ? [] : [...causes, ...atHttp];
}

/** The way from this machine to what the service listens on. */
function dialed(name: string, address: string): string {
  if (address.endsWith(':0')) throw new CommandError(`${name} has port 0: which one was picked is not known here`);
  // Who listens on every address listens on this one: `[::]` takes IPv4 too.
  return address.replace(/^(0\.0\.0\.0|\[::\]):/, '127.0.0.1:');
}

function named(address: string, cause: string | undefined): string[] {
  return cause === undefined ? [] : [`${address}: ${cause}`];
}

/** The certificate there is the service's own, which it need not prove to itself; its issuer may be unknown here. */
function tlsOptions(tls: Settings['tls']): SecureClientSessionOptions | undefined {
  if (tls === undefined) return undefined;
  const pair = tls.clientCaFile && { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) };
  // An empty server name: the host is an address, which is no name (RFC 6066 section 3).
  return { ...(pair || {}), servername: '', rejectUnauthorized: false };
}

function askReadiness(address: string, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(`http://${address}/readyz`, { agent: false, signal: AbortSignal.timeout(timeoutMs) });
    request.on('response', (response) => {
      response.resume();
      const { statusCode } = response;
      resolve(statusCode === 200 ? undefined : `/readyz answers ${statusCode}`);
    });
    request.on('error', ({ message }) => resolve(message));
  });
}
