import type { Running } from '../http/http-client';

interface Made {
  readonly apiKey: string;
  readonly key: { readonly id: string; readonly userId: string };
}

/** A new service account with the role `service`, and a key of it. */
export async function makeApiKey(
  { rpc }: Pick<Running, 'rpc'>,
  adminToken: string,
  allowedCidrs: readonly string[] = [],
): Promise<Made> {
  const admin = { authorization: `Bearer ${adminToken}` };
  const username = `bot-${Math.random().toString(36).slice(2)}`;
  const { json: account } = await rpc('AdminService/CreateServiceAccount', { username, roles: ['service'] }, admin);
  const fields = { userId: account.user.id, name: 'ci', roles: [], allowedCidrs };
  return (await rpc('AdminService/CreateApiKey', fields, admin)).json;
}
