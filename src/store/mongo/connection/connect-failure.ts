import { mongo } from 'mongoose';
import { AuthError } from '../../../auth/errors';
import { StoreRefusedError, StoreUnreachableError } from '../../store';
import { readErrorName } from '../commands/store-errors';
import type { MongoUrl } from './database-url';
import { findHostOfOtherTransport, probeServers, type ServerProbe, usesTls } from './server-probe';
import { explainRefusal } from './server-refusal';

/**
 * Why connecting failed and what to do, as the error of the start; undefined when nothing is known beyond the error
 * itself.
 */
export async function explainFailure(error: unknown, url: MongoUrl): Promise<Error | undefined> {
  const refusal = explainRefusal(error);
  if (refusal !== undefined) return refusal;
  const chain = collectCauses(error);
  for (const cause of chain) {
    const refused = fileFault(cause) ?? certificateFault(cause) ?? optionFault(cause, url);
    if (refused !== undefined) return new StoreRefusedError(`DATABASE_URL: ${refused}`);
  }
  for (const cause of chain) {
    const name = lookupFault(cause);
    if (name !== undefined) return unreachable(name, error);
  }
  if (!readErrorName(error).endsWith('ServerSelectionError')) return undefined;
  const probes = await probeServers(url);
  if (probes.every(({ hello }) => hello === undefined)) {
    const host = await findHostOfOtherTransport(url);
    if (host !== undefined) return new StoreRefusedError(`DATABASE_URL: ${transportFault(host, url)}`);
  }
  return explainServers(probes, url, error);
}

/** mongod closes a connection of the other kind without a word. */
function transportFault(host: string, url: MongoUrl): string {
  return usesTls(url)
    ? `${host} does not speak TLS: remove tls=true, or give mongod a certificate (net.tls.mode)`
    : `${host} wants TLS: add tls=true, and tlsCAFile when its certificate is of a CA of your own`;
}

/** What the servers say of themselves, when the driver found none to work with. */
function explainServers(probes: readonly ServerProbe[], url: MongoUrl, error: unknown): Error {
  const answering = probes.filter(({ hello }) => hello !== undefined);
  const wanted = url.options.get('replicaset');
  for (const { host, hello } of answering) {
    if (hello?.setName !== undefined && wanted !== undefined && hello.setName !== wanted) {
      const advice = `${host} belongs to the replica set ${hello.setName}, not ${wanted}: correct replicaSet`;
      return new StoreRefusedError(`DATABASE_URL: ${advice}`);
    }
    if (hello?.isreplicaset === true && hello.setName === undefined) {
      return unreachable(`${host} waits for its replica set to be initiated: run rs.initiate() there, once`, error);
    }
    if (wanted !== undefined && hello?.setName === undefined && hello?.isWritablePrimary === true) {
      return new StoreRefusedError(
        `DATABASE_URL: ${host} is a standalone server, no member of a replica set: remove replicaSet, or start mongod with --replSet`,
      );
    }
  }
  if (answering.some(({ hello }) => hello?.setName !== undefined)) {
    const reached = answering.map(({ host }) => host).join(', ');
    const members = [...new Set(answering.flatMap(({ hello }) => hello?.hosts ?? []))].join(', ');
    return unreachable(
      `${reached} answers, but no primary can be reached: look at rs.status(), and whether this machine reaches the members by the names that they call themselves (${members})`,
      error,
    );
  }
  const each = probes.map(({ host, fault }) => `${host}${fault === undefined ? '' : ` (${fault})`}`).join(', ');
  return unreachable(`${each} does not answer: check host and port in DATABASE_URL, and that the database runs`, error);
}

function unreachable(message: string, error: unknown): AuthError {
  const cause = new StoreUnreachableError(message, { cause: error });
  return new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1, cause });
}

/** The error, what caused it, and what the driver met at each server. */
function collectCauses(error: unknown): unknown[] {
  const found: unknown[] = [];
  const waiting: unknown[] = [error];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (next === null || found.includes(next)) continue;
    found.push(next);
    const { cause, reason } = next as { cause?: unknown; reason?: { servers?: Map<string, { error?: unknown }> } };
    if (cause !== undefined) waiting.push(cause);
    for (const server of reason?.servers?.values() ?? []) if (server.error) waiting.push(server.error);
  }
  return found;
}

function readCode(cause: unknown): string {
  const { code } = cause as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

/** `tlsCAFile`, `tlsCertificateKeyFile` and `tlsCRLFile` name files. */
function fileFault(cause: unknown): string | undefined {
  const { path, syscall } = cause as { path?: unknown; syscall?: unknown };
  if (typeof path !== 'string' || !['open', 'read'].includes(String(syscall))) return undefined;
  return `the file ${path} of a tls option cannot be read (${readCode(cause)}): correct its path, or give it to the user that runs this`;
}

const CERTIFICATE_FAULTS: readonly (readonly [RegExp, string])[] = [
  [/^CERT_HAS_EXPIRED$/, 'the certificate of the server has expired: renew it'],
  [/^CERT_NOT_YET_VALID$/, 'the certificate of the server is not valid yet: check it, and the clock'],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'the certificate of the server is for another name: use the host name that it holds',
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|^CERT_UNTRUSTED$/,
    'the certificate of the server is of an unknown authority: name the file of its CA in tlsCAFile',
  ],
  [/^ERR_OSSL_PEM|^ERR_OSSL_X509|^ERR_CRYPTO_INVALID/, 'a file of a tls option holds no usable certificate or key'],
  [/^ERR_SSL_WRONG_VERSION_NUMBER$|^EPROTO$/, 'the server does not speak TLS on this port: remove tls=true'],
];

function certificateFault(cause: unknown): string | undefined {
  const code = readCode(cause);
  return CERTIFICATE_FAULTS.find(([pattern]) => pattern.test(code))?.[1];
}

/** What the driver says of an option names it; of the URL it says nothing that may be repeated. */
function optionFault(cause: unknown, { options }: MongoUrl): string | undefined {
  if (!(cause instanceof mongo.MongoParseError || cause instanceof mongo.MongoInvalidArgumentError)) return undefined;
  const words = new Set(cause.message.toLowerCase().match(/[a-z]+/g));
  const named = [...options.keys()].filter((name) => words.has(name));
  return named.length === 0 ? undefined : `the value of ${named.join(' or ')} does not fit; see the MongoDB manual`;
}

/** Names may begin to resolve: the servers of a cluster are started with this one. */
function lookupFault(cause: unknown): string | undefined {
  const { hostname } = cause as { hostname?: unknown };
  if (!['ENOTFOUND', 'EAI_AGAIN', 'ENODATA', 'ESERVFAIL'].includes(readCode(cause))) return undefined;
  return `The host ${hostname} cannot be found: check the name in DATABASE_URL, and the DNS of this machine`;
}
