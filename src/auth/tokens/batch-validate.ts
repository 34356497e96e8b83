import { type Call, throwIfEnded } from '../call';
import type { Clock } from '../clock';
import { AuthError, type Reason } from '../errors';
import { TimeSlices } from '../time-slices';
import { type AuthenticateDeps, authenticate } from './authenticate';
import type { Principal } from './principal';

const MAX_TOKENS = 100;
/**
 * How long tokens are verified before other calls are answered, in ms: a hundred that were never seen take up to 20
 * under ES256, and so do a hundred that are refused, each time.
 */
const SLICE_MS = 4;

/** What became of one token. */
export type BatchResult = Principal | AuthError;

/** What ends the whole call, because it says nothing about a token. */
const ABOUT_THE_CALL: ReadonlySet<Reason> = new Set<Reason>(['STORE_UNAVAILABLE', 'RATE_LIMITED', 'OVERLOADED']);

/**
 * Validates 1 to 100 access tokens and API keys at once; the results stand in the order of the tokens. Without a
 * promise unless an API key is not known here, the call is refused as a whole, or verifying takes long.
 *
 * @throws AuthError INVALID_FIELDS, at once; for the call as a whole STORE_UNAVAILABLE, and RATE_LIMITED or OVERLOADED
 *   of look-ups of API keys
 */
export function batchValidate(deps: AuthenticateDeps & { readonly clock: Clock }) {
  return (accessTokens: readonly string[], call: Call): BatchResult[] | Promise<BatchResult[]> => {
    if (accessTokens.length === 0 || accessTokens.length > MAX_TOKENS) {
      const description = `Give 1 to ${MAX_TOKENS} tokens`;
      throw new AuthError('INVALID_FIELDS', { violations: [{ field: 'access_tokens', description }] });
    }
    const results: (BatchResult | Promise<BatchResult>)[] = [];
    const slices = new TimeSlices(deps.clock, SLICE_MS);
    const validateSlice = (): void => {
      do {
        const result = validateOne(deps, accessTokens[results.length] ?? '', call);
        // Awaited below; until then nothing handles its rejection, which would end the process.
        if (result instanceof Promise) result.catch(() => {});
        results.push(result);
      } while (results.length < accessTokens.length && !slices.isOver);
    };
    const validateRest = async (): Promise<BatchResult[]> => {
      while (results.length < accessTokens.length) {
        await slices.next();
        throwIfEnded(call, deps.clock);
        validateSlice();
      }
      return Promise.all(results);
    };
    validateSlice();
    if (results.length < accessTokens.length) return validateRest();
    return results.some((result) => result instanceof Promise) ? Promise.all(results) : (results as BatchResult[]);
  };
}

/**
 * Never throws: what ends the whole call is a promise that rejects. Look-ups of tokens before this one may be under
 * way, and one of them that failed later would be an unhandled rejection, which ends the process.
 */
function validateOne(deps: AuthenticateDeps, token: string, call: Call): BatchResult | Promise<BatchResult> {
  try {
    const principal = authenticate(deps, token, call);
    return principal instanceof Promise ? principal.catch(refusalOrThrow) : principal;
  } catch (error) {
    return isAboutToken(error) ? error : Promise.reject(error);
  }
}

function refusalOrThrow(error: unknown): AuthError {
  if (isAboutToken(error)) return error;
  throw error;
}

function isAboutToken(error: unknown): error is AuthError {
  return error instanceof AuthError && !ABOUT_THE_CALL.has(error.reason);
}
