import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { findChromium } from '../support/clients/chromium';

/** A Chromium without a window, and the address to which its pages report. */
export class Chromium {
  private readonly children: ChildProcess[] = [];
  private readonly reports = new Map<string, (result: unknown) => void>();

  private constructor(
    private readonly server: Server,
    private readonly program: string,
  ) {}

  /** @throws when there is no Chromium, with what to install */
  static async open(): Promise<Chromium> {
    const program = findChromium();
    const chromium: Chromium = new Chromium(
      createServer(async (request, response) => {
        const { name, result } = JSON.parse(await text(request));
        response.end();
        chromium.reports.get(name)?.(result);
      }),
      program,
    );
    chromium.server.listen(0, '127.0.0.1');
    await once(chromium.server, 'listening');
    return chromium;
  }

  /** The text of a page whose script reports what it returns, or the error that it throws, under the name. */
  reporting(name: string, script: string, body = ''): string {
    const { port } = this.server.address() as AddressInfo;
    return `<!doctype html>
${body}
<script type="module">
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function eventually(what, condition) {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('Not within 20 s: ' + what);
    await wait(20);
  }
}
async function scenario() {
${script}
}
const result = await scenario().catch((error) => 'threw ' + (error.stack ?? error));
await fetch('http://127.0.0.1:${port}/', {
  method: 'POST',
  mode: 'no-cors',
  body: JSON.stringify({ name: ${JSON.stringify(name)}, result }),
});
</script>
`;
  }

  /** Opens the page and waits for the reports of these names, in their order. */
  async visit(url: string, profile: string, names: readonly string[]): Promise<unknown[]> {
    const waiting = names.map((name) => new Promise<unknown>((resolve) => this.reports.set(name, resolve)));
    const options = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
    const args = [...options, '--disable-background-networking', `--user-data-dir=${profile}`, url];
    const child = spawn(this.program, args, { env: { ...process.env, HOME: profile }, detached: true });
    this.children.push(child);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`Chromium ended: ${said}`)));
    return Promise.race([Promise.all(waiting), ended]);
  }

  async close(): Promise<void> {
    for (const child of this.children) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      process.kill(-child.pid, 'SIGKILL');
      await exited;
    }
    this.server.closeAllConnections();
    this.server.close();
  }
}
