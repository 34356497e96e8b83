import os from 'node:os';
import { mongo } from 'mongoose';

/** A client beside the store's own. The driver would import `os` in a way that jest cannot follow. */
export function mongoClient(url: string, options: mongo.MongoClientOptions = {}): mongo.MongoClient {
  return new mongo.MongoClient(url, { runtimeAdapters: { os }, ...options });
}
