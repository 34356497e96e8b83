import type { DatabaseConfig } from './database-url';
import type { TlsConfig } from './tls-files';
import type { TracingSettings } from './tracing-settings';

/** Everything the service can be told but its keys, checked and in the units the code uses. The table: docs/configuration.md. */
export interface Settings {
  readonly production: boolean;
  /** Where the store is; holds a password, so never logged as it is. */
  readonly database: DatabaseConfig;
  readonly tokens: {
    readonly algorithm: 'HS256' | 'ES256' | 'RS256';
    readonly issuer: string;
    readonly audience: string;
    /** Claim `client_id`. */
    readonly clientId: string;
    /** Header `typ`. */
    readonly type: 'at+jwt' | 'JWT';
    readonly accessTtlMs: number;
    /** Idle limit of a session. */
    readonly refreshTtlMs: number;
    readonly sessionMaxMs: number;
    readonly refreshGraceMs: number;
    readonly maxSessionsPerUser: number;
    readonly keyRotationMs: number;
    /** How long a scheduled signing key is published before it signs. */
    readonly keyLeadMs: number;
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
  readonly grpc: {
    readonly address: string;
    /** Of the plaintext port for probes, if there is one. */
    readonly healthAddress: string | undefined;
    readonly reflection: boolean;
    readonly extAuthz: boolean;
  };
  readonly http: {
    readonly address: string | undefined;
    readonly corsOrigins: readonly string[];
    /** Whether passwords may come in over this port, which has no TLS: not by default beside a gRPC port that has. */
    readonly json: boolean;
  };
  readonly tls: TlsConfig | undefined;
  /** Names of client certificates that may call AdminService without a bearer. */
  readonly adminClients: readonly string[];
  readonly requestTimeoutMs: number;
  readonly revocationStalenessMs: number;
  readonly drainMs: number;
  readonly auditRetentionMs: number;
  readonly workers: number;
  readonly log: { readonly level: string; readonly format: 'json' | 'pretty'; readonly summaryMs: number };
  /** Where traces go; undefined: nothing is traced. */
  readonly tracing: TracingSettings | undefined;
  /** What the log should say at the start, one sentence each. */
  readonly warnings: readonly string[];
}
