import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { loadSettings } from '../../config/config';
import { toPortableHash } from '../../crypto/passwords/imported/portable-hash';
import { askToGoOn } from '../ask-to-go-on';
import { type Command, CommandError, readText } from '../command';
import { CLI_ACTOR, withoutKeys, withTool } from '../open-tool';

export const usersExport: Command = {
  summary: 'writes all users with their password hashes, for leaving',
  help: `postern users export --with-password-hashes [OPTIONS]

  --with-password-hashes  says that you know what the export holds; asks once more on a terminal
  --yes                   does not ask
  --out FILE              a new file that only you may read; standard output without it

NDJSON, as \`users import --from ndjson\` reads it. Service accounts, sessions and API keys stay. It is audited.`,
  options: {
    'with-password-hashes': { type: 'boolean' },
    yes: { type: 'boolean' },
    out: { type: 'string' },
  },
  async run(options, terminal) {
    if (options['with-password-hashes'] !== true) {
      throw new CommandError('The export holds the password hashes of all users: say --with-password-hashes');
    }
    if (options.yes !== true) {
      if (!terminal.stdin.isTTY) throw new CommandError('There is no terminal to ask; give --yes as well');
      await askToGoOn(terminal, 'Write the password hashes of all users?');
    }
    const path = readText(options, 'out');
    const count = await withTool(withoutKeys(loadSettings()), async ({ useCases, internalCall }) => {
      const output = path === undefined ? terminal.stdout : await openNew(path);
      let written = 0;
      for await (const user of useCases.admin.exportUsers(CLI_ACTOR, internalCall)) {
        const line = {
          external_id: user.externalId,
          email: user.email,
          username: user.username,
          email_verified: user.emailVerified,
          active: user.active,
          roles: user.roles,
          created_at: user.createdAt,
          password_hash: toPortableHash(user.passwordHash),
        };
        if (!output.write(`${JSON.stringify(line)}\n`)) await once(output, 'drain');
        written += 1;
      }
      if (path !== undefined) {
        output.end();
        await once(output, 'close');
      }
      return written;
    });
    terminal.stderr.write(`Exported ${count} users\n`);
    return 0;
  },
};

/** @throws CommandError */
async function openNew(path: string): Promise<NodeJS.WritableStream> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  try {
    await once(file, 'open');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(code === 'EEXIST' ? `${path} is there already; name a new file` : `${path}: ${code}`);
  }
  return file;
}
