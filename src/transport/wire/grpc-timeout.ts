import { Code } from '../errors/code';
import { TransportError } from '../errors/status';

/** At most eight digits and a unit (gRPC over HTTP/2, "Timeout"): no sign, no fraction. */
const SHAPE = /^(\d{1,8})([HMSmun])$/;

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};

/**
 * Parses `grpc-timeout` into ms, which may be a fraction; Infinity without one. @throws TransportError INTERNAL when
 * malformed, as other servers do
 */
export function parseGrpcTimeout(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const [, digits, unit = ''] = SHAPE.exec(text) ?? [];
  if (digits === undefined) throw new TransportError(Code.INTERNAL, 'Malformed grpc-timeout');
  return Number(digits) * (MS_PER_UNIT[unit] as number);
}
