import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ReflectionClient, reflectionClient } from '../clients/reflection-client';
import { type Ended, type Env, runPostern, type Service, startService, workingDirectory } from './service-process';

/** A service that runs, and the `postern` command beside it on the same store. */
export interface PosternAndCommand {
  readonly directory: string;
  readonly client: ReflectionClient;
  readonly service: Service;
  run(...args: string[]): Promise<Ended>;
  runWithInput(stdin: string, ...args: string[]): Promise<Ended>;
  /** Into the directory that the command runs in. */
  write(name: string, content: string | Buffer): Promise<void>;
  /** The answer to Login. @throws ServiceError */
  login(username: string, password: string): Promise<Record<string, unknown>>;
  /** Kills the service and starts it again on the same store. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startPosternAndCommand(env: Env): Promise<PosternAndCommand> {
  const { path, remove } = await workingDirectory();
  let service = await startService(path, env);
  let client = reflectionClient(service.grpcAddress);
  return {
    directory: path,
    get client() {
      return client;
    },
    get service() {
      return service;
    },
    run: (...args) => runPostern(args, path, env),
    runWithInput: (stdin, ...args) => runPostern(args, path, env, stdin),
    write: (name, content) => writeFile(join(path, name), content),
    login: (username, password) => client.call('postern.auth.v1.AuthService/Login', { username, password }),
    async restart() {
      client.close();
      await service.stop('SIGKILL');
      service = await startService(path, env);
      client = reflectionClient(service.grpcAddress);
    },
    async close() {
      client.close();
      await service.stop();
      await remove();
    },
  };
}
