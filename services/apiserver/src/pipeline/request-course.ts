import type { Clock } from '@kubernode/base';
import type { Span } from '@kubernode/tracing';

/** Of what an outgoing call tells who asked for it. */
export type CourseHeaders = Readonly<Record<string, string>>;

/** Ids of clients that may go on in headers: any other could be too long or malformed for whoever is asked, and a webhook that cannot be asked may be passed over. */
const PASSED_ON_ID = /^[\x21-\x7e]{1,64}$/;

/**
 * How one request goes: where its time is spent, and what others are told who work for it. A few numbers for every request; spans only for
 * those that are traced.
 */
export class RequestCourse {
  readonly #clock: Pick<Clock, 'monotonicNow'>;
  /** Under which the request stands in logs, here and with whoever is asked on its behalf. */
  auditId = '';
  /** It has been let in: until then it was authenticated, authorized, and waited for its turn. Monotonic; 0 before. */
  enteredMs = 0;
  mutatingMs = 0;
  validatingMs = 0;
  etcdMs = 0;
  etcdCalls = 0;
  webhookMs = 0;
  webhookCalls = 0;
  /** What is traced now; undefined for almost all requests. */
  span: Span | undefined;

  constructor(clock: Pick<Clock, 'monotonicNow'>) { this.#clock = clock; }

  now(): number { return this.#clock.monotonicNow(); }

  /** Of calls of other servers. */
  get headers(): CourseHeaders {
    return { ...(PASSED_ON_ID.test(this.auditId) && { 'audit-id': this.auditId }), ...(this.span !== undefined && { traceparent: this.span.traceparent }) };
  }

  /** A transaction of etcd is over. */
  transacted(durationMs: number): void {
    this.etcdMs += durationMs;
    this.etcdCalls++;
  }

  /** A transaction of etcd begins, for those who trace; undefined where nobody does. */
  transaction(operation: string): Span | undefined {
    return this.span?.child(SPAN_NAMES[operation] ?? operation, { kind: 'client', attributes: { 'rpc.system': 'grpc', 'rpc.service': 'etcdserverpb.KV', 'rpc.method': 'Txn' } });
  }

  /** A webhook has answered, or not. */
  called(durationMs: number): void {
    this.webhookMs += durationMs;
    this.webhookCalls++;
  }
}

/** As Kubernetes calls them. */
const SPAN_NAMES: Readonly<Record<string, string>> = { create: 'Create etcd3', update: 'GuaranteedUpdate etcd3', delete: 'Delete etcd3' };
