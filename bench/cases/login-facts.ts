import { availableParallelism } from 'node:os';
import type { Fact } from '../section';
import { median } from '../statistics';
import type { RawHashes } from './raw-hash-rate';

/** One round of logins, and argon2id alone right before it. */
export interface LoginRound {
  readonly calls: number;
  readonly seconds: number;
  readonly cpuUs: number;
  readonly raw: RawHashes;
  /**
   * CPU of the process that keeps the data, where it is one of its own on this machine: 0 where it is none, NaN where
   * it is elsewhere.
   */
  readonly engineCpuUs: number;
}

/**
 * The share counts all that the cores did, the load generator too. CPU to CPU leaves the generator out, and what else
 * the machine does matters less to it.
 */
export function loginFacts(store: string, rounds: readonly LoginRound[]): Fact[] {
  const of = (pick: (round: LoginRound) => number) => median(rounds.map(pick));
  const share = ({ calls, seconds, raw }: LoginRound) => calls / seconds / raw.perSecond;
  const fact = (name: string, value: number, unit: string): Fact => ({ name: `Login, ${store}: ${name}`, value, unit });
  const facts: Fact[] = [
    {
      ...fact('share of the raw argon2id rate', of(share), ''),
      ...(store === 'embedded' ? { target: { atLeast: 0.9 } } : {}),
    },
    fact(
      'CPU of a raw verification',
      of(({ raw }) => raw.cpuUs),
      'us',
    ),
    fact(
      'CPU of a raw verification to that of a login',
      of((round) => (round.raw.cpuUs * round.calls) / round.cpuUs),
      '',
    ),
  ];
  const engineUs = of(({ engineCpuUs, calls }) => engineCpuUs / calls);
  if (!(engineUs > 0)) return facts;
  const left = ({ seconds, engineCpuUs }: LoginRound) => 1 - engineCpuUs / (seconds * 1e6 * availableParallelism());
  return [
    ...facts,
    fact('CPU of mongod per login, on the same cores', engineUs, 'us'),
    fact(
      'share of the raw rate of what mongod left of the cores',
      of((round) => share(round) / left(round)),
      '',
    ),
  ];
}
