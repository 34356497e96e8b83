/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test', '<rootDir>/clients/typescript/test'],
  testMatch: ['**/*.test.ts'],
  // jose is published as ES modules only, which Node can require and Jest cannot.
  transform: { '\\.ts$': '@swc/jest', '/node_modules/jose/.+\\.js$': '@swc/jest' },
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  testTimeout: 30_000,
  // Jest does not free all that a test file has loaded: 300 files in one process came to 4 GiB, the limit of V8's heap,
  // and what they test took up to 28 times as long. A process that holds this much is replaced before the next file.
  workerIdleMemoryLimit: '512MB',
  globalSetup: '<rootDir>/test/support/setup/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/setup/global-teardown.ts',
};
