import { hashCost } from '../../../src/crypto/passwords/imported/hash-cost';
import { parseHash } from '../../../src/crypto/passwords/imported/parse-hash';

const TAIL = 'c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g';

function findCost(text: string): { kind: string; steps: number } {
  const recipe = parseHash(text, {});
  if (typeof recipe === 'string') throw new Error(`${recipe}: ${text}`);
  const [kind = '', steps] = hashCost(recipe).split(':');
  return { kind, steps: Number(steps) };
}

describe('The cost of an imported hash', () => {
  it.each([
    ['$2b$10$abcdefghijklmnopqrstuuzJHYGxDDR0IJlmjTnzPWpZJwKnBM0i2', 'bcrypt', 1024],
    [`$argon2id$v=19$m=65536,t=3,p=4$${TAIL}`, 'argon2-m16-p4', 196_608],
    [`$scrypt$ln=14,r=8,p=2$${TAIL}`, 'scrypt-m14', 262_144],
    [`$pbkdf2-sha256$2000$${TAIL}`, 'pbkdf2-sha256', 2000],
    [`$5$rounds=2000$salt$${'a'.repeat(43)}`, 'sha-crypt-sha256', 2000],
    [`$P$Bsaltsalt${'a'.repeat(22)}`, 'phpass-md5', 8192],
  ])('of %s is its kind and how many steps it takes', (text, kind, steps) => {
    expect(findCost(text)).toEqual({ kind, steps });
  });

  it('is of another kind where as many steps need more memory, since they take longer there', () => {
    const [small, large] = [`$scrypt$ln=10,r=8,p=16$${TAIL}`, `$scrypt$ln=14,r=8,p=1$${TAIL}`].map(findCost);
    expect(small?.steps).toBe(large?.steps);
    expect(small?.kind).not.toBe(large?.kind);
    const [often, once] = ['m=4096,t=10,p=1', 'm=40960,t=1,p=1'].map((cost) =>
      findCost(`$argon2id$v=19$${cost}$${TAIL}`),
    );
    expect(often?.steps).toBe(once?.steps);
    expect(often?.kind).not.toBe(once?.kind);
  });

  it('is of another kind with other lanes, which may run side by side', () => {
    const [one, four] = [1, 4].map((lanes) => findCost(`$argon2id$v=19$m=65536,t=3,p=${lanes}$${TAIL}`));
    expect(one?.kind).not.toBe(four?.kind);
  });
});
