import { openEmbeddedStore } from '../../../src/store/embedded/open-embedded-store';
import { testCall } from '../domain/call';
import { storeOptions } from './embedded';

/** Opens the directory and counts which of the writes that a writer printed as acknowledged are not there. */
export async function lostWrites(directory: string, lines: readonly string[]): Promise<string[]> {
  const store = await openEmbeddedStore(directory, storeOptions());
  try {
    const lost: string[] = [];
    for (const line of lines) {
      const [what, id = '', email = ''] = line.split(' ');
      const user = what === 'user' ? await store.users.findById(id, testCall()) : undefined;
      const byEmail = what === 'user' ? await store.users.findByEmail(email, testCall()) : undefined;
      const session = what === 'rotated' ? await store.sessions.find(id, testCall()) : undefined;
      if (what === 'user' && (user?.id !== id || byEmail?.id !== id)) lost.push(line);
      if (what === 'rotated' && session?.generation !== 1) lost.push(line);
    }
    return lost;
  } finally {
    await store.close();
  }
}
