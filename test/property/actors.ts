import { MAX_OFF_MS, type OwnerStep, type ThiefStep, type TimeStep } from './plan';
import type { Reply, World } from './world';

const PATIENCE_MS = 10_000;

/**
 * A client that behaves: it tries until it hears something, takes the successor when there is one, and does not use
 * that within the time by which the replicas' clocks may differ.
 */
export async function owner(world: World, steps: readonly OwnerStep[]): Promise<void> {
  let token = world.tokens[0] ?? '';
  for (const { attempts, lastReplica, twoTabs } of steps) {
    const last = { replica: lastReplica, mishap: { kind: 'none' }, patienceMs: PATIENCE_MS } as const;
    let successor: string | undefined;
    for (const attempt of [...attempts, last]) {
      const tabs = [world.present(token, attempt)];
      if (twoTabs) tabs.push(world.present(token, { ...attempt, replica: 1 - attempt.replica }));
      const replies = await Promise.all(tabs);
      successor = replies.map(findToken).find((each) => each !== undefined);
      if (successor !== undefined || replies.some(({ kind }) => kind === 'refused')) break;
    }
    if (successor === undefined) return;
    token = successor;
    world.pass(2 * MAX_OFF_MS + 1);
  }
}

function findToken(reply: Reply): string | undefined {
  return reply.kind === 'pair' ? reply.refreshToken : undefined;
}

export async function thief(world: World, steps: readonly ThiefStep[]): Promise<void> {
  for (const step of steps) {
    const token = await world.turn(
      'the thief takes a token',
      async () => world.tokens[step.which % world.tokens.length],
    );
    await world.present(token ?? '', step);
  }
}

export async function time(world: World, steps: readonly TimeStep[]): Promise<void> {
  for (const step of steps) {
    await world.turn(JSON.stringify(step), async () => {
      if ('passMs' in step) world.pass(step.passMs);
      else world.setOff(step.replica, step.offMs);
    });
  }
}
