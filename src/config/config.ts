import type { KeyObject } from 'node:crypto';

/** Everything the service can be told, checked and in the units the code uses. The table: docs/configuration.md. */
export interface Config {
  readonly production: boolean;
  readonly secrets: Secrets;
  /** Where the store is; holds a password, so never logged as it is. */
  readonly database: DatabaseConfig;
  readonly tokens: {
    readonly algorithm: 'HS256' | 'ES256' | 'RS256';
    readonly issuer: string;
    readonly audience: string;
    readonly accessTtlMs: number;
    /** Idle limit of a session. */
    readonly refreshTtlMs: number;
    readonly sessionMaxMs: number;
    readonly refreshGraceMs: number;
    readonly maxSessionsPerUser: number;
    readonly keyRotationMs: number;
  };
  readonly roles: readonly string[];
  readonly passwords: {
    readonly minLength: number;
    readonly argon2: { readonly memoryKib: number; readonly time: number; readonly parallelism: number };
    readonly hashConcurrency: number;
    readonly hashQueue: number;
  };
  readonly limits: {
    readonly loginMaxFailures: number;
    readonly loginWindowSeconds: number;
    /** Per source; 0 is off. */
    readonly loginPerMinute: number;
    readonly registerPerMinute: number;
    /** All RPCs, per source; 0 is off. */
    readonly perSecond: number;
    readonly burst: number;
    readonly trustedProxies: readonly string[];
  };
  readonly grpc: { readonly address: string; readonly reflection: boolean; readonly extAuthz: boolean };
  readonly http: { readonly address: string | undefined; readonly corsOrigins: readonly string[] };
  readonly tls: TlsConfig | undefined;
  readonly requestTimeoutMs: number;
  readonly revocationStalenessMs: number;
  readonly drainMs: number;
  readonly auditRetentionMs: number;
  readonly workers: number;
  readonly log: { readonly level: string; readonly format: 'json' | 'pretty' };
}

export interface Secrets {
  /** The UTF-8 bytes of SECRET_KEY. */
  readonly current: KeyObject;
  /** SECRET_KEY_PREVIOUS: accepted, never used to sign. */
  readonly previous: KeyObject | undefined;
}

export type DatabaseConfig =
  | { readonly kind: 'embedded'; readonly directory: string }
  | { readonly kind: 'mongodb'; readonly url: string };

export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string | undefined;
}
