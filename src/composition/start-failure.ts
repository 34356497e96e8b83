import { AuthError } from '../auth/errors';
import { ConfigError } from '../config/config-error';
import { StoreRefusedError, StoreUnreachableError } from '../store/store';

// BSD sysexits.
const EX_CONFIG = 78;

/** The exit code of a start that failed: 78 (EX_CONFIG) for what no other try mends, 1 for what may pass. */
export function startFailureCode(error: unknown): number {
  if (error instanceof ConfigError) return EX_CONFIG;
  return error instanceof StoreRefusedError && !error.mayPass ? EX_CONFIG : 1;
}

/** Why a start failed and what to do, for people; holds no secret. */
export function startFailureText(error: unknown): string {
  if (error instanceof ConfigError || error instanceof StoreRefusedError) return error.message;
  if (error instanceof AuthError && error.reason === 'STORE_UNAVAILABLE') {
    return `Postern could not start: the store does not answer. ${unreachableAdvice(error)}`;
  }
  const refused = listenFailure(error);
  if (refused !== undefined) return `Postern could not start: ${refused}.`;
  return `Postern could not start: ${error instanceof Error ? error.message : String(error)}`;
}

function unreachableAdvice({ cause }: AuthError): string {
  if (cause instanceof StoreUnreachableError) return `${cause.message}.`;
  return 'Check DATABASE_URL and that the database runs.';
}

const LISTEN_FAILURES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken; stop what listens there, or',
  EADDRNOTAVAIL: 'is no address of this machine;',
  EACCES: 'cannot be listened on (no permission, or no such directory); change that, or',
};

function listenFailure(error: unknown): string | undefined {
  const { code = '', address = '', port = -1 } = error as { code?: string; address?: string; port?: number };
  const because = LISTEN_FAILURES[code];
  if (because === undefined || address === '') return undefined;
  const where = port < 0 ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`;
  return `${where} ${because} set GRPC_ADDRESS or HTTP_ADDRESS to another one`;
}
