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

/** gRPC's codes, as far as etcd uses them. */
const OK = 0, CANCELLED = 1, UNKNOWN = 2, DEADLINE_EXCEEDED = 4, NOT_FOUND = 5, RESOURCE_EXHAUSTED = 8, UNAVAILABLE = 14, UNAUTHENTICATED = 16;

/** Refusals that etcd gives before it proposes anything to its peers. */
const REFUSED_UNDONE = ['etcdserver: no leader', 'etcdserver: too many requests', 'etcdserver: rpc not supported for learner', 'etcdserver: not capable', 'etcdserver: unhealthy cluster'];

/** The error of an answer whose gRPC status is not OK. */
export function errorOfAnswer(grpcStatus: number, message: string): EtcdError {
  const undone = REFUSED_UNDONE.some((text) => message.startsWith(text));
  const make = (code: EtcdErrorCode, fateUnknown = false): EtcdError => new EtcdError({ code, message, grpcStatus, fateUnknown });
  if (message.includes('required revision has been compacted')) return make('compacted');
  if (message.includes('required revision is a future revision')) return make('futureRevision');
  if (message.includes('database space exceeded')) return make('noSpace');
  if (message.includes('request is too large')) return make('requestTooLarge');
  if (message.includes('too many requests')) return make('tooManyRequests');
  switch (grpcStatus) {
    case UNAVAILABLE: return make('unavailable', !undone);
    case DEADLINE_EXCEEDED: return make('deadlineExceeded', true);
    case CANCELLED: return make('unavailable', true);
    case UNKNOWN: return make('other', true);
    case NOT_FOUND: return make(message.includes('lease') ? 'leaseNotFound' : 'other');
    case RESOURCE_EXHAUSTED: return make('requestTooLarge');
    case UNAUTHENTICATED: return make('unauthenticated');
    case OK: return make('protocol', true);
    default: return make('other');
  }
}
