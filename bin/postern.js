#!/usr/bin/env node
// From a clone, builds what is missing first; an image brings dist without scripts.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

async function main() {
  // A stack names the line of the source, not that of the compiled file.
  process.setSourceMapsEnabled(true);
  const scripts = join(__dirname, '../scripts');
  if (existsSync(join(scripts, 'build.mjs'))) {
    const { install } = await import('../scripts/install.mjs');
    const { build } = await import('../scripts/build.mjs');
    install();
    build();
  }
  const args = process.argv.slice(2);
  // The service itself, past the command line: its signal handlers have to be there before anything else is loaded.
  if (args.length === 1 && args[0] === 'serve') return void require('../dist/main.js');
  surviveOutputErrors();
  const { postern } = require('../dist/cli/postern.js');
  const code = await postern(args);
  process.exitCode = code || process.exitCode;
}

/**
 * A reader that ends early (`postern audit | head`) is no fault, and what the command changes is finished all the same.
 */
function surviveOutputErrors() {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code }) => {
      if (code === 'EPIPE') return;
      process.exitCode = 1;
      if (stream === process.stdout) process.stderr.write(`The output could not be written (${code})\n`);
    });
  }
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});
