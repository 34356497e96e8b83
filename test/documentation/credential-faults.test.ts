import { readFileSync } from 'node:fs';
import { CREDENTIAL_FAULTS } from '../../src/auth/tokens/credential-fault';

test('docs/repair.md explains every fault of a refused credential, and no other', () => {
  const [, section = ''] =
    /## A token is refused: find out why\n(.*?)\n## /s.exec(readFileSync('docs/repair.md', 'utf8')) ?? [];
  const explained = [...section.matchAll(/^\| `(\w+)` \| .+ \| .+ \|$/gm)].map(([, fault]) => fault).slice(1);
  expect(explained).toEqual([...CREDENTIAL_FAULTS]);
});
