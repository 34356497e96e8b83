const config = require('./jest.config.js');

/**
 * Unit tests of what has changed. The sources are roots here, so that their changes are seen; a path among the
 * arguments would make Jest run everything below it.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...config,
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['<rootDir>/test/unit/**/*.test.ts'],
};
