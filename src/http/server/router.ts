import type { HttpReply, HttpRoute } from './http-route';

/** A request target as far as routes go by it. */
export interface Target {
  readonly path: string;
  readonly query: string;
}

/** Only the path and the query of an absolute target count. */
const BASE = 'http://postern.invalid';

/**
 * The target of a request in origin-form or absolute-form (RFC 9112 section 3.2), its path as it was sent; undefined:
 * it is neither.
 */
export function parseTarget(target: string): Target | undefined {
  if (target.startsWith('/') && !target.startsWith('//')) return split(target);
  if (!URL.canParse(target, BASE)) return undefined;
  const { pathname, search } = new URL(target, BASE);
  return split(pathname + search);
}

function split(target: string): Target {
  const end = target.indexOf('?');
  return end < 0 ? { path: target, query: '' } : { path: target.slice(0, end), query: target.slice(end + 1) };
}

/** Finds the route of a path: paths are compared exactly, so one look-up in a map does (docs/decisions/0021). */
export class Router {
  readonly #routes: ReadonlyMap<string, HttpRoute>;

  constructor(routes: readonly HttpRoute[]) {
    this.#routes = new Map(routes.map((route) => [route.path, route]));
  }

  find(path: string): HttpRoute | undefined {
    const end = path.lastIndexOf('/');
    // The root is a page, and does not stand for what is below it.
    return this.#routes.get(path) ?? (end > 0 ? this.#routes.get(path.slice(0, end + 1)) : undefined);
  }
}

/** The answer to a method that a route has not, if it is one. */
export function refuseMethod({ methods }: HttpRoute, method: string | undefined): HttpReply | undefined {
  return methods === undefined || methods.includes(method ?? '') ? undefined : methodNotAllowed(methods);
}

/** RFC 9110 section 15.5.6, with a body that says which methods there are. */
export function methodNotAllowed(methods: readonly string[]): HttpReply {
  return {
    status: 405,
    headers: { allow: methods.join(', ') },
    body: `Method not allowed: send ${methods.join(' or ')}\n`,
  };
}
