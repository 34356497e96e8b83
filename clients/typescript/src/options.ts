import type { ChannelCredentials } from '@grpc/grpc-js';
import type { TokenType } from './tokens/token-text';

/**
 * How tokens are answered: `auto`, here where that is certain and by the service otherwise; `local`, never by the
 * service; `remote`, always by it.
 */
export type Mode = 'auto' | 'local' | 'remote';

export interface PosternOptions {
  /** Of the gRPC port: `host:port`, or any target of gRPC, such as `dns:///postern.internal:50051`. */
  readonly address: string;
  /** An API key of a service account with the role `service`; it opens the feed. Not needed with `mode: 'remote'`. */
  readonly apiKey?: string | undefined;
  /** Where the published keys are. Default: port 8080 of the host of `address`, `/.well-known/jwks.json`. */
  readonly jwksUrl?: string | undefined;
  /** Default `auto`. */
  readonly mode?: Mode | undefined;
  /** JWT_ISSUER of the service; default `postern`. */
  readonly issuer?: string | undefined;
  /** JWT_AUDIENCE of the service; default `postern`. */
  readonly audience?: string | undefined;
  /** JWT_TYP of the service; default `at+jwt`. */
  readonly tokenType?: TokenType | undefined;
  /** How old the news of revocations may be for an answer from memory, 100 to 60,000 ms; default 2,500. */
  readonly maxStalenessMs?: number | undefined;
  /** Tokens that live longer are never answered from memory; default an hour. Revocations are kept for as long. */
  readonly maxTokenLifetimeMs?: number | undefined;
  /** How many verified tokens are kept, some 2 KB each; default 20,000. */
  readonly maxCachedTokens?: number | undefined;
  /** How long a question to the service may take; default 2,000 ms. */
  readonly callTimeoutMs?: number | undefined;
  /** For TLS: `credentials.createSsl(...)` of @grpc/grpc-js. Default: plaintext. */
  readonly credentials?: ChannelCredentials | undefined;
}

type Defined<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

export type CheckedOptions = Defined<Omit<PosternOptions, 'credentials'>> & Pick<PosternOptions, 'credentials'>;

const DEFAULTS = {
  mode: 'auto' as Mode,
  apiKey: '',
  issuer: 'postern',
  audience: 'postern',
  tokenType: 'at+jwt' as TokenType,
  maxStalenessMs: 2_500,
  maxTokenLifetimeMs: 3_600_000,
  maxCachedTokens: 20_000,
  callTimeoutMs: 2_000,
};
const RANGES = {
  maxStalenessMs: [100, 60_000],
  maxTokenLifetimeMs: [1_000, 604_800_000],
  maxCachedTokens: [2, 10_000_000],
  callTimeoutMs: [10, 60_000],
} as const;
const MODES: readonly Mode[] = ['auto', 'local', 'remote'];

/** Fills in the defaults. @throws TypeError, RangeError that say what to do */
export function checkOptions(options: PosternOptions): CheckedOptions {
  const { credentials, ...rest } = options;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const { address, mode, apiKey, ...others } = { ...DEFAULTS, ...given } as typeof DEFAULTS &
    Pick<PosternOptions, 'address'>;
  if (typeof address !== 'string' || address === '') throw new TypeError('address must be a host and a port');
  if (!MODES.includes(mode)) throw new TypeError(`mode must be one of ${MODES.join(', ')}`);
  for (const [name, [min, max]] of Object.entries(RANGES))
    checkNumber(name, others[name as keyof typeof RANGES], min, max);
  const checked = { ...others, address, mode, apiKey, jwksUrl: '', ...(credentials && { credentials }) };
  return mode === 'remote' ? checked : { ...checked, ...checkLocal(options) };
}

/** What an answer from memory needs. */
function checkLocal({ address, apiKey = '', jwksUrl = defaultJwksUrl(address) }: PosternOptions) {
  if (apiKey === '') {
    throw new TypeError("apiKey must be an API key of a service account with the role service, or mode 'remote'");
  }
  if (!URL.canParse(jwksUrl) || !/^https?:$/.test(new URL(jwksUrl).protocol)) {
    throw new TypeError('jwksUrl must be an http or https URL');
  }
  return { apiKey, jwksUrl };
}

function checkNumber(name: string, value: number, min: number, max: number): void {
  if (Number.isFinite(value) && value >= min && value <= max) return;
  throw new RangeError(`${name} must be a number from ${min} to ${max}`);
}

/** The HTTP port of the same host, where `address` is `host:port`. */
function defaultJwksUrl(address: string): string {
  const [, host] = /^(?:dns:\/\/\/)?(\[[0-9a-fA-F:.]+\]|[^:/]+)(?::\d+)?$/.exec(address) ?? [];
  if (host === undefined) throw new TypeError('jwksUrl must be given: address is not host:port');
  return `http://${host}:8080/.well-known/jwks.json`;
}
