const { TestEnvironment } = require('jest-environment-node');

/**
 * Node's environment with one `Date` for all test files of a process. lmdb hands every later copy of itself to the first one that was
 * loaded (`nativeAddon.open`), whose encoder would take the dates of another test file's realm for plain objects.
 */
module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.Date = Date;
  }
};
