import {
  type CallOptions,
  type ChannelCredentials,
  type Client,
  type ClientOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  type Metadata,
  makeGenericClientConstructor,
  type ServiceDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { AdminServiceService } from '../../../src/gen/postern/auth/v1/admin_service';
import { AuthServiceService } from '../../../src/gen/postern/auth/v1/auth_service';

type Callback<Response> = (error: ServiceError | null, response: Response) => void;

interface Unary<Request, Response> {
  (request: Request, callback: Callback<Response>): ClientUnaryCall;
  (request: Request, metadata: Metadata, callback: Callback<Response>): ClientUnaryCall;
  (request: Request, metadata: Metadata, options: Partial<CallOptions>, callback: Callback<Response>): ClientUnaryCall;
}

interface ServerStreaming<Request, Response> {
  (request: Request, options?: Partial<CallOptions>): ClientReadableStream<Response>;
  (request: Request, metadata?: Metadata, options?: Partial<CallOptions>): ClientReadableStream<Response>;
}

interface Codecs<Request, Response> {
  readonly requestDeserialize: (bytes: Buffer) => Request;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/** A grpc-js client of a generated service definition: a method for each of its RPCs. */
type ServiceClient<Service> = Client & {
  readonly [Name in keyof Service]: Service[Name] extends Codecs<infer Request, infer Response>
    ? Service[Name] extends { readonly responseStream: true }
      ? ServerStreaming<Request, Response>
      : Unary<Request, Response>
    : never;
};

type Constructor<Service> = new (
  address: string,
  credentials: ChannelCredentials,
  options?: Partial<ClientOptions>,
) => ServiceClient<Service>;

function makeClient<Service extends ServiceDefinition>(service: Service, name: string): Constructor<Service> {
  return makeGenericClientConstructor(service, name) as unknown as Constructor<Service>;
}

export type AuthServiceClient = ServiceClient<AuthServiceService>;
export const AuthServiceClient = makeClient(AuthServiceService, 'AuthService');

export type AdminServiceClient = ServiceClient<AdminServiceService>;
export const AdminServiceClient = makeClient(AdminServiceService, 'AdminService');
