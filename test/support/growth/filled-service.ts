import { callJson } from '../../../bench/call-json';
import { sizesAt } from '../../../bench/cases/growth/sizes';
import { type Filled, fillStore } from '../../../bench/fill-store';
import { SECRET_KEY } from '../../../bench/secret-key';
import type { Database } from '../../../src/store/open-store';
import { receiveWebhooks } from '../mail/webhook-receiver';
import { startApp } from '../processes/start-app';
import { type Answer, callEveryMethod } from './every-call';

/** A hundredth of a million users, and what belongs to them. */
export async function fillHundredth(database: Database): Promise<Filled> {
  const size = sizesAt(0.01).at(-1);
  if (size === undefined) throw new Error('There is no size to fill');
  return fillStore(database, size.filling);
}

/**
 * Starts the service on a filled store and calls every method; `onCall` hears of the end of each call. Returns the
 * names of the methods.
 */
export async function callFilledService(
  url: string,
  { heavy }: Filled,
  onCall: (method: string) => void,
): Promise<Set<string>> {
  const receiver = await receiveWebhooks();
  const service = await startApp({
    SECRET_KEY,
    DATABASE_URL: url,
    HTTP_ADDRESS: '127.0.0.1:0',
    JWT_ALGORITHM: 'ES256',
    MAIL: 'webhook',
    MAIL_WEBHOOK_URL: receiver.url,
    MAIL_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    RESET_URL: 'https://app.example.com/reset#{token}',
    VERIFY_URL: 'https://app.example.com/verify#{token}',
  });
  try {
    const { http } = service.lines().find(({ event }) => event === 'started') ?? {};
    const methods = new Set<string>();
    await callEveryMethod(async (method, request, bearer) => {
      const answer = await callJson<Answer>(String(http), method, request, bearer);
      methods.add(method);
      onCall(method);
      return answer;
    }, heavy.id);
    return methods;
  } finally {
    await service.stop();
    await receiver.close();
  }
}
