import type { IncomingMessage } from 'node:http';

export interface HttpReply {
  readonly status: number;
  /** Over those that every answer has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** All headers of the answer, names and values in turn, instead of `headers` and of those that every answer has. */
  readonly rawHeaders?: string[];
  readonly body?: string | Buffer;
}

/** What answers the requests for one path. */
export interface HttpRoute {
  /** Ends with a slash when it stands for everything directly below; `/` alone is only itself. */
  readonly path: string;
  /**
   * The methods that are answered; another one is refused with 405. Undefined: the route looks at the method itself.
   */
  readonly methods?: readonly string[];
  /** @param query the target after its `?`, not decoded */
  readonly answer: (request: IncomingMessage, query: string) => HttpReply | Promise<HttpReply>;
}

/** For routes that read and change nothing. */
export const READ_METHODS = ['GET', 'HEAD'] as const;
