import cluster from 'node:cluster';
import { Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

// The baseline: bare grpc-js, the codecs of proto-loader, an answer of a fixed text. Arguments: the proto file, the
// length of the text, the number of workers behind the address (1: the process answers itself).

const [file = '', length = '0', workers = '1'] = process.argv.slice(2);

function serve(onListen: (address: string) => void): void {
  const answer = { text: 'x'.repeat(Number(length)) };
  const server = new Server({ 'grpc.enable_channelz': 0 });
  server.addService(loadSync(file)['bench.Echo'] as ServiceDefinition, {
    // biome-ignore lint/suspicious/noExplicitAny: what proto-loader gives has no types
    Call: (_call: any, reply: any) => reply(null, answer),
  });
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    onListen(`127.0.0.1:${port}`);
  });
}

/** Workers by node:cluster, as those of Postern are. */
async function serveByWorkers(count: number): Promise<string> {
  const addresses = Array.from({ length: count }, () => {
    const worker = cluster.fork();
    return new Promise<string>((resolve) => {
      worker.once('message', resolve);
    });
  });
  return (await Promise.all(addresses))[0] ?? '';
}

function announce(grpc: string): void {
  process.stdout.write(`${JSON.stringify({ event: 'started', grpc })}\n`);
}

if (cluster.isWorker) serve((address) => process.send?.(address));
else if (workers === '1') serve(announce);
else serveByWorkers(Number(workers)).then(announce);
process.once('SIGTERM', () => process.exit(0));
