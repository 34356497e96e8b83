import { setTimeout as pause } from 'node:timers/promises';
import { status as Status } from '@grpc/grpc-js';
import type { TokenPair } from '../../../src/gen/postern/auth/v1/auth_service';
import type { ReplicaClient } from './replica-client';

/** The `kid` that an access token was signed under. */
export function readKeyId(accessToken: string): string {
  const [header = ''] = accessToken.split('.');
  return JSON.parse(Buffer.from(header, 'base64url').toString()).kid;
}

/**
 * Sessions whose tokens are validated at every replica in turn and refreshed now and then. A replica that is away is
 * left out, as a load balancer does.
 */
export class TokenLoad {
  /** Every answer that was neither OK nor that the replica was away. */
  readonly refused: string[] = [];
  validated = 0;
  #running = true;
  #pairs: TokenPair[] = [];
  #refreshed = 0;
  readonly #workers: Promise<void>[] = [];

  constructor(private readonly clients: readonly [ReplicaClient, ReplicaClient]) {}

  async start(username: string, sessions: number): Promise<void> {
    for (let i = 0; i < sessions; i += 1) this.#pairs.push(await this.clients[0].login(username));
    for (const index of this.#pairs.keys()) this.#workers.push(this.#keepOn(index));
  }

  /** The tokens that the clients hold now. */
  get pairs(): readonly TokenPair[] {
    return this.#pairs;
  }

  /** How often a session was refreshed, all together. */
  get refreshed(): number {
    return this.#refreshed;
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#workers);
  }

  async #keepOn(index: number): Promise<void> {
    for (let n = index; this.#running; n += 1) {
      const pair = this.#pairs[index] as TokenPair;
      const client = this.clients[n % 2] ?? this.clients[0];
      if (n % 7 === 0) await this.#refresh(index, client, pair.refreshToken);
      else await this.#validate(client, pair.accessToken);
      await pause(10);
    }
  }

  async #validate(client: ReplicaClient, accessToken: string): Promise<void> {
    const { code, text } = await client.validate(accessToken);
    if (code === Status.OK) this.validated += 1;
    else if (code !== Status.UNAVAILABLE) this.refused.push(`Validate: ${text}`);
  }

  async #refresh(index: number, client: ReplicaClient, refreshToken: string): Promise<void> {
    const { code, text, response } = await client.refresh(refreshToken);
    if (response !== undefined) {
      this.#pairs[index] = response;
      this.#refreshed += 1;
    } else if (code !== Status.UNAVAILABLE) this.refused.push(`Refresh: ${text}`);
  }
}
