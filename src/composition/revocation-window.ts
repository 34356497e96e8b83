import type { Config } from '../config/config';

/** Skew between replicas. */
const SLACK_MS = 60_000;

/** How long a revocation is kept: a token, a call that was on its way when it happened, and the slack; ms. */
export function revocationWindowMs({ tokens, requestTimeoutMs }: Config): number {
  return tokens.accessTtlMs + requestTimeoutMs + SLACK_MS;
}
