import { rm } from 'node:fs/promises';
import { credentials } from '@grpc/grpc-js';
import { createApp, type Overrides } from '../../../src/app';
import { ADMIN_ROLE } from '../../../src/auth/admin/authorize';
import { systemClock } from '../../../src/auth/clock';
import { AuthError } from '../../../src/auth/errors';
import { Closers } from '../../../src/composition/closers';
import { openCore } from '../../../src/composition/core';
import type { App } from '../../../src/composition/lifecycle';
import { type Config, loadConfig } from '../../../src/config/config';
import { createLogger } from '../../../src/observability/logger';
import { AdminServiceClient, AuthServiceClient } from '../clients/service-clients';
import { temporaryDirectory } from '../embedded/embedded';

export const ADMIN = { email: 'root@example.com', username: 'root', password: 'plum-cabinet-orbit-91' } as const;

export interface StartedApp {
  readonly app: App;
  readonly config: Config;
  readonly grpcAddress: string;
  readonly auth: AuthServiceClient;
  readonly admin: AdminServiceClient;
  /** Everything the service logged so far. */
  readonly text: () => string;
  readonly lines: () => Record<string, unknown>[];
  /** Closes the clients, stops the service, and removes the store that was made for it. */
  stop(): Promise<void>;
}

/**
 * The whole service on free ports with real clients, and an admin (`ADMIN`) in its store. Without DATABASE_URL it works
 * on an embedded store of its own.
 */
export async function startApp(env: NodeJS.ProcessEnv = {}, overrides: Overrides = {}): Promise<StartedApp> {
  const directory = await temporaryDirectory();
  const written: string[] = [];
  const log = createLogger({
    level: 'info',
    format: 'json',
    destination: { write: (line) => void written.push(line) },
  });
  const config = loadConfig(
    {
      SECRET_KEY: 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe',
      DATABASE_URL: `file:${directory}`,
      GRPC_ADDRESS: '127.0.0.1:0',
      HTTP_ADDRESS: 'off',
      LOGIN_LIMIT_PER_MINUTE: '0',
      REGISTER_LIMIT_PER_MINUTE: '0',
      ...env,
    },
    { directory, terminal: false, cores: 2 },
  );
  await makeAdmin(config, log);
  const app = createApp(config, { log, ...overrides });
  const { grpc } = await app.start();
  const auth = new AuthServiceClient(grpc, credentials.createInsecure());
  const admin = new AdminServiceClient(grpc, credentials.createInsecure());
  return {
    app,
    config,
    grpcAddress: grpc,
    auth,
    admin,
    text: () => written.join(''),
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    async stop() {
      auth.close();
      admin.close();
      await app.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function makeAdmin(config: Config, log: Overrides['log'] & object): Promise<void> {
  const closers = new Closers();

  try {
    const core = await openCore(config, { openedBy: 'tool', clock: systemClock, log, onFatal: () => {} }, closers);
    const { admin } = core.useCases;
    await admin.createUser({ ...ADMIN, roles: [ADMIN_ROLE] }, '', core.internalCall()).catch((error: unknown) => {
      // Another replica on the same store has made it.
      if (!(error instanceof AuthError) || error.reason !== 'EMAIL_TAKEN') throw error;
    });
  } finally {
    await closers.closeAll();
  }
}
