import type { mongo } from 'mongoose';

class PrimaryChangedError extends Error {
  override readonly name = 'PrimaryChangedError';

  constructor() {
    super('Another server has become primary, or none is');
  }
}

export interface PrimaryWatch {
  /** Rejects as soon as the driver knows of another primary than at the beginning; never resolves. */
  readonly changed: Promise<never>;
  unwatch(): void;
}

/** Watches which server the driver takes for the primary. Without a replica set nothing ever changes. */
export function watchPrimary(client: mongo.MongoClient): PrimaryWatch {
  let unwatch = () => {};
  const changed = new Promise<never>((_, reject) => {
    const compare = (event: mongo.TopologyDescriptionChangedEvent) => {
      if (primaryIn(event.previousDescription) !== primaryIn(event.newDescription)) reject(new PrimaryChangedError());
    };
    client.on('topologyDescriptionChanged', compare);
    unwatch = () => client.off('topologyDescriptionChanged', compare);
  });
  changed.catch(() => undefined);
  return { changed, unwatch: () => unwatch() };
}

function primaryIn(description: mongo.TopologyDescription): string | undefined {
  for (const { type, address } of description.servers.values()) if (type === 'RSPrimary') return address;
  return undefined;
}
