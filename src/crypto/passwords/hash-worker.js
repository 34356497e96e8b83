// What runs in a hashing thread. It is JavaScript, so that the same file runs from dist and under a test runner that
// transforms TypeScript.

const { parentPort, workerData } = require('node:worker_threads');
const { hashSync, verifySync } = require('@node-rs/argon2');

const { niceness, states: STATE } = workerData;

// On Linux the nice value belongs to the thread (setpriority(2), "C library/kernel differences"); elsewhere it would
// slow the whole process.
if (process.platform === 'linux') {
  try {
    require('node:os').setPriority(niceness);
  } catch {
    // A sandbox may forbid it: then hashes run at the priority of the event loop.
  }
}

function runJob({ password, hash, options, imported }) {
  try {
    if (imported !== undefined) {
      const matches = verifyForms(imported);
      // Many hashes of elsewhere take less than the one that an unknown user takes.
      if (!matches) verifySync(hash, password);
      return { value: matches };
    }
    return { value: hash === undefined ? hashSync(password, options) : verifySync(hash, password) };
  } catch (error) {
    return { error: String(error?.message) };
  }
}

/** The code of other formats is loaded by the first of their hashes. */
function verifyForms({ recipe, forms }) {
  const { verifyImported } = require('./imported/verify-imported.js');
  return forms.some((form) => verifyImported(recipe, form));
}

parentPort.on('message', ({ jobs, states }) => {
  const outcomes = jobs.map((job, n) => {
    if (Atomics.compareExchange(states, n, STATE.PENDING, STATE.RUNNING) !== STATE.PENDING) return undefined;
    const outcome = runJob(job);
    Atomics.store(states, n, STATE.DONE);
    return outcome;
  });
  parentPort.postMessage(outcomes);
});
