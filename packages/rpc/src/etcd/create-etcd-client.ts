import { systemClock, type Clock } from '@kubernode/base';
import * as admin from './admin-messages.ts';
import type { EtcdCallOptions, EtcdClient } from './etcd-client.ts';
import { EtcdError } from './etcd-error.ts';
import { EndpointConnection, type EtcdTlsFiles } from './endpoint-connection.ts';
import * as kv from './kv-messages.ts';
import { watchStream } from './watch-stream.ts';

export interface EtcdClientOptions {
  /** `https://10.0.0.1:2379`; without a scheme http, or https when there are certificates. */
  endpoints: readonly string[];
  tls?: EtcdTlsFiles | undefined;
  clock?: Clock | undefined;
  /** How long a watch may be silent before a sign of life is asked for. */
  progressIntervalMs?: number | undefined;
}

interface Method<Request, Response> { path: string; encode: (request: Request) => Buffer; decode: (message: Buffer) => Response; isRead: boolean; timeoutMs?: number }

const TIMEOUT_MS = 5_000;
/** Shorter: what a member has handed to a leader that is frozen is never answered, and callers know how to find out what became of it. */
const TXN_TIMEOUT_MS = 3_000;
/** Defragmenting takes a second for some hundred megabytes, and whole members with it. */
const DEFRAGMENT_TIMEOUT_MS = 120_000;
const PROGRESS_INTERVAL_MS = 2_000;
/** What did not happen, and reads, are tried again for this long, one endpoint after the other: elections and restarts go unnoticed. */
const REPEAT_FOR_MS = 3_000;
const ROUND_DELAY_MS = 100;

const nothing = (): void => undefined;
const RANGE = { path: '/etcdserverpb.KV/Range', encode: kv.encodeRange, decode: kv.decodeRange, isRead: true };
const PUT = { path: '/etcdserverpb.KV/Put', encode: kv.encodePut, decode: kv.decodePut, isRead: false };
const DELETE = { path: '/etcdserverpb.KV/DeleteRange', encode: kv.encodeDelete, decode: kv.decodeDelete, isRead: false };
const TXN = { path: '/etcdserverpb.KV/Txn', encode: kv.encodeTxn, decode: kv.decodeTxn, isRead: false, timeoutMs: TXN_TIMEOUT_MS };
const COMPACT = { path: '/etcdserverpb.KV/Compact', encode: kv.encodeCompaction, decode: nothing, isRead: false };
const LEASE_GRANT = { path: '/etcdserverpb.Lease/LeaseGrant', encode: admin.encodeLeaseGrant, decode: admin.decodeLease, isRead: false };
const LEASE_REVOKE = { path: '/etcdserverpb.Lease/LeaseRevoke', encode: admin.encodeLeaseId, decode: nothing, isRead: false };
/** A stream to etcd, but one question and one answer do. */
const LEASE_KEEP_ALIVE = { path: '/etcdserverpb.Lease/LeaseKeepAlive', encode: admin.encodeLeaseId, decode: admin.decodeLease, isRead: true };
const MEMBER_LIST = { path: '/etcdserverpb.Cluster/MemberList', encode: admin.encodeMemberList, decode: admin.decodeMemberList, isRead: true };
const ALARM_GET = { path: '/etcdserverpb.Maintenance/Alarm', encode: admin.encodeAlarmGet, decode: admin.decodeAlarms, isRead: true };
const ALARM_OFF = { path: '/etcdserverpb.Maintenance/Alarm', encode: admin.encodeAlarmDeactivate, decode: nothing, isRead: false };
const STATUS = { path: '/etcdserverpb.Maintenance/Status', encode: admin.encodeEmpty, decode: admin.decodeStatus, isRead: true };
const DEFRAGMENT = { path: '/etcdserverpb.Maintenance/Defragment', encode: admin.encodeEmpty, decode: nothing, isRead: false, timeoutMs: DEFRAGMENT_TIMEOUT_MS };

/** A client of the etcd behind `endpoints`. Connects with the first call. */
export function createEtcdClient(options: EtcdClientOptions): EtcdClient {
  const { endpoints, progressIntervalMs = PROGRESS_INTERVAL_MS, clock = systemClock } = options;
  const pool = new EndpointPool(options);
  const call = <Request, Response>(method: Method<Request, Response>) => (request: Request, callOptions?: EtcdCallOptions) => pool.call(method, request, callOptions);
  return {
    endpoints,
    range: call(RANGE), put: call(PUT), delete: call(DELETE), txn: call(TXN), compact: call(COMPACT),
    grantLease: call(LEASE_GRANT), revokeLease: call(LEASE_REVOKE), keepLeaseAlive: call(LEASE_KEEP_ALIVE),
    members: (callOptions) => pool.call(MEMBER_LIST, undefined, callOptions),
    alarms: (callOptions) => pool.call(ALARM_GET, undefined, callOptions),
    disarm: call(ALARM_OFF),
    status: (endpoint, callOptions) => pool.callAt(endpoint, STATUS, undefined, callOptions),
    defragment: (endpoint, callOptions) => pool.callAt(endpoint, DEFRAGMENT, undefined, callOptions),
    async *watch(request, { signal }) {
      const connection = pool.current;
      try { yield* watchStream(request, { connection, clock, signal, progressIntervalMs }); } catch (error) {
        if (error instanceof EtcdError && error.code === 'unavailable') pool.moveFrom(connection);
        throw error;
      }
    },
    close: () => pool.close(),
  };
}

/** The connections to all endpoints, of which one is in use until it fails. */
class EndpointPool {
  readonly #connections: readonly EndpointConnection[];
  readonly #endpoints: readonly string[];
  readonly #clock: Clock;
  #index = 0;

  constructor({ endpoints, tls = {}, clock = systemClock }: EtcdClientOptions) {
    if (endpoints.length === 0) throw new EtcdError({ code: 'other', message: 'no endpoint of etcd is given' });
    this.#endpoints = endpoints;
    this.#clock = clock;
    this.#connections = endpoints.map((endpoint) => new EndpointConnection({ url: endpointUrl(endpoint, tls), tls, clock }));
  }

  get current(): EndpointConnection { return this.#connections[this.#index] as EndpointConnection; } // the index stays within

  moveFrom(failed: EndpointConnection): void {
    if (this.current === failed) this.#index = (this.#index + 1) % this.#connections.length;
  }

  async call<Request, Response>(method: Method<Request, Response>, request: Request, { signal, timeoutMs = method.timeoutMs ?? TIMEOUT_MS }: EtcdCallOptions = {}): Promise<Response> {
    const body = method.encode(request);
    const startedMs = this.#clock.monotonicNow();
    for (let attempt = 1; ; attempt++) {
      const connection = this.current;
      const leftMs = timeoutMs - (this.#clock.monotonicNow() - startedMs);
      const attemptMs = method.isRead && attempt === 1 && this.#connections.length > 1 ? leftMs / 2 : leftMs; // likewise: another member gets its chance
      try { return method.decode(await connection.unary({ path: method.path, body, signal, timeoutMs: attemptMs, requireLeader: true })); } catch (error) {
        if (!isOfMember(error)) throw error;
        this.moveFrom(connection);
        if (error.fateUnknown && !method.isRead) throw error;
        if (this.#clock.monotonicNow() - startedMs + ROUND_DELAY_MS >= Math.min(REPEAT_FOR_MS, timeoutMs)) throw error;
      }
      if (attempt % this.#connections.length === 0) await this.#clock.sleep(ROUND_DELAY_MS, { signal });
    }
  }

  async callAt<Request, Response>(endpoint: string, method: Method<Request, Response>, request: Request, { signal, timeoutMs = method.timeoutMs ?? TIMEOUT_MS }: EtcdCallOptions = {}): Promise<Response> {
    const connection = this.#connections[this.#endpoints.indexOf(endpoint)];
    if (connection === undefined) throw new EtcdError({ code: 'other', message: `${endpoint} is not an endpoint of this client` });
    return method.decode(await connection.unary({ path: method.path, body: method.encode(request), signal, timeoutMs }));
  }

  close(): void { for (const connection of this.#connections) connection.close(); }
}

/** True when another member may do better. */
function isOfMember(error: unknown): error is EtcdError {
  return error instanceof EtcdError && (error.code === 'unavailable' || error.code === 'deadlineExceeded');
}

function endpointUrl(endpoint: string, { caFile, certFile }: EtcdTlsFiles): URL {
  if (/^https?:\/\//.test(endpoint)) return new URL(endpoint);
  return new URL(`${caFile !== undefined || certFile !== undefined ? 'https' : 'http'}://${endpoint}`);
}
