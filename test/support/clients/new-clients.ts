// A process that is a new client again and again, one at a time: ADDRESS PID-OF-THE-SERVICE [CA-FILE]. Prints what each
// waited, as JSON, a line each.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, credentials } from '@grpc/grpc-js';
import { ValidateRequest } from '../../../src/gen/postern/auth/v1/auth_service';
import { addressByName } from './address-by-name';

export interface NewClient {
  /** From the beginning of the connection to the answer. */
  readonly waitedMs: number;
  /**
   * Of this, how long the service could have run and others had its core: the clients, the attacker, whatever else the
   * machine does.
   */
  readonly heldUpMs: number;
  /** The status of its call, 0 for OK. */
  readonly code: number;
}

const [given = '', pid = '', caFile] = process.argv.slice(2);
const REQUEST = Buffer.from(ValidateRequest.encode({ accessToken: '', allowAnonymous: true, fresh: false }).finish());
const BETWEEN_MS = 50;
const DEADLINE_MS = 10_000;
const address = caFile === undefined ? given : addressByName(given);
const secure = caFile === undefined ? credentials.createInsecure() : credentials.createSsl(readFileSync(caFile));

async function newClient(): Promise<NewClient> {
  const heldUpBefore = heldUpMs();
  const begun = performance.now();
  const client = new Client(address, secure, { 'grpc.use_local_subchannel_pool': 1 });
  const code = await validate(client);
  const waitedMs = performance.now() - begun;
  client.close();
  return { waitedMs, heldUpMs: heldUpMs() - heldUpBefore, code };
}

function validate(client: Client): Promise<number> {
  const asIs = (bytes: Buffer) => bytes;
  const options = { deadline: Date.now() + DEADLINE_MS };
  return new Promise((resolve) => {
    client.makeUnaryRequest('/postern.auth.v1.AuthService/Validate', asIs, asIs, REQUEST, options, (error) =>
      resolve(error?.code ?? 0),
    );
  });
}

/** How long the first thread of the service has stood in the queue for a core so far, by Linux's own account. */
function heldUpMs(): number {
  const [, waitingNs] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
  return Number(waitingNs) / 1e6;
}

async function goOn(): Promise<never> {
  for (;;) {
    process.stdout.write(`${JSON.stringify(await newClient())}\n`);
    await pause(BETWEEN_MS);
  }
}

void goOn();
