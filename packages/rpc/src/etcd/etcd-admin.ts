import { systemClock, type Clock } from '@kubernode/base';
import * as admin from './admin-messages.ts';
import { EndpointPool, nothing, STATUS, type EndpointPoolOptions, type Method } from './endpoint-pool.ts';
import type { EtcdCallOptions } from './etcd-client.ts';
import { snapshotStream } from './snapshot-stream.ts';

/** A member as it sees itself. */
export interface EtcdStatus {
  version: string;
  memberId: bigint;
  clusterId: bigint;
  isLearner: boolean;
  /** The leader's member id; 0n when it knows none. */
  leader: bigint;
  revision: number;
  raftTerm: number;
  raftIndex: number;
  raftAppliedIndex: number;
  /** Of the file, bytes; defragmenting brings it down to about `dbSizeInUse`. */
  dbSize: number;
  dbSizeInUse: number;
  /** What `--quota-backend-bytes` allows; 0 from members before 3.6, which do not tell. */
  dbSizeQuota: number;
  /** Alarms and the like, in etcd's words. */
  errors: string[];
}

export interface EtcdMember {
  id: bigint;
  /** Empty as long as it was added and has not started. */
  name: string;
  peerUrls: string[];
  clientUrls: string[];
  isLearner: boolean;
}

export interface EtcdAlarm { memberId: bigint; alarm: 'none' | 'noSpace' | 'corrupt' }

/** Of all keys and their history from the last compaction to a revision: equal at members that hold the same. */
export interface EtcdHash {
  /** The store's when it answered. */
  revision: number;
  compactRevision: number;
  hash: number;
}

/**
 * The care of a cluster of etcd: members, alarms, sizes, snapshots. Calls that name an endpoint go to the member behind it, which need not
 * be among the endpoints the client was made for; the others go to any member. Every fault is an `EtcdError`; an abort is an AbortError.
 */
export interface EtcdAdmin {
  readonly endpoints: readonly string[];
  /** As the majority knows them. */
  members(options?: EtcdCallOptions): Promise<EtcdMember[]>;
  /** As one member knows them, also when there is no majority (from 3.5 on; those before always answer so). */
  membersAt(endpoint: string, options?: EtcdCallOptions): Promise<EtcdMember[]>;
  /**
   * Announces a member that is to be started next, with `--initial-cluster-state=existing`. As a learner it has no vote until promoted, so
   * that one that never starts takes no quorum. etcd refuses while a member is away or has been back for less than five seconds (`isMembershipUnsafe`).
   */
  addMember(request: { peerUrls: readonly string[]; isLearner: boolean }, options?: EtcdCallOptions): Promise<EtcdMember>;
  /** Gives a learner its vote. Refused until it has caught up (`isNotReadyToPromote`): ask again. */
  promoteMember(id: bigint, options?: EtcdCallOptions): Promise<void>;
  removeMember(id: bigint, options?: EtcdCallOptions): Promise<void>;
  /** Asks the leader, behind `endpoint`, to hand over. */
  moveLeader(endpoint: string, target: bigint, options?: EtcdCallOptions): Promise<void>;
  alarms(options?: EtcdCallOptions): Promise<EtcdAlarm[]>;
  disarm(alarm: EtcdAlarm, options?: EtcdCallOptions): Promise<void>;
  status(endpoint: string, options?: EtcdCallOptions): Promise<EtcdStatus>;
  /** Gives free pages back to the file system; the member answers nothing meanwhile. */
  defragment(endpoint: string, options?: EtcdCallOptions): Promise<void>;
  /** Up to `revision`, or up to now with 0. */
  hashKv(endpoint: string, revision: number, options?: EtcdCallOptions): Promise<EtcdHash>;
  /**
   * The member's database, as `etcdctl snapshot save` would write it: its last 32 bytes are the SHA-256 of those before. Ends without a fault
   * only when they agree. Its reader holds it up. Fails when nothing comes for `SNAPSHOT_SILENCE_MS`.
   */
  snapshot(endpoint: string, options: { signal: AbortSignal }): AsyncIterable<Buffer>;
  close(): void;
}

/** Defragmenting takes a second for some hundred megabytes, and whole members with it. */
const DEFRAGMENT_TIMEOUT_MS = 120_000;
/** It reads all there is. */
const HASH_TIMEOUT_MS = 60_000;
/** Members agree on it, and the new one has to be reached. */
const MEMBER_TIMEOUT_MS = 15_000;

const MEMBER_LIST = { path: '/etcdserverpb.Cluster/MemberList', encode: admin.encodeMemberList, decode: admin.decodeMemberList, isRead: true };
const MEMBER_ADD = { path: '/etcdserverpb.Cluster/MemberAdd', encode: admin.encodeMemberAdd, decode: admin.decodeMemberAdd, isRead: false, timeoutMs: MEMBER_TIMEOUT_MS };
const MEMBER_PROMOTE = { path: '/etcdserverpb.Cluster/MemberPromote', encode: admin.encodeMemberId, decode: nothing, isRead: false, timeoutMs: MEMBER_TIMEOUT_MS };
const MEMBER_REMOVE = { path: '/etcdserverpb.Cluster/MemberRemove', encode: admin.encodeMemberId, decode: nothing, isRead: false, timeoutMs: MEMBER_TIMEOUT_MS };
const MOVE_LEADER = { path: '/etcdserverpb.Maintenance/MoveLeader', encode: admin.encodeMoveLeader, decode: nothing, isRead: false, timeoutMs: MEMBER_TIMEOUT_MS };
const ALARM_GET = { path: '/etcdserverpb.Maintenance/Alarm', encode: admin.encodeAlarmGet, decode: admin.decodeAlarms, isRead: true };
const ALARM_OFF = { path: '/etcdserverpb.Maintenance/Alarm', encode: admin.encodeAlarmDeactivate, decode: nothing, isRead: false };
const DEFRAGMENT = { path: '/etcdserverpb.Maintenance/Defragment', encode: admin.encodeEmpty, decode: nothing, isRead: false, timeoutMs: DEFRAGMENT_TIMEOUT_MS };
const HASH_KV = { path: '/etcdserverpb.Maintenance/HashKV', encode: admin.encodeHashKv, decode: admin.decodeHashKv, isRead: true, timeoutMs: HASH_TIMEOUT_MS };

/** Connects with the first call. */
export function createEtcdAdmin(options: EndpointPoolOptions): EtcdAdmin {
  const clock: Clock = options.clock ?? systemClock;
  const pool = new EndpointPool(options);
  const call = <Request, Response>(method: Method<Request, Response>) => (request: Request, callOptions?: EtcdCallOptions) => pool.call(method, request, callOptions);
  return {
    endpoints: options.endpoints,
    members: (callOptions) => pool.call(MEMBER_LIST, true, callOptions),
    membersAt: (endpoint, callOptions) => pool.callAt(endpoint, MEMBER_LIST, false, callOptions),
    addMember: call(MEMBER_ADD), promoteMember: call(MEMBER_PROMOTE), removeMember: call(MEMBER_REMOVE),
    moveLeader: (endpoint, target, callOptions) => pool.callAt(endpoint, MOVE_LEADER, target, callOptions),
    alarms: (callOptions) => pool.call(ALARM_GET, undefined, callOptions),
    disarm: call(ALARM_OFF),
    status: (endpoint, callOptions) => pool.callAt(endpoint, STATUS, undefined, callOptions),
    defragment: (endpoint, callOptions) => pool.callAt(endpoint, DEFRAGMENT, undefined, callOptions),
    hashKv: (endpoint, revision, callOptions) => pool.callAt(endpoint, HASH_KV, revision, callOptions),
    snapshot: (endpoint, { signal }) => snapshotStream({ connection: pool.at(endpoint), clock, signal }),
    close: () => pool.close(),
  };
}
