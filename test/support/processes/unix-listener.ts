// A process that listens on the Unix socket PATH and says so.
import { createServer } from 'node:net';

createServer().listen(process.argv[2], () => process.stdout.write('listening\n'));
