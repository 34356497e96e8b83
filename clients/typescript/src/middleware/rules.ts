/** What a method or a path demands. The first rule that matches counts; what none matches wants a valid token. */
export interface Rule {
  /**
   * A path such as `/pkg.Service/Method` or `/orders`, or the beginning of paths: `/pkg.Service/*`, `/orders/*` (which
   * holds for `/orders` too), `*`.
   */
  readonly match: string;
  /** HTTP methods that the rule is for, such as `GET`. Default: all. */
  readonly methods?: readonly string[];
  /** No token is looked at. */
  readonly public?: boolean;
  /** With a valid token there is a principal, and everybody else is let through without one. */
  readonly optional?: boolean;
  /** One of these is wanted, matched exactly. */
  readonly roles?: readonly string[];
}

export type Access = 'public' | 'optional' | 'token';

/** A rule as it is applied. */
export interface Demand {
  readonly access: Access;
  /** Empty: none is wanted. */
  readonly roles: readonly string[];
}

export const VALID_TOKEN: Demand = { access: 'token', roles: [] };

const MAX_KNOWN = 1_000;

/**
 * Finds the demand of a path.
 *
 * @param demands of the rules in their order; given where several forms of a path are compared by their demands
 * @throws TypeError for a rule that cannot be meant so
 */
export function compileRules(
  rules: readonly Rule[],
  normalize: (path: string) => string = (path) => path,
  demands: readonly Demand[] = rules.map(readDemand),
): (path: string, method?: string) => Demand {
  const compiled = rules.map((rule, at) => ({ matches: compile(rule, normalize), demand: demands[at] as Demand }));
  const known = new Map<string, Demand>();
  return (path, method = '') => {
    const key = `${method} ${path}`;
    let demand = known.get(key);
    if (demand !== undefined) return demand;
    demand = compiled.find((rule) => rule.matches(path, method))?.demand ?? VALID_TOKEN;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, demand);
    return demand;
  };
}

/** What a rule demands. @throws TypeError */
export function readDemand({ public: isPublic = false, optional = false, roles }: Omit<Rule, 'match'>): Demand {
  if (roles !== undefined && (!Array.isArray(roles) || roles.length === 0 || !roles.every(isName))) {
    throw new TypeError('roles must name at least one role; leave them out where none is wanted');
  }
  if (Number(isPublic) + Number(optional) + Number(roles !== undefined) > 1) {
    throw new TypeError('A rule is public, optional or wants roles: one of the three');
  }
  return { access: isPublic ? 'public' : optional ? 'optional' : 'token', roles: roles ?? [] };
}

function compile(rule: Rule, normalize: (path: string) => string) {
  const { match, methods } = rule;
  if (
    typeof match !== 'string' ||
    !/^(\*|\/[^*]*\*?)$/.test(match) ||
    (match.includes('*') && !/(^|\/)\*$/.test(match))
  ) {
    throw new TypeError(`match must be a path, or a path that ends in /*, not ${JSON.stringify(match)}`);
  }
  const wanted = methods?.map((method) => method.toUpperCase());
  // Routers answer HEAD by the handler of GET.
  if (wanted?.includes('GET')) wanted.push('HEAD');
  const isPath = pathMatcher(match, normalize);
  return (path: string, method: string): boolean => (wanted === undefined || wanted.includes(method)) && isPath(path);
}

function pathMatcher(match: string, normalize: (path: string) => string): (path: string) => boolean {
  if (match === '*') return () => true;
  if (!match.endsWith('*')) {
    const exact = normalize(match);
    return (path) => path === exact;
  }
  const start = normalize(match.slice(0, -1));
  // Routers let `/orders` and `/orders/` be the same.
  return (path) => path.startsWith(start) || `${path}/` === start;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
