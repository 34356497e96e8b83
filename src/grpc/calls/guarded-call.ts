import { performance } from 'node:perf_hooks';
import { type Metadata, ServerInterceptingCall, type ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { DEADLINE_EXCEEDED, statusOf } from '../../transport/errors/status';
import type { Admit } from '../../transport/limits/rate-limit';
import type { CallPipeline } from '../../transport/pipeline/call-pipeline';
import type { Expiring, Leave } from '../../transport/pipeline/deadline-queue';
import { refusalMetadata } from './answer-metadata';
import { callOf, mustBeAdmitted } from './call-head';

type Listener = Parameters<ServerInterceptingCallInterface['start']>[0];
type Status = Parameters<ServerInterceptingCallInterface['sendStatus']>[0];

/**
 * A call of a service that brings its own grpc-js handlers (health, reflection), which may stream for long: the limits hold, and the
 * first message must have arrived before the deadline.
 */
export class GuardedCall extends ServerInterceptingCall implements Expiring {
  #leave: Leave | undefined = undefined;

  constructor(
    transport: ServerInterceptingCallInterface,
    private readonly admit: Admit | undefined,
    private readonly pipeline: CallPipeline,
  ) {
    super(transport);
  }

  override start(listener: Listener): void {
    super.start({
      onReceiveMetadata: (metadata) => this.#begin(metadata, listener),
      onReceiveMessage: (message) => {
        this.#settle();
        listener.onReceiveMessage(message);
      },
      onReceiveHalfClose: () => listener.onReceiveHalfClose(),
      onCancel: () => {
        this.#settle();
        listener.onCancel();
      },
    });
  }

  override sendStatus(status: Status): void {
    this.#settle();
    super.sendStatus(status);
  }

  expire(): void {
    this.sendStatus({ code: DEADLINE_EXCEEDED.code, details: DEADLINE_EXCEEDED.message });
  }

  #begin(metadata: Metadata, listener: Listener): void {
    const call = callOf(this, metadata, this.pipeline);
    try {
      mustBeAdmitted(call, this.admit);
    } catch (error) {
      const status = statusOf(error);
      this.sendStatus({
        code: status.code,
        details: status.message,
        metadata: refusalMetadata(call.requestId, status),
      });
      return;
    }
    this.#leave = this.pipeline.deadlines.enter(this, performance.now());
    listener.onReceiveMetadata(metadata);
  }

  #settle(): void {
    if (this.#leave === undefined) return;
    this.pipeline.deadlines.leave(this.#leave);
    this.#leave = undefined;
  }
}
