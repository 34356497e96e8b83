// Calls Validate with @connectrpc/connect-node and connect-web. Arguments: base URL, access token,
// proto/descriptors.binpb, and the folder
// in which the packages are installed. Prints one JSON object a line.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [base, accessToken, descriptors, directory] = process.argv.slice(2);
const require = createRequire(`${directory}/`);
const { createFileRegistry, fromBinary } = require('@bufbuild/protobuf');
const { FileDescriptorSetSchema } = require('@bufbuild/protobuf/wkt');
const { Code, ConnectError, createClient } = require('@connectrpc/connect');
const node = require('@connectrpc/connect-node');
const web = require('@connectrpc/connect-web');

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
const service = registry.getService('postern.auth.v1.AuthService');

async function ask(name, transport) {
  const client = createClient(service, transport);
  const { principal } = await client.validate({ accessToken });
  const refused = await client.validate({ accessToken: 'rubbish' }).then(
    () => 'allowed',
    (error) => Code[ConnectError.from(error).code].toLowerCase(),
  );
  process.stdout.write(`${JSON.stringify({ case: name, username: principal.username, refused })}\n`);
}

const http = { baseUrl: base, httpVersion: '1.1' };
const gzip = { sendCompression: node.compressionGzip, compressMinBytes: 0 };
await ask('connect-node as it comes', node.createConnectTransport(http));
await ask('connect-node, gzip', node.createConnectTransport({ ...http, ...gzip }));
await ask('connect-node, JSON', node.createConnectTransport({ ...http, useBinaryFormat: false }));
await ask('connect-node, GET', node.createConnectTransport({ ...http, useHttpGet: true }));
await ask('connect-node, gRPC-Web', node.createGrpcWebTransport(http));
await ask('connect-node, gRPC-Web, gzip', node.createGrpcWebTransport({ ...http, ...gzip }));
await ask('connect-web as it comes', web.createConnectTransport({ baseUrl: base }));
await ask('connect-web, gRPC-Web', web.createGrpcWebTransport({ baseUrl: base }));
