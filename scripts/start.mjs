import './require-node.mjs';
import { createRequire } from 'node:module';
import { build } from './build.mjs';
import { install } from './install.mjs';

// The service runs in this process, so that signals reach it.
try {
  install();
  build();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
createRequire(import.meta.url)('../dist/main.js');
