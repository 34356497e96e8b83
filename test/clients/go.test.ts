import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { LANGUAGES } from '../../clients/conformance/suite/languages';

const CHECK = join(__dirname, '..', '..', 'clients', 'go', 'check.sh');

if (!LANGUAGES.includes('go')) {
  test('The Go client is not tested where there is no Go, which CI has', () => {
    expect(process.env.CI).not.toBe('true');
  });
} else {
  test('The Go client passes its own tests without a data race, is vetted, and has the code of the proto files', async () => {
    const child = spawn(CHECK, [], { stdio: ['ignore', 'pipe', 'pipe'] });
    const output = Promise.all([text(child.stdout), text(child.stderr)]);
    const [status] = await once(child, 'close');
    expect({ status, output: (await output).join('') }).toEqual({
      status: 0,
      output: expect.stringMatching(/^ok\s+postern\s/m),
    });
  }, 600_000);
}
