import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Chromium } from './chromium';
import { blockNamed } from './page';
import { Workplace } from './workplace';

const ADA = { username: 'ada', password: 'correct horse battery staple' };
/** Access tokens that expire during a test, and a grace that is over before they do. */
const SHORT_LIVED = { ACCESS_TOKEN_EXPIRE_MINUTES: '0.05', REFRESH_GRACE_SECONDS: '1' };

let workplace: Workplace;
let chromium: Chromium;

beforeEach(async () => {
  chromium = await Chromium.open();
  workplace = await Workplace.open();
  await workplace.sh('tokens');
}, 300_000);
afterEach(async () => {
  await chromium.close();
  await workplace.close();
});

async function listen(listener: RequestListener): Promise<{ port: number; close: () => void }> {
  const server = createServer(listener).listen(0);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.closeAllConnections() ?? server.close() };
}

test('The page with a backend of docs/integrate.md signs in, stays signed in past the access token, and signs out', async () => {
  workplace.write('bff');
  await workplace.sh('bff/install');
  await workplace.stopPostern();
  await workplace.startPostern('start', { ACCESS_TOKEN_EXPIRE_MINUTES: '0.05' });
  workplace.write('bff');
  const scenario = `
    const frame = document.querySelector('iframe');
    const find = (selector) => frame.contentDocument.querySelector(selector);
    const says = (text) => eventually(text, () => find('p')?.textContent === text);
    const status = async () => (await fetch('/me')).status;
    const statuses = (count) => Promise.all(Array.from({ length: count }, status));
    await says('Not signed in.');
    find('[name=username]').value = '${ADA.username}';
    find('[name=password]').value = '${ADA.password}';
    find('form').requestSubmit();
    await says('Hello, ada.');
    const cookies = frame.contentDocument.cookie;
    await wait(4_000);
    const later = await statuses(5);
    find('#leave').click();
    await says('Not signed in.');
    return { cookies, later, afterwards: await statuses(1), kept: localStorage.length };`;
  const html = chromium.reporting('bff', scenario, '<iframe src="/"></iframe>');
  workplace.writeFile('public/scenario.html', html);
  await workplace.start('bff/run');
  const [result] = await chromium.visit(`${workplace.base}/scenario.html`, workplace.path('profile'), ['bff']);
  expect(result).toEqual({ cookies: '', later: [200, 200, 200, 200, 200], afterwards: [401], kept: 0 });
}, 240_000);

test('The backend of docs/integrate.md hides tokens from scripts, refuses other origins, and keeps them while Postern is gone', async () => {
  workplace.write('bff');
  await workplace.sh('bff/install');
  await workplace.start('bff/run');
  const post = (site: string, body: object) =>
    fetch(`${workplace.base}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': site },
      body: JSON.stringify(body),
    });
  for (const site of ['cross-site', 'same-site', 'none']) expect((await post(site, ADA)).status).toBe(403);
  const wrong = await post('same-origin', { ...ADA, password: 'wrong' });
  expect([wrong.status, await wrong.json()]).toEqual([401, { reason: 'BAD_CREDENTIALS' }]);
  const signedIn = await post('same-origin', ADA);
  const cookies = signedIn.headers.getSetCookie();
  expect(cookies).toHaveLength(2);
  for (const cookie of cookies) {
    expect(cookie).toMatch(/^__Host-(access|refresh)=\S+; Max-Age=\d+; Path=\/; .*HttpOnly; Secure; SameSite=Strict$/);
  }
  const [, refresh = ''] = cookies.map((cookie) => cookie.split(';')[0] ?? '');
  const me = (cookie: string) => fetch(`${workplace.base}/me`, { headers: { cookie } });
  const refreshed = await me(`__Host-access=rubbish; ${refresh}`);
  expect([refreshed.status, refreshed.headers.getSetCookie().length]).toEqual([200, 2]);
  const ended = await me('__Host-access=rubbish; __Host-refresh=rubbish');
  expect([ended.status, ended.headers.getSetCookie().join()]).toEqual([
    401,
    expect.stringMatching(/Expires=Thu, 01 Jan 1970/),
  ]);
  await workplace.stopPostern();
  const gone = await me(`__Host-access=rubbish; ${refresh}`);
  expect([gone.status, gone.headers.getSetCookie()]).toEqual([503, []]);
}, 240_000);

test('The page alone of docs/integrate.md stays signed in in two tabs, and signs both out', async () => {
  const pages = new Map<string, [type: string, text: string]>();
  const site = await listen((request, response) => {
    const [type, text] = pages.get(request.url ?? '') ?? ['text/plain', ''];
    response.writeHead(text === '' ? 404 : 200, { 'content-type': type }).end(text);
  });
  const origin = `http://localhost:${site.port}`;
  await workplace.stopPostern();
  await workplace.startPostern('spa/start', SHORT_LIVED, (text) => text.replace('https://app.example.com', origin));
  const shop = await listen(async (request, response) => {
    response
      .setHeader('access-control-allow-origin', origin)
      .setHeader('access-control-allow-headers', 'authorization');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    const answer = await fetch(`http://${workplace.service.httpAddress}/postern.auth.v1.AuthService/Validate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: request.headers.authorization ?? '' },
      body: '{}',
    });
    response.writeHead(answer.status).end(await answer.text());
  });
  const tab = `<script type="module">import * as session from '/session.js'; window.session = session;</script>`;
  const scenario = `
    const [a, b] = document.querySelectorAll('iframe');
    await eventually('both tabs are open', () => a.contentWindow.session && b.contentWindow.session);
    const ask = async (tab) => (await tab.contentWindow.session.fetchSignedIn('http://localhost:${shop.port}/')).status;
    const askAll = () => Promise.all([a, b, a, b, a, b].map(ask));
    const wrong = await a.contentWindow.session.signIn('ada', 'wrong').catch(({ reason }) => reason);
    const before = await ask(a);
    const { username } = await a.contentWindow.session.signIn('${ADA.username}', '${ADA.password}');
    const statuses = [await askAll()];
    for (let round = 0; round < 2; round += 1) {
      await wait(4_500);
      statuses.push(await askAll());
    }
    const kept = Object.keys(localStorage);
    await b.contentWindow.session.signOut();
    await eventually('the other tab is signed out', async () => (await ask(a)) === 401);
    return { wrong, before, username, statuses: statuses.flat(), kept, left: localStorage.length };`;
  const stranger = `
    return fetch('http://${workplace.service.httpAddress}/postern.auth.v1.AuthService/Login', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}',
    }).then(() => 'answered', (error) => error.name);`;
  const frames = '<iframe src="/tab.html?a"></iframe><iframe src="/tab.html?b"></iframe>';
  const elsewhere = `<iframe src="http://127.0.0.1:${site.port}/stranger.html"></iframe>`;
  pages.set('/session.js', ['text/javascript', workplace.addressed(blockNamed('spa/session.js'))]);
  pages.set('/tab.html?a', ['text/html', tab]).set('/tab.html?b', ['text/html', tab]);
  pages.set('/stranger.html', ['text/html', chromium.reporting('stranger', stranger)]);
  pages.set('/', ['text/html', chromium.reporting('spa', scenario, frames + elsewhere)]);
  try {
    const names = ['spa', 'stranger'];
    const [result, refused] = await chromium.visit(`${origin}/`, workplace.path('profile'), names);
    expect(result).toEqual({
      wrong: 'BAD_CREDENTIALS',
      before: 401,
      username: 'ada',
      statuses: Array.from({ length: 18 }, () => 200),
      kept: ['postern-refresh-token'],
      left: 0,
    });
    expect(refused).toBe('TypeError');
    expect(workplace.service.printed()).toContain(`http://127.0.0.1:${site.port}`);
  } finally {
    site.close();
    shop.close();
  }
}, 240_000);
