import { readFileSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import type { Logger } from 'pino';

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Set: clients must show a certificate of this authority. */
  readonly clientCaFile?: string | undefined;
}

export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Renewed files are seen after this time at the latest. */
const LOOK_EVERY_MS = 10_000;

/** Forward secrecy and authenticated encryption only (OWASP ASVS 5.0, 12.1.2); the first three are those of TLS 1.3. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

export interface TlsTerminatorOptions {
  readonly files: TlsFiles;
  readonly log: Logger;
  readonly serve: (socket: TLSSocket) => void;
  readonly handshakeTimeoutMs?: number;
  readonly lookEveryMs?: number;
}

/** Turns accepted connections into TLS ones. Those that do not finish their handshake are closed; grpc-js would keep them for ever. */
export class TlsTerminator {
  readonly #server: Server;
  readonly #timer: NodeJS.Timeout;
  #seen: string;

  /** @throws when a file cannot be read or is no certificate or key */
  constructor(private readonly options: TlsTerminatorOptions) {
    const { files, serve, handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS, lookEveryMs = LOOK_EVERY_MS } = options;
    const mutual = files.clientCaFile !== undefined;
    this.#seen = fingerprint(files);
    this.#server = createServer({
      ...context(files),
      requestCert: mutual,
      rejectUnauthorized: mutual,
      ALPNProtocols: ['h2'],
      handshakeTimeout: handshakeTimeoutMs,
    });
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#server.on('secureConnection', (socket) => {
      socket.on('error', () => {});
      serve(socket);
    });
    this.#timer = setInterval(() => this.#renew(), lookEveryMs);
    this.#timer.unref();
  }

  accept(socket: Socket): void {
    this.#server.emit('connection', socket);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** A half-written or mismatched pair is left alone and looked at again. */
  #renew(): void {
    try {
      const now = fingerprint(this.options.files);
      if (now === this.#seen) return;
      this.#server.setSecureContext(context(this.options.files));
      this.#seen = now;
      this.options.log.info('The TLS files have changed and are in use');
    } catch (err) {
      this.options.log.warn({ err }, 'The TLS files cannot be used; the ones before stay in use');
    }
  }
}

function context(files: TlsFiles): SecureContextOptions {
  return {
    cert: readFileSync(files.certFile),
    key: readFileSync(files.keyFile),
    ...(files.clientCaFile === undefined ? {} : { ca: readFileSync(files.clientCaFile) }),
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    honorCipherOrder: true,
  };
}

function fingerprint({ certFile, keyFile, clientCaFile }: TlsFiles): string {
  const files = clientCaFile === undefined ? [certFile, keyFile] : [certFile, keyFile, clientCaFile];
  return files
    .map((file) => statSync(file))
    .map(({ mtimeMs, ino, size }) => `${mtimeMs}:${ino}:${size}`)
    .join();
}
