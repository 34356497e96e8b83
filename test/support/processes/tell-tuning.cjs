// Preloaded into the service: tells on standard error which flags it gives to V8, and which object it keeps.
const asyncHooks = require('node:async_hooks');
const v8 = require('node:v8');

const { executionAsyncResource } = asyncHooks;
const { setFlagsFromString } = v8;

v8.setFlagsFromString = (flag) => {
  process.stderr.write(`V8 flag ${flag}\n`);
  setFlagsFromString(flag);
};
asyncHooks.executionAsyncResource = () => {
  const resource = executionAsyncResource();
  process.stderr.write(`resource with ${Object.keys(resource)}\n`);
  return resource;
};
