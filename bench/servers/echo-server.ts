import { Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

// The baseline: bare grpc-js, the codecs of proto-loader, an answer of a fixed text. Arguments: the proto file, the
// length of the text.

const [file = '', length = '0'] = process.argv.slice(2);
const answer = { text: 'x'.repeat(Number(length)) };
const server = new Server({ 'grpc.enable_channelz': 0 });
server.addService(loadSync(file)['bench.Echo'] as ServiceDefinition, {
  // biome-ignore lint/suspicious/noExplicitAny: what proto-loader gives has no types
  Call: (_call: any, reply: any) => reply(null, answer),
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${JSON.stringify({ event: 'started', grpc: `127.0.0.1:${port}` })}\n`);
});
process.once('SIGTERM', () => process.exit(0));
