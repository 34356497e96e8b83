import { Webhook } from 'standardwebhooks';
import { SendError } from '../../src/mail/mail-transport';
import { createWebhookTransport } from '../../src/mail/webhook/webhook-transport';
import { aMessage } from '../support/mail/messages';
import { receiveWebhooks } from '../support/mail/webhook-receiver';

const SECRET = Buffer.alloc(32, 7).toString('base64');
const within = (ms = 5_000) => AbortSignal.timeout(ms);

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function receive(answer?: Parameters<typeof receiveWebhooks>[0]) {
  const receiver = await receiveWebhooks(answer);
  open.push(receiver);
  return receiver;
}

const transportTo = (url: string) => createWebhookTransport({ url, secretBase64: SECRET, now: Date.now });

async function captureFailure(url: string, signal = within()): Promise<SendError> {
  const error: unknown = await transportTo(url)
    .send(aMessage(), signal)
    .then(
      () => new Error('It was taken'),
      (cause: unknown) => cause,
    );
  if (error instanceof SendError) return error;
  throw error;
}

describe('the webhook transport', () => {
  test('posts what a mail says, signed so that the library of Standard Webhooks verifies it', async () => {
    const { url, posts } = await receive();
    const message = aMessage({ to: 'bücher@example.com' });
    await transportTo(`${url}/in?tenant=1`).send(message, within());
    const [post] = posts;
    expect([post?.method, post?.path, post?.headers['content-type']]).toEqual([
      'POST',
      '/in?tenant=1',
      'application/json',
    ]);
    const verified = new Webhook(`whsec_${SECRET}`).verify(post?.body ?? '', post?.headers as Record<string, string>);
    expect(verified).toEqual({
      type: 'mail.password-reset',
      timestamp: message.requestedAt.toISOString(),
      data: {
        to: 'bücher@example.com',
        user_id: message.userId,
        username: 'ada',
        link: message.values.link,
        expires_in_minutes: 30,
        language: 'en',
        subject: message.subject,
        text: message.text,
        html: message.html,
      },
    });
    expect(post?.headers['webhook-id']).toBe(message.id);
  });

  test('cannot be verified with another secret, another body, another id or another time', async () => {
    const { url, posts } = await receive();
    await transportTo(url).send(aMessage(), within());
    const { body = '', headers = {} } = posts[0] ?? {};
    const verify = (secret: string, text: string, changed: Record<string, string>) =>
      new Webhook(secret).verify(text, { ...(headers as Record<string, string>), ...changed });
    const right = `whsec_${SECRET}`;
    expect(verify(right, body, {})).toBeDefined();
    const earlier = String(Number(headers['webhook-timestamp']) - 1);
    expect(() => verify(`whsec_${Buffer.alloc(32, 8).toString('base64')}`, body, {})).toThrow();
    expect(() => verify(right, `${body} `, {})).toThrow();
    expect(() => verify(right, body, { 'webhook-id': 'another' })).toThrow();
    expect(() => verify(right, body, { 'webhook-timestamp': earlier })).toThrow();
  });

  test('has the same id in every attempt', async () => {
    const { url, posts } = await receive((_, response) => response.writeHead(posts.length === 1 ? 503 : 200).end());
    const message = aMessage();
    const transport = transportTo(url);
    await expect(transport.send(message, within())).rejects.toBeInstanceOf(SendError);
    await transport.send(message, within());
    expect(posts.map(({ headers }) => headers['webhook-id'])).toEqual([message.id, message.id]);
  });

  test.each([
    [400, 'message'],
    [401, 'service'],
    [404, 'service'],
    [410, 'service'],
    [422, 'message'],
    [429, 'service'],
    [500, 'service'],
    [503, 'service'],
  ])('takes the answer %i as a failure of the %s', async (status, scope) => {
    const { url } = await receive((_, response) => response.writeHead(status).end('canary'));
    const failure = await captureFailure(url);
    expect(failure).toMatchObject({ scope, message: expect.stringMatching(`^The webhook answered ${status}`) });
    expect(failure.message.includes('MAIL_WEBHOOK_SECRET')).toBe(status === 401);
    expect(failure.message).not.toContain('canary');
  });

  test.each([301, 302, 303, 307, 308])('follows no redirect: %i', async (status) => {
    const elsewhere = await receive();
    const { url } = await receive((_, response) => response.writeHead(status, { location: elsewhere.url }).end());
    expect(await captureFailure(url)).toMatchObject({ scope: 'service', message: expect.stringContaining('redirect') });
    expect(elsewhere.posts).toEqual([]);
  });

  test('gives up a server that does not answer, and one whose answer never ends, when its time is over', async () => {
    const silent = await receive(() => undefined);
    expect(await captureFailure(silent.url, within(300))).toMatchObject({
      scope: 'service',
      message: expect.stringContaining('in time'),
    });
    const endless = await receive((_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'.repeat(65_536)), 10);
      response.on('close', () => clearInterval(timer));
    });
    await transportTo(endless.url).send(aMessage(), within());
  });

  test('fails where no server listens, and keeps the path of the URL, which may be a secret, to itself', async () => {
    const gone = await receive();
    await gone.close();
    const failure = await captureFailure(`${gone.url}/canary`);
    expect(failure).toMatchObject({ scope: 'service', message: expect.stringContaining('ECONNREFUSED') });
    expect(failure.message + transportTo(`${gone.url}/canary`).description).not.toContain('canary');
  });

  test('says whether the server can be reached, and posts nothing for that', async () => {
    const { url, posts } = await receive((_, response) => response.writeHead(405).end());
    await expect(transportTo(url).check(within())).resolves.toBeUndefined();
    expect(posts.map(({ method }) => method)).toEqual(['HEAD']);
    await expect(transportTo('http://127.0.0.1:1').check(within())).rejects.toBeInstanceOf(SendError);
  });

  test('signs what it asks a receiver for a check, so that another secret shows', async () => {
    const verifyBy = (secret: Buffer) =>
      receive(({ body, headers }, response) => {
        let status = 204;
        try {
          new Webhook(secret.toString('base64')).verify(body, headers as Record<string, string>);
        } catch (error) {
          // Its JSON is parsed when the signature was right.
          status = error instanceof SyntaxError ? 405 : 401;
        }
        response.writeHead(status).end();
      });
    const check = async (secret: Buffer) => transportTo((await verifyBy(secret)).url).check(within());
    await expect(check(Buffer.from(SECRET, 'base64'))).resolves.toBeUndefined();
    await expect(check(Buffer.alloc(32, 8))).rejects.toThrow(
      /answered 401: compare its secret with MAIL_WEBHOOK_SECRET/,
    );
  });

  test.each([
    [301, 'a redirect'],
    [403, 'MAIL_WEBHOOK_SECRET'],
    [502, 'answered 502'],
    [503, 'answered 503'],
  ])('finds by a check that a receiver answers %i', async (status, problem) => {
    const { url } = await receive((_, response) => response.writeHead(status).end());
    await expect(transportTo(url).check(within())).rejects.toThrow(problem);
  });

  test.each([204, 404, 405, 501])('takes the answer %i to a check for a receiver that is there', async (status) => {
    const { url } = await receive((_, response) => response.writeHead(status).end());
    await expect(transportTo(url).check(within())).resolves.toBeUndefined();
  });
});
