// Preloaded into a service with workers: the first worker is killed, and the third (one of the two that are started
// together) ends as on SIGTERM, before they are ready.
const cluster = require('node:cluster');

if (cluster.worker?.id === 1) process.kill(process.pid, 'SIGKILL');
if (cluster.worker?.id === 3) process.exit(0);
