import type { ServerHttp2Stream } from 'node:http2';
import { decodeFailure, decodeRequest } from '../../transport/methods/decode-request';
import type { RpcMethod } from '../../transport/methods/method';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import type { GrpcCall } from './grpc-call';
import type { CallPolicy } from './incoming-call';
import { ServerCall } from './server-call';

/** One request, one response. It is answered when its message has come; a second message is not looked at. */
export class UnaryCall extends ServerCall {
  #hasRequest = false;

  constructor(
    stream: ServerHttp2Stream,
    policy: CallPolicy,
    pipeline: CallPipeline,
    private readonly method: RpcMethod,
  ) {
    super(stream, policy, pipeline);
  }

  override onMessage(message: Buffer): void {
    if (this.isOver || this.#hasRequest) return;
    this.#hasRequest = true;
    const response = this.method.handle(decodeRequest(this.method, message), this.call as GrpcCall);
    if (response instanceof Promise) response.then(this.#answer, (error) => this.fail(error));
    else this.#answer(response);
  }

  protected override onHalfClose(): void {
    if (!this.#hasRequest) throw decodeFailure();
  }

  readonly #answer = (response: unknown): void => {
    if (this.isOver) return;
    let bytes: Buffer;
    try {
      bytes = this.method.encode(response);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.succeed(bytes);
  };
}
