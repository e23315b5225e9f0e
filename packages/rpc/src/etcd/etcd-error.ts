import type { CallFailure } from '../grpc/call-failure.ts';
import { GrpcCode } from '../grpc/status.ts';
import { MalformedMessageError } from '../protobuf/message-reader.ts';

/** What went wrong, as far as callers decide by it. */
export type EtcdErrorCode =
  | 'unavailable'        // no member could be reached, has no leader, or hung up
  | 'deadlineExceeded'   // no answer in time
  | 'compacted' | 'futureRevision'
  | 'noSpace' | 'requestTooLarge' | 'tooManyRequests'
  | 'leaseNotFound' | 'unauthenticated'
  | 'protocol'           // an answer that makes no sense
  | 'other';

export interface EtcdErrorInit {
  code: EtcdErrorCode;
  message: string;
  /** True when etcd may have done what it was asked, or may still do it. */
  fateUnknown?: boolean;
  /** gRPC's number, when etcd answered. */
  grpcStatus?: number;
  /** Up to where history is gone, with code `compacted` of a watch. */
  compactRevision?: number;
  cause?: unknown;
}

/** A fault of etcd or of the way to it. `message` is etcd's own text when there is one. */
export class EtcdError extends Error {
  readonly code: EtcdErrorCode;
  readonly fateUnknown: boolean;
  readonly grpcStatus: number | undefined;
  readonly compactRevision: number | undefined;

  constructor({ code, message, fateUnknown = false, grpcStatus, compactRevision, cause }: EtcdErrorInit) {
    super(message, { cause });
    this.name = 'EtcdError';
    this.code = code;
    this.fateUnknown = fateUnknown;
    this.grpcStatus = grpcStatus;
    this.compactRevision = compactRevision;
  }
}

/** True when the same call may succeed a little later and sending it again does no harm: etcd has not done it. */
export function isRetriable(error: unknown): boolean {
  return error instanceof EtcdError && !error.fateUnknown && (error.code === 'unavailable' || error.code === 'deadlineExceeded' || error.code === 'tooManyRequests');
}

/** True when etcd does not change its members now: one is away, or all have not been connected for five seconds yet. */
export function isMembershipUnsafe(error: unknown): boolean {
  return error instanceof EtcdError && (error.message.includes('unhealthy cluster') || error.message.includes('not enough started members'));
}

/** True when a learner has not caught up yet, or has not started: promoting it works later. */
export function isNotReadyToPromote(error: unknown): boolean {
  return error instanceof EtcdError && error.message.includes('can only promote a learner member which is in sync with leader');
}

/** Refusals that etcd gives before it proposes anything to its peers. */
const REFUSED_UNDONE = ['etcdserver: no leader', 'etcdserver: too many requests', 'etcdserver: rpc not supported for learner', 'etcdserver: not capable', 'etcdserver: unhealthy cluster'];

/** The error of a call to the member at `host`. */
export function etcdErrorOf(failure: CallFailure, host: string): EtcdError {
  switch (failure.kind) {
    case 'refused': return errorOfRefusal(failure.code, failure.message);
    case 'lost': return new EtcdError({ code: 'unavailable', message: `${host}: ${failure.end.error?.message ?? 'the stream was closed'}`, fateUnknown: !failure.end.isUntouched, cause: failure.end.error });
    case 'noMessage': return new EtcdError({ code: 'protocol', message: 'an answer without a message', fateUnknown: true });
  }
}

/** What etcd said, by one of the messages' decoders. Throws an EtcdError for what is none of etcd's messages. */
export function readMessage<T>(decode: (message: Buffer) => T, message: Buffer): T {
  try { return decode(message); } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    throw new EtcdError({ code: 'protocol', message: `from etcd: ${error.message}`, fateUnknown: true, cause: error });
  }
}

function errorOfRefusal(grpcStatus: number, message: string): EtcdError {
  const undone = REFUSED_UNDONE.some((text) => message.startsWith(text));
  const make = (code: EtcdErrorCode, fateUnknown = false): EtcdError => new EtcdError({ code, message, grpcStatus, fateUnknown });
  if (message.includes('required revision has been compacted')) return make('compacted');
  if (message.includes('required revision is a future revision')) return make('futureRevision');
  if (message.includes('database space exceeded')) return make('noSpace');
  if (message.includes('request is too large')) return make('requestTooLarge');
  if (message.includes('too many requests')) return make('tooManyRequests');
  switch (grpcStatus) {
    case GrpcCode.UNAVAILABLE: return make('unavailable', !undone);
    case GrpcCode.DEADLINE_EXCEEDED: return make('deadlineExceeded', true);
    case GrpcCode.CANCELLED: return make('unavailable', true);
    case GrpcCode.UNKNOWN: return make('other', true);
    case GrpcCode.NOT_FOUND: return make(message.includes('lease') ? 'leaseNotFound' : 'other');
    case GrpcCode.RESOURCE_EXHAUSTED: return make('requestTooLarge');
    case GrpcCode.UNAUTHENTICATED: return make('unauthenticated');
    case GrpcCode.OK: return make('protocol', true);
    default: return make('other');
  }
}
