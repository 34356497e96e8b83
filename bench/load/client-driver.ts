import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const CONFORMANCE = join(process.cwd(), 'clients', 'conformance');
const LANGUAGES = ['go', 'typescript', 'python'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The languages whose driver is here. */
export function languages(): Language[] {
  return LANGUAGES.filter((language) => existsSync(join(CONFORMANCE, 'drivers', language, 'run')));
}

/** A client of one language, by the protocol of clients/conformance/README.md. */
export class ClientDriver {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(private readonly language: Language) {
    const child = spawn(join(CONFORMANCE, 'run'), [language], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  async ask(request: object): Promise<Record<string, unknown>> {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    const { value, done = false } = await this.#answers.next();
    const answer = done ? { ok: false, error: 'it has ended' } : JSON.parse(value);
    if (answer.ok !== true) throw new Error(`The driver of ${this.language}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** A client of the service at `address`; what is left out is as the client has it. */
  async open(options: {
    readonly address: string;
    readonly jwks_url: string;
    readonly api_key?: string;
    readonly mode?: 'remote';
  }) {
    await this.ask({ op: 'open', mode: 'auto', ...options });
  }

  /** What the client says of a token: `OK`, or the reason of the refusal. */
  async validate(token: string): Promise<string> {
    const [answer] = await this.validateAll([token]);
    return answer ?? '';
  }

  /** The same of many callers at once. */
  async validateAll(tokens: readonly string[]): Promise<string[]> {
    const { answers } = await this.ask({ op: 'validate_all', tokens });
    return (answers as { ok: boolean; reason?: string }[]).map(({ ok, reason }) => (ok ? 'OK' : String(reason)));
  }

  /** How many calls of BatchValidate the client has sent. */
  async batchCalls(): Promise<number> {
    return Number((await this.ask({ op: 'state' })).batch_calls);
  }

  async cpuUs(request: object): Promise<number> {
    const { cpu_ns_per_validate: cpu } = await this.ask(request);
    return Number(cpu) / 1_000;
  }

  async untilLocal(): Promise<void> {
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await this.ask({ op: 'state' })).local === true) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`The driver of ${this.language} does not answer from memory`);
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    await this.ask({ op: 'close' });
    await ended;
  }
}
