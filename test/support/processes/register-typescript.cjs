// Lets a child process of a test run TypeScript: node -r test/support/processes/register-typescript.cjs FILE.ts
const { transformFileSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  module._compile(transformFileSync(filename).code, filename);
};
