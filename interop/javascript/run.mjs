// node run.mjs VERIFIER USE < job.json: prints a line of JSON for each token, {token, accepted, reason}.
import { json } from 'node:stream/consumers';

const [verifier, use] = process.argv.slice(2);
const job = await json(process.stdin);
const uses = await import(`./verifiers/${verifier}.mjs`);
for (const [token, text] of Object.entries(job.tokens)) {
  let reason = '';
  try {
    const verify = await uses[use](job);
    await verify(text);
  } catch (error) {
    reason = String([error.message, error.cause?.message].filter(Boolean).join(': ') || error);
  }
  process.stdout.write(`${JSON.stringify({ token, accepted: reason === '', reason })}\n`);
}
process.exit(0);
