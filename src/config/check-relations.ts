import type { Diagnostics } from './environment';
import type { UncheckedValuesOf } from './setting';
import type { SETTINGS } from './settings';

type Values = UncheckedValuesOf<typeof SETTINGS>;

/** The least memory in KiB for each number of passes (OWASP Password Storage Cheat Sheet). */
const ARGON2_FLOOR = [47_104, 19_456, 12_288, 9_216, 7_168] as const;

/** What must hold between settings; a value that could not be read by itself is undefined and has been named. */
export function checkRelations(values: Values, production: boolean, { faults, warnings }: Diagnostics): void {
  const { roles, tls, adminClients = [] } = values;
  const { memoryKib, time, parallelism } = values.passwords.argon2;
  const missing = roles === undefined ? [] : ['user', 'admin'].filter((role) => !roles.includes(role));
  if (missing.length > 0) faults.push(`ROLES: lacks ${missing.join(' and ')}; add what is missing`);
  if (memoryKib !== undefined && parallelism !== undefined && memoryKib < 8 * parallelism) {
    faults.push('ARGON2_MEMORY_KIB: is less than 8 times ARGON2_PARALLELISM; raise it');
  }
  const floor = ARGON2_FLOOR[Math.min(time ?? 2, ARGON2_FLOOR.length) - 1] ?? 0;
  if (memoryKib !== undefined && memoryKib < floor) {
    const advice = `is below what OWASP advises for so many ARGON2_TIME passes; set at least ${floor}, or leave both out`;
    (production ? faults : warnings).push(`ARGON2_MEMORY_KIB: ${advice}`);
  }
  if (tls.clientCaFile === undefined && adminClients.length > 0) {
    faults.push('MTLS_ADMIN_SANS: is set, but TLS_CLIENT_CA_FILE is not, so no client can prove its name; set it too');
  }
  if (production && /^http:\/\//i.test(values.tokens.issuer ?? '')) {
    warnings.push(
      'JWT_ISSUER: is a URL without TLS; many verifiers discover keys over https only: set it to the https URL of the HTTP port',
    );
  }
  checkAddresses(values, faults);
}

function checkAddresses({ grpc, http }: Values, faults: string[]): void {
  const addresses = {
    GRPC_ADDRESS: grpc.address,
    HTTP_ADDRESS: http.address,
    HEALTH_ADDRESS: grpc.healthAddress,
  };
  const taken = new Map<string, string>();
  for (const [name, address] of Object.entries(addresses)) {
    if (address === undefined || address.endsWith(':0')) continue;
    const other = taken.get(address);
    if (other !== undefined) faults.push(`${name}: is the same as ${other}; give each a port of its own`);
    taken.set(address, name);
  }
}
