import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium } from '../support/clients/chromium';
import { installGrpcurl } from '../support/clients/grpcurl';
import { type Running, startWithHttp } from './http-client';

const run = promisify(execFile);
interface Contrast {
  readonly background: number;
  readonly worst: number;
}

const MEASURE_CONTRAST = readFileSync('test/support/clients/measure-contrast.js', 'utf8');
const VALIDATE = 'postern.auth.v1.AuthService/Validate';

let browser: Browser;
let service: Running;
beforeAll(async () => {
  browser = await launchChromium();
  service = await startWithHttp({ REFLECTION: 'on' });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

/** What the page asked the network for, and what the browser complained about. */
let requests: string[];
let complaints: string[];
let page: Page;

async function open(options: BrowserContextOptions = {}): Promise<void> {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'], ...options });
  page = await context.newPage();
  requests = [];
  complaints = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(service.base);
}
afterEach(() => page.context().close());

/** The text of what has the focus. */
const focused = () => page.evaluate<string>('document.activeElement.textContent');
const openAll = () => page.evaluate('for (const details of document.querySelectorAll("details")) details.open = true');
/** Attempts of foreign script to run in the page; resolves with whether one did. */
const INJECT = `
const attempts = [
  () => { const script = document.createElement('script'); script.textContent = 'window.injected = true'; document.body.append(script); },
  () => { const script = document.createElement('script'); script.append('window.injected = true'); document.body.append(script); },
  () => { document.body.innerHTML += '<img src="data:image/png,broken" onerror="window.injected = true">'; },
  () => { const image = new Image(); image.setAttribute('onerror', 'window.injected = true'); image.src = 'data:,'; },
  () => { location.href = 'javascript:window.injected = true'; },
];
for (const attempt of attempts) try { attempt(); } catch {}
new Promise((resolve) => setTimeout(() => resolve('injected' in window), 300))`;

test('The landing page in Chromium shows the state and the API, asks for nothing else, and the console stays empty', async () => {
  await open();
  expect(await page.title()).toBe('Postern');
  expect(await page.locator('.state').innerText()).toBe('Ready');
  expect(await page.locator('h1, h2').allInnerTexts()).toEqual([
    expect.stringMatching(/^Postern \d/),
    'A first call',
    'Endpoints',
    'API reference',
  ]);
  const login = page.locator('details', { has: page.locator('summary', { hasText: /^Login$/ }) });
  await login.locator('summary').click();
  expect(await login.getByText('POST /postern.auth.v1.AuthService/Login').isVisible()).toBe(true);
  await page.waitForLoadState('networkidle');
  expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([`${service.base}/`]);
  expect(complaints).toEqual([]);
});

test.each([
  'curl',
  'grpcurl',
])('The %s line of the landing page is copied by its button, and works as it is', async (name) => {
  await open();
  await page.getByRole('button', { name: `Copy the ${name} line`, exact: true }).click();
  await page.getByText('Copied').waitFor();
  const line = await page.evaluate<string>('navigator.clipboard.readText()');
  expect(line).toMatch(new RegExp(`^${name} .*${VALIDATE}$`));
  const bin = mkdtempSync(join(tmpdir(), 'postern-bin-'));
  try {
    if (name === 'grpcurl') installGrpcurl(bin);
    const { stdout } = await run('sh', ['-c', line], { env: { ...process.env, PATH: `${bin}:${process.env.PATH}` } });
    expect(JSON.parse(stdout)).toMatchObject({ principal: { anonymous: true } });
  } finally {
    rmSync(bin, { recursive: true });
  }
});

test('The landing page selects its line where the browser gives it no clipboard', async () => {
  await open({ permissions: [] });
  await page.evaluate('void Object.defineProperty(navigator, "clipboard", { value: undefined })');
  await page.getByRole('button', { name: 'Copy the curl line' }).click();
  await page.getByText('Selected').waitFor();
  expect(await page.evaluate('String(getSelection())')).toMatch(/^curl .*Validate$/);
});

test('The landing page is used by keyboard alone: skip link, copying, opening, following a type', async () => {
  await open();
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('To the API reference');
  const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
  expect(outline).toBe('solid');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Copy');
  await page.keyboard.press('Enter');
  await page.getByText('Copied').waitFor();
  await page.locator('.skip').focus();
  await page.keyboard.press('Enter');
  for (let n = 0; (await focused()) !== 'Login'; n += 1) {
    expect(n).toBeLessThan(10);
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('TokenPair');
  await page.keyboard.press('Enter');
  await page
    .locator('[id="postern.auth.v1.TokenPair"]')
    .getByText('refreshToken')
    .first()
    .waitFor({ state: 'visible' });
});

test('The landing page fits on a phone, with all of it opened', async () => {
  await open({ viewport: { width: 320, height: 568 }, isMobile: true, hasTouch: true });
  await openAll();
  const [width, visible] = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
  expect(width).toBe(visible);
  const buttons = await page.getByRole('button').all();
  const sizes = await Promise.all(buttons.map(async (button) => (await button.boundingBox())?.height ?? 0));
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(24);
});

test.each([
  'light',
  'dark',
] as const)('The landing page is %s as the system is, with text that can be read [E13]', async (colorScheme) => {
  await open({ colorScheme });
  await openAll();
  const { background, worst } = await page.evaluate<Contrast>(MEASURE_CONTRAST);
  expect(background > 0.5).toBe(colorScheme === 'light');
  // WCAG 2.2, 1.4.3 (AA).
  expect(worst).toBeGreaterThanOrEqual(4.5);
});

test('The landing page runs no script but its own [E13]', async () => {
  await open();
  const ran = await page.evaluate(INJECT);
  expect(ran).toBe(false);
  expect(complaints.join()).toContain('Content Security Policy');
});

test('The landing page shows everything but the buttons to a browser without scripts', async () => {
  await open({ javaScriptEnabled: false });
  expect(await page.getByRole('button').count()).toBe(0);
  expect(await page.locator('pre code').allInnerTexts()).toEqual([
    expect.stringMatching(/^curl /),
    expect.stringMatching(/^grpcurl /),
  ]);
  await page.locator('summary', { hasText: /^Login$/ }).click();
  expect(await page.getByText('POST /postern.auth.v1.AuthService/Login').isVisible()).toBe(true);
});
