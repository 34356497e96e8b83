import { rm } from 'node:fs/promises';
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store';
import { StoreRefusedError } from '../../src/store/store';
import { aUser } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { eventually } from '../support/domain/eventually';
import { storeOptions, temporaryDirectory } from '../support/embedded/embedded';
import { spawnTypeScript } from '../support/processes/spawn-typescript';

describe('The lock of the one service on a data directory', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));
  const open = (openedBy: 'service' | 'tool' = 'service') => openEmbeddedStore(directory, storeOptions({ openedBy }));
  const holder = async () => {
    const service = spawnTypeScript('embedded/embedded-writer.ts', [directory, '1']);
    await service.printed(1);
    expect(service.lines[0]).toBe('open');
    return service;
  };
  const kill = async ({ child, ended }: ReturnType<typeof spawnTypeScript>) => {
    child.kill('SIGKILL');
    await ended;
  };

  test('is refused to a second service with a message that says what to do [G4]', async () => {
    const service = await holder();
    const refusal = await open().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StoreRefusedError);
    expect(String(refusal)).toBe(
      `StoreRefusedError: Another service is running on the data directory ${directory}. Stop it first, or name another directory in DATABASE_URL.`,
    );
    await kill(service);
  });

  test('is refused to a second service of the same process, and free after the first is closed [G4]', async () => {
    const first = await open();
    await expect(open()).rejects.toBeInstanceOf(StoreRefusedError);
    await first.close();
    await (await open()).close();
  });

  test('is free as soon as its holder was killed, round after round [G4]', async () => {
    for (let round = 0; round < 3; round += 1) {
      await kill(await holder());
      await (await open()).close();
    }
  });

  test('goes to exactly one of several that start at once [G4]', async () => {
    const services = Array.from({ length: 4 }, () => spawnTypeScript('embedded/embedded-writer.ts', [directory, '1']));
    await Promise.all(services.map(({ printed }) => printed(1)));
    const first = services.map(({ lines }) => lines[0]);
    expect(first.filter((line) => line === 'open')).toHaveLength(1);
    expect(first.filter((line) => line?.startsWith('error StoreRefusedError Another service'))).toHaveLength(3);
    await Promise.all(services.map(kill));
  });

  test('is not wanted by a tool: it works beside the service, and each sees at once what the other did', async () => {
    const service = await open();
    const tools = Array.from({ length: 2 }, () =>
      spawnTypeScript('embedded/embedded-writer.ts', [directory, '1', 'tool']),
    );
    const heard = new Set<string>();
    for (const tool of tools) {
      await tool.printed(20);
      for (const line of tool.lines.slice(1)) {
        const [what, id = ''] = line.split(' ');
        if (what === 'user') expect((await service.users.findById(id, testCall()))?.id).toBe(id);
        heard.add(id);
      }
    }
    const user = aUser();
    await service.users.insert(user, testCall());
    await eventually('the tools go on', () => tools.every(({ lines }) => lines.length > 30));
    await Promise.all(tools.map(kill));
    // The killed tools held no lock that could keep the service from writing.
    await service.users.setRoles(user.id, ['moderator'], testCall());
    expect(heard.size).toBeGreaterThan(10);
    await service.close();
  });
});
