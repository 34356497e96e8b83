#!/bin/sh
# @grpc/grpc-js: `timeout` of a service config takes the digits behind the point for nanoseconds ("1.5s" is 1 s and
# 5 ns, "0.5s" 5 ns, so that every call ends with DEADLINE_EXCEEDED at once), though a Duration in JSON has decimal
# fractions (proto3). The server here answers after 200 ms. Exits non-zero when this has changed.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm init -y > /dev/null
npm install --ignore-scripts --no-audit --no-fund --silent @grpc/grpc-js@1.14.7
cat > probe.cjs << 'PROBE'
const grpc = require('@grpc/grpc-js');
const bytes = (value) => value;
const path = '/probe.Probe/Call';
const [requestSerialize, requestDeserialize, responseSerialize, responseDeserialize] = [bytes, bytes, bytes, bytes];
const method = { path, requestSerialize, requestDeserialize, responseSerialize, responseDeserialize };
const server = new grpc.Server();
server.addService({ call: { ...method, requestStream: false, responseStream: false } }, {
  call: (_call, answer) => setTimeout(() => answer(null, Buffer.alloc(0)), 200),
});
const insecure = [grpc.ServerCredentials.createInsecure(), grpc.credentials.createInsecure()];
const ask = (port, timeout) =>
  new Promise((resolve) => {
    const config = { methodConfig: [{ name: [{ service: 'probe.Probe' }], timeout }] };
    const client = new grpc.Client(`127.0.0.1:${port}`, insecure[1], { 'grpc.service_config': JSON.stringify(config) });
    client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), (error) => {
      console.log(timeout, grpc.status[error?.code ?? 0]);
      client.close();
      resolve();
    });
  });
server.bindAsync('127.0.0.1:0', insecure[0], async (_error, port) => {
  for (const timeout of ['1s', '0.5s', '1.900s']) await ask(port, timeout);
  server.forceShutdown();
});
PROBE
node probe.cjs | tee out
grep -q '^1s OK' out
grep -q '^0.5s DEADLINE_EXCEEDED' out
