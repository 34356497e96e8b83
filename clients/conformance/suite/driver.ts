import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CONFORMANCE, type Language } from './languages';

const RUN = join(CONFORMANCE, 'run');
/** A first start builds. */
const ANSWER_MS = 120_000;

export interface DriverAnswer {
  readonly ok: boolean;
  readonly via?: 'local' | 'remote';
  readonly reason?: string;
  readonly error?: string;
  readonly principal?: AnsweredPrincipal;
  readonly [more: string]: unknown;
}

export interface AnsweredPrincipal {
  readonly user_id: string;
  readonly username: string;
  readonly roles: readonly string[];
  readonly session_id: string;
  readonly expires_at: string;
}

export interface State {
  readonly local: boolean;
  readonly staleness_ms: number;
  readonly watch_reconnects: number;
  readonly cached_tokens: number;
  readonly batch_calls: number;
}

export interface OpenOptions {
  readonly address: string;
  readonly jwks_url?: string;
  readonly api_key?: string;
  readonly mode?: 'auto' | 'local' | 'remote';
  readonly max_staleness_ms?: number;
}

/** A rule of the middleware; see clients/conformance/README.md. */
export interface Rule {
  readonly match: string;
  readonly public?: boolean;
  readonly optional?: boolean;
  readonly roles?: readonly string[];
}

/** The driver of one language in a process of its own, with the client that it has opened. */
export class Driver {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (told: DriverAnswer) => void>();
  readonly #ended: Promise<unknown>;
  #count = 0;
  #stderr = '';

  private constructor(language: Language) {
    this.#process = spawn(RUN, [language], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#ended = once(this.#process, 'close');
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#process.stdin?.on('error', () => {});
    if (this.#process.stdout === null) throw new Error('The driver has no standard output');
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#onLine(line));
  }

  /** Starts a driver and opens its client. */
  static async open(language: Language, options: OpenOptions): Promise<Driver> {
    const driver = new Driver(language);
    await driver.ask({ op: 'open', ...options });
    return driver;
  }

  /** What the driver is asked. Rejects when it answers an `error`, or ends. */
  async ask(request: { readonly op: string; readonly [more: string]: unknown }): Promise<DriverAnswer> {
    this.#count += 1;
    const id = this.#count;
    let timer: NodeJS.Timeout | undefined;
    const told = await new Promise<DriverAnswer>((resolve, reject) => {
      const fail = (what: string) => reject(new Error(`${request.op}: ${what}\n${this.#stderr}`));
      this.#waiting.set(id, resolve);
      timer = setTimeout(() => fail('no answer'), ANSWER_MS);
      void this.#ended.then(() => fail('the driver has ended'));
      this.#process.stdin?.write(`${JSON.stringify({ ...request, id })}\n`);
    }).finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(id);
    });
    if (told.error !== undefined) throw new Error(`${request.op}: ${told.error}\n${this.#stderr}`);
    return told;
  }

  validate(token: string | Buffer): Promise<DriverAnswer> {
    if (typeof token === 'string') return this.ask({ op: 'validate', token });
    return this.ask({ op: 'validate', token_base64: token.toString('base64') });
  }

  /** Asks about all at once, in one line: a crowd of callers, whatever else the machine does. */
  async validateAll(tokens: readonly string[]): Promise<readonly DriverAnswer[]> {
    return (await this.ask({ op: 'validate_all', tokens })).answers as readonly DriverAnswer[];
  }

  /** The reason of the refusal, or `OK`. */
  async refusalReason(token: string | Buffer): Promise<string> {
    const { ok, reason = '' } = await this.validate(token);
    return ok ? 'OK' : reason;
  }

  async state(): Promise<State> {
    return (await this.ask({ op: 'state' })) as unknown as State;
  }

  async serve(kind: 'grpc' | 'http', rules: readonly Rule[] = []): Promise<number> {
    return Number((await this.ask({ op: 'serve', kind, rules })).port);
  }

  /** Ends the driver; rejects when it does not end well. */
  async close(): Promise<void> {
    this.#process.stdin?.end(`${JSON.stringify({ op: 'close' })}\n`);
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
    await this.#ended;
    clearTimeout(timer);
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== 0) throw new Error(`The driver ended with ${exitCode ?? signalCode}\n${this.#stderr}`);
  }

  #onLine(line: string): void {
    const told = JSON.parse(line) as DriverAnswer & { readonly id?: number };
    if (told.id !== undefined) this.#waiting.get(told.id)?.(told);
  }
}
