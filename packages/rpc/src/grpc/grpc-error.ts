import type { CallFailure } from './call-failure.ts';
import { GrpcCode } from './status.ts';

/** A call that failed, by gRPC's number; `message` is what the service said, without gRPC's prefix. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: number;

  constructor(code: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export function grpcErrorOf(failure: CallFailure): GrpcError {
  switch (failure.kind) {
    case 'refused': return new GrpcError(failure.code, failure.message);
    case 'lost': return new GrpcError(GrpcCode.UNAVAILABLE, failure.end.error?.message ?? 'the stream was closed', failure.end.error);
    case 'noMessage': return new GrpcError(GrpcCode.INTERNAL, 'an answer without a message');
  }
}
