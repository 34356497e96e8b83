import { performance } from 'node:perf_hooks';
import { type Metadata, ServerInterceptingCall, type ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { refusalMetadata } from './answer-metadata';
import { callOf, mustBeAdmitted } from './call-head';
import type { Expiring, Leave } from './interceptors/deadline';
import type { Admit } from './interceptors/rate-limit';
import { DEADLINE_EXCEEDED, statusOf } from './status';
import type { Chain } from './unary';

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
    private readonly chain: Chain,
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
    const call = callOf(this, metadata, this.chain);
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
    this.#leave = this.chain.deadlines.enter(this, performance.now());
    listener.onReceiveMetadata(metadata);
  }

  #settle(): void {
    if (this.#leave === undefined) return;
    this.chain.deadlines.leave(this.#leave);
    this.#leave = undefined;
  }
}
