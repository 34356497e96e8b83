import { Code } from '../errors/code';
import { TransportError } from '../errors/status';

/** Of one message, compressed or not. */
export const MAX_MESSAGE_BYTES = 128 * 1024;

export function tooLarge(maxBytes: number): TransportError {
  return new TransportError(Code.RESOURCE_EXHAUSTED, `Received message larger than max (${maxBytes} bytes)`);
}
