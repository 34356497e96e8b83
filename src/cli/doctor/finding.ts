/** What one look at the installation found. */
export interface Finding {
  readonly check:
    | 'configuration'
    | 'store'
    | 'size'
    | 'rights'
    | 'indexes'
    | 'clock'
    | 'keys'
    | 'secret'
    | 'tls'
    | 'mail'
    | 'issuer';
  /** `fault`: the service will not work, or not safely; `warning`: it works, but something wants looking at. */
  readonly level: 'ok' | 'warning' | 'fault';
  /** What was found and, unless all is well, what to do. Holds no secret. */
  readonly message: string;
}

export function ok(check: Finding['check'], message: string): Finding {
  return { check, level: 'ok', message };
}

export function warning(check: Finding['check'], message: string): Finding {
  return { check, level: 'warning', message };
}

export function fault(check: Finding['check'], message: string): Finding {
  return { check, level: 'fault', message };
}
