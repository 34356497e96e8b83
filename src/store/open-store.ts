import type { Store, StoreOptions } from './store';

/** Where the data is. */
export type Database =
  | { readonly kind: 'embedded'; readonly directory: string }
  | { readonly kind: 'mongodb'; readonly url: string };

/**
 * Opens the engine that the configuration names; loads no other.
 *
 * @throws StoreRefusedError when it cannot be opened and trying again will not help; AuthError STORE_UNAVAILABLE when
 *   it is out of reach
 */
export async function openStore(database: Database, options: StoreOptions): Promise<Store> {
  // Loaded when needed: mongoose costs the start of the embedded store time and memory. With `require`, because this is
  // CommonJS and `import()` wants the name of the compiled file.
  if (database.kind === 'embedded') {
    const { openEmbeddedStore } =
      require('./embedded/open-embedded-store') as typeof import('./embedded/open-embedded-store');
    return openEmbeddedStore(database.directory, options);
  }
  const { openMongoStore } = require('./mongo/open-mongo-store') as typeof import('./mongo/open-mongo-store');
  return openMongoStore(database.url, options);
}
