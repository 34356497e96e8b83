/** What a route of the gateway demands. */
export interface Rule {
  /** The caller must hold one of these; undefined: no role is demanded. No caller holds one of an empty list. */
  readonly roles: readonly string[] | undefined;
  /** Callers without a valid token pass as anonymous, unless a role is demanded. */
  readonly optional: boolean;
}

const YES = new Set(['', 'true', '1']);

/** The rule of `?roles=a,b` and `?optional`. */
export function ruleOfQuery(query: URLSearchParams): Rule {
  const optional = query.get('optional');
  return {
    roles: query.has('roles') ? names(query.getAll('roles').join(',')) : undefined,
    optional: optional !== null && YES.has(optional),
  };
}

/** The rule of Envoy's `context_extensions`: `roles: "a,b"`, `optional: "true"`. */
export function ruleOfExtensions(extensions: Readonly<Record<string, string>>): Rule {
  const { roles, optional } = extensions;
  return { roles: roles === undefined ? undefined : names(roles), optional: optional === 'true' };
}

function names(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
