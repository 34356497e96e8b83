// Preloaded into the service: sends it SIGTERM when the first module behind its signal handlers is loaded. Without a
// handler that ends it by the signal, or, as process 1 of a container, does nothing.
const Module = require('node:module');

const { _load } = Module;

Module._load = (request, ...rest) => {
  if (/(^|\/)(config\/config|create-service)(\.js)?$/.test(request) && !sent) {
    sent = true;
    process.stderr.write('sent SIGTERM\n');
    process.kill(process.pid, 'SIGTERM');
  }
  return _load(request, ...rest);
};

let sent = false;
