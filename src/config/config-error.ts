/** The configuration is refused; every fault is one line `NAME: what is wrong; what to do` and holds no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    super(`Invalid configuration:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

/** What is wrong with one value, and what to do; never repeats the value. */
export class Fault extends Error {
  override readonly name = 'Fault';
}
