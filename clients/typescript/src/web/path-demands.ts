import { compileRules, type Demand, type Rule, readDemand } from '../middleware/rules';
import { decodeSlashes, isPlainPath, normalizePath, rawPath } from './request-path';

/**
 * Finds the demand of a request target; undefined where it is no path, or where routers read its path differently and
 * the rules of what they read differ, as with `/admin/../open`: whatever the rule, some router would let the wrong ones
 * in.
 */
export function createPathDemands(
  rules: readonly Rule[],
  caseSensitive: boolean,
): (target: string, method?: string) => Demand | undefined {
  const demands = rules.map(readDemand);
  const compile = (normalize: (path: string) => string | undefined) =>
    compileRules(rules, (path) => keepSlash(path, normalize(path) ?? path), demands);
  const find = compile((path) => normalizePath(path, true));
  const findFolded = compile((path) => normalizePath(path, false));
  // A rule with capitals holds for the small letters too in a router that does not regard case.
  const areRulesFolded = rules.every(({ match }) => match === match.toLowerCase());
  return (target, method) => {
    const raw = rawPath(target);
    const demand = find(raw, method);
    const isFolded = caseSensitive || (areRulesFolded && raw === raw.toLowerCase());
    if (isFolded && isPlainPath(raw)) return demand;
    const decoded = decodeSlashes(raw);
    const [path, resolved] = [normalizePath(raw, true), normalizePath(decoded, true)];
    if (path === undefined || resolved === undefined) return undefined;
    const isClear = [path, decoded, resolved].every((form) => find(form, method) === demand);
    const isClearFolded =
      caseSensitive || [raw, resolved].every((form) => findFolded(form.toLowerCase(), method) === demand);
    return isClear && isClearFolded ? demand : undefined;
  };
}

/** A rule such as `/orders/*` ends in a slash when its star is taken away, and keeps it. */
function keepSlash(path: string, normalized: string): string {
  return path.endsWith('/') && !normalized.endsWith('/') ? `${normalized}/` : normalized;
}
