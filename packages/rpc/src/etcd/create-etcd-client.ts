import { systemClock } from '@kubernode/base';
import { EndpointPool, nothing, type EndpointPoolOptions, type Method } from './endpoint-pool.ts';
import type { EtcdCallOptions, EtcdClient } from './etcd-client.ts';
import { EtcdError } from './etcd-error.ts';
import * as kv from './kv-messages.ts';
import * as lease from './lease-messages.ts';
import { watchStream } from './watch-stream.ts';

export interface EtcdClientOptions extends EndpointPoolOptions {
  /** How long a watch may be silent before a sign of life is asked for. */
  progressIntervalMs?: number | undefined;
}

/** Shorter: what a member has handed to a leader that froze or died is never answered, and callers know how to find out what became of it. */
const TXN_TIMEOUT_MS = 2_000;
const PROGRESS_INTERVAL_MS = 1_000;

const RANGE = { path: '/etcdserverpb.KV/Range', encode: kv.encodeRange, decode: kv.decodeRange, isRead: true, endsWithElection: true as const };
const PUT = { path: '/etcdserverpb.KV/Put', encode: kv.encodePut, decode: kv.decodePut, isRead: false };
const DELETE = { path: '/etcdserverpb.KV/DeleteRange', encode: kv.encodeDelete, decode: kv.decodeDelete, isRead: false };
const TXN = { path: '/etcdserverpb.KV/Txn', encode: kv.encodeTxn, decode: kv.decodeTxn, isRead: false, timeoutMs: TXN_TIMEOUT_MS, endsWithElection: true as const };
const COMPACT = { path: '/etcdserverpb.KV/Compact', encode: kv.encodeCompaction, decode: nothing, isRead: false };
const LEASE_GRANT = { path: '/etcdserverpb.Lease/LeaseGrant', encode: lease.encodeLeaseGrant, decode: lease.decodeLease, isRead: false };
const LEASE_REVOKE = { path: '/etcdserverpb.Lease/LeaseRevoke', encode: lease.encodeLeaseId, decode: nothing, isRead: false };
/** A stream to etcd, but one question and one answer do. */
const LEASE_KEEP_ALIVE = { path: '/etcdserverpb.Lease/LeaseKeepAlive', encode: lease.encodeLeaseId, decode: lease.decodeLease, isRead: true };

/** A client of the etcd behind `endpoints`. Connects with the first call. */
export function createEtcdClient(options: EtcdClientOptions): EtcdClient {
  const { endpoints, progressIntervalMs = PROGRESS_INTERVAL_MS, clock = systemClock } = options;
  const pool = new EndpointPool(options);
  const call = <Request, Response>(method: Method<Request, Response>) => (request: Request, callOptions?: EtcdCallOptions) => pool.call(method, request, callOptions);
  return {
    endpoints,
    range: call(RANGE), put: call(PUT), delete: call(DELETE), txn: call(TXN), compact: call(COMPACT),
    grantLease: call(LEASE_GRANT), revokeLease: call(LEASE_REVOKE), keepLeaseAlive: call(LEASE_KEEP_ALIVE),
    isReachable: ({ timeoutMs }) => pool.isReachable(timeoutMs),
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
