import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { createApp } from '../../../src/app';
import type { App } from '../../../src/composition/lifecycle';
import { loadConfig } from '../../../src/config/config';
import { createLogger } from '../../../src/observability/logger';
import { temporaryDirectory } from '../embedded/embedded';
import { ReplicaClient } from './replica-client';

/** How long a new signing key is published before it signs, here. */
export const KEY_PROPAGATION_MS = 2_000;

export type Settings = Readonly<Record<string, string>>;

/** The service inside this process, at one address through all its restarts. */
export class ReplicaInProcess {
  #app: App | undefined;

  private constructor(
    private readonly address: string,
    private readonly settings: Settings,
    readonly client: ReplicaClient,
  ) {}

  static async start(settings: Settings, secrets: Settings): Promise<ReplicaInProcess> {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const address = `127.0.0.1:${(probe.address() as AddressInfo).port}`;
    probe.close();
    const replica = new ReplicaInProcess(address, settings, new ReplicaClient(address));
    await replica.#open(secrets);
    return replica;
  }

  /** As a rolling update does: drain, end, and start with what is said now. */
  async restart(secrets: Settings): Promise<void> {
    await this.#app?.stop();
    await this.#open(secrets);
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.#app?.stop();
  }

  async #open(secrets: Settings): Promise<void> {
    const directory = await temporaryDirectory();
    const config = loadConfig(
      {
        GRPC_ADDRESS: this.address,
        HTTP_ADDRESS: 'off',
        DRAIN_SECONDS: '2',
        LOGIN_LIMIT_PER_MINUTE: '0',
        REGISTER_LIMIT_PER_MINUTE: '0',
        ...this.settings,
        ...secrets,
      },
      { directory, terminal: false, cores: 2 },
    );
    const log = createLogger({ level: 'fatal', format: 'json', destination: { write: () => {} } });
    this.#app = createApp(config, { log, keyPropagationMs: KEY_PROPAGATION_MS });
    await this.#app.start();
    await rm(directory, { recursive: true, force: true });
  }
}
