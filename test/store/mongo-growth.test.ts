import type { mongo } from 'mongoose';
import { AdminServiceService } from '../../src/gen/postern/auth/v1/admin_service';
import { AuthServiceService } from '../../src/gen/postern/auth/v1/auth_service';
import { callFilledService, fillHundredth } from '../support/growth/filled-service';
import { runCommands } from '../support/growth/run-commands';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { mongoClient } from '../support/mongo/mongo-client';

/** Collections that do not grow: a few signing keys, replicas and versions. */
const BOUNDED = ['signing_keys', 'replicas', 'schema_versions', 'admins'];
/** Keys that an operation may look at beside the rows that it returns or changes. */
const BESIDE = 60;

/** What the profiler of the server keeps of an operation. */
interface Profiled {
  readonly op: string;
  readonly ns: string;
  readonly command: mongo.Document;
  readonly planSummary?: string;
  readonly hasSortStage?: boolean;
  readonly keysExamined?: number;
  readonly docsExamined?: number;
  readonly nreturned?: number;
  readonly nModified?: number;
  readonly nMatched?: number;
  readonly ndeleted?: number;
}

test('No query of any call or command on MongoDB looks at more than its answer needs, whatever lies in the store', async () => {
  const url = testDatabaseUrl();
  const filled = await fillHundredth({ kind: 'mongodb', url });
  const client = await mongoClient(url).connect();
  const db = client.db();
  await db.createCollection('system.profile', { capped: true, size: 64 * 2 ** 20 });
  await db.command({ profile: 2 });
  const methods = await callFilledService(url, filled, () => {});
  await runCommands(url, () => {});
  await db.command({ profile: 0 });
  const profiled = await db.collection<Profiled>('system.profile').find().toArray();
  await db.dropDatabase();
  await client.close();
  const faults = profiled.filter((each) => !isChangeStream(each)).flatMap(describeFault);
  expect([...new Set(faults)]).toEqual([]);
  expect(profiled.length).toBeGreaterThan(methods.size);
  const all = [AuthServiceService, AdminServiceService].flatMap((service) => Object.values(service));
  const unary = all.filter(({ requestStream, responseStream }) => !requestStream && !responseStream);
  expect([...methods].sort()).toEqual(unary.map(({ path }) => path.slice(1)).sort());
}, 600_000);

/** The change stream reads the log of the replica set as it grows, not the collection. */
function isChangeStream({ op, ns, planSummary, command }: Profiled): boolean {
  const isOpened = Array.isArray(command.pipeline) && '$changeStream' in (command.pipeline[0] ?? {});
  return isOpened || (op === 'getmore' && ns.endsWith('.revocations') && planSummary === 'COLLSCAN');
}

function describeFault(each: Profiled): string[] {
  const collection = each.ns.slice(each.ns.indexOf('.') + 1);
  if (each.planSummary === undefined || BOUNDED.includes(collection)) return [];
  const rows = [each.nreturned, each.nModified, each.nMatched, each.ndeleted];
  const most = BESIDE + 2 * Math.max(...rows.map((count) => count ?? 0));
  const looked = Math.max(each.keysExamined ?? 0, each.docsExamined ?? 0);
  const isWalk = each.planSummary.includes('COLLSCAN') && looked > 0;
  if (!isWalk && each.hasSortStage !== true && looked <= most) return [];
  const sort = each.hasSortStage === true ? ', sorts in memory' : '';
  const asked = JSON.stringify(each.command.filter ?? each.command.q ?? each.command.query ?? {});
  return [`${each.op} ${collection} ${asked}: ${each.planSummary}, looked at ${looked} of at most ${most}${sort}`];
}
