import type { Worker } from 'node:cluster';
import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Config } from '../config/config';

interface ConfigRequest {
  readonly event: 'config?';
}

interface ConfigReply {
  readonly event: 'config';
  readonly config: Omit<Config, 'secrets'> & { readonly secrets: { current: string; previous: string | undefined } };
}

/**
 * In the first process: gives a worker the configuration when it asks. Only the first process reads it: a file that has
 * changed since would give a worker that is replaced another configuration than the others have.
 */
export function answerConfigRequest(worker: Worker, config: Config): void {
  worker.on('message', ({ event }: ConfigRequest) => {
    if (event !== 'config?') return;
    const { current, previous } = config.secrets;
    const secrets = { current: exportKey(current), previous: previous && exportKey(previous) };
    const reply: ConfigReply = { event: 'config', config: { ...config, secrets } };
    worker.send(reply);
  });
}

/** In a worker: the configuration that the first process has read. */
export function receiveConfig(): Promise<Config> {
  return new Promise((resolve) => {
    process.on('message', function receive({ event, config }: ConfigReply) {
      if (event !== 'config') return;
      process.off('message', receive);
      const { current, previous } = config.secrets;
      resolve({
        ...config,
        secrets: { current: importKey(current), previous: previous && importKey(previous) },
      } as Config);
    });
    const request: ConfigRequest = { event: 'config?' };
    process.send?.(request);
  });
}

function exportKey(key: KeyObject): string {
  return key.export().toString('base64');
}

function importKey(text: string): KeyObject {
  return createSecretKey(Buffer.from(text, 'base64'));
}
