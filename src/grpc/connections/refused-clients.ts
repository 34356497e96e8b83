import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../../auth/clock';

/** Why a client did not get as far as a call; each is a mistake that shows nothing but a closed connection to it. */
const MESSAGES = {
  plaintext: 'A client without TLS was refused: this port takes TLS only',
  not_http2:
    'A client that does not speak HTTP/2 was refused: this port has no TLS; does the client use TLS, or HTTP/1.1?',
  no_certificate: 'A client without a certificate was refused: TLS_CLIENT_CA_FILE demands one',
  certificate: 'The certificate of a client was refused: see `code`, and TLS_CLIENT_CA_FILE',
  distrust: 'A client refused the certificate of this service: it must trust the authority of TLS_CERT_FILE',
  no_h2: 'A client that does not offer h2 (ALPN) was refused: every gRPC client offers it',
  handshake: 'The TLS handshake with a client failed: see `code`',
} as const;

export type RefusedClient = keyof typeof MESSAGES;

const CODES: Readonly<Record<string, RefusedClient>> = {
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'no_certificate',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'distrust',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'distrust',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'distrust',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'distrust',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'no_h2',
};

const WINDOW_MS = 60_000;
/** Lines in a window, of all sources: what an attacker with many addresses can write into the log. */
const MAX_LINES = 100;

/** Logs once per source, cause and minute that a client was refused before its first call. */
export class RefusedClients {
  readonly #logged = new Set<string>();
  #windowFrom = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly logger: Logger,
    private readonly clock: Pick<Clock, 'monotonic'> = systemClock,
  ) {}

  /** @param source undefined where the connection was gone before its address was read */
  log(cause: RefusedClient, source: string | undefined, code?: string): void {
    const now = this.clock.monotonic();
    if (now - this.#windowFrom >= WINDOW_MS) {
      this.#logged.clear();
      this.#windowFrom = now;
    }
    const key = `${cause} ${source}`;
    if (this.#logged.has(key) || this.#logged.size >= MAX_LINES) return;
    this.#logged.add(key);
    this.logger.warn({ event: 'client.refused', cause, peer: source, code }, MESSAGES[cause]);
  }
}

/**
 * Why a TLS handshake failed; undefined for a client that went away without a word. Node destroys a connection with an
 * untrusted certificate before it reports it, and the report has the cause in `authorizationError`.
 */
export function findCause(
  { code = '' }: NodeJS.ErrnoException,
  { authorizationError }: TLSSocket,
): { readonly cause: RefusedClient; readonly code: string } | undefined {
  // A string at run time, whatever the types say.
  const refused = authorizationError as unknown as string | null | undefined;
  if (refused) return { cause: 'certificate', code: refused };
  return code.startsWith('ERR_SSL_') ? { cause: CODES[code] ?? 'handshake', code } : undefined;
}
