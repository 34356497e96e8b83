/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test', '<rootDir>/clients/typescript/test'],
  testMatch: ['**/*.test.ts'],
  // jose is published as ES modules only, which Node can require and Jest cannot.
  transform: { '\\.ts$': '@swc/jest', '/node_modules/jose/.+\\.js$': '@swc/jest' },
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  testTimeout: 30_000,
  // Jest does not free all that a test file has loaded: 100 files leave 400 MB, and 300 in one process come near V8's
  // limit of 4 GiB, where a test took 28 times as long. A process that holds this much is replaced before another file.
  workerIdleMemoryLimit: '512MB',
  globalSetup: '<rootDir>/test/support/setup/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/setup/global-teardown.ts',
};
