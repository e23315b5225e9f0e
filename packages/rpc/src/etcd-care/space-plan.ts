import { leaderOf, type ObservedEtcd, type ObservedMember } from './observe-members.ts';

/** A share of the quota from which on it is told. */
export const FULL_SHARE = 0.8;

export interface DefragChoice {
  /** A member whose file has fewer free bytes is left alone. */
  minFreeBytes: number;
  /** Likewise, as a share of its file. */
  minFreeShare: number;
}

export type DefragPlan = { verdict: 'nothing' | 'unsafe'; why: string } | { verdict: 'go'; order: readonly ObservedMember[] };

/**
 * Whom to defragment, in which order: a member answers nothing meanwhile, so they go one at a time, the leader last, and only while all others
 * are well. Of three one may be away; of one alone everybody waits.
 */
export function planDefrag(etcd: ObservedEtcd, { minFreeBytes, minFreeShare }: DefragChoice): DefragPlan {
  const fault = reasonAgainst(etcd);
  if (fault !== undefined) return { verdict: 'unsafe', why: fault };
  const worth = etcd.members.filter(({ status }) => status !== undefined && freeBytes(status) >= minFreeBytes && freeBytes(status) >= minFreeShare * status.dbSize);
  if (worth.length === 0) return { verdict: 'nothing', why: 'no member would gain enough' };
  const leader = leaderOf(etcd);
  return { verdict: 'go', order: worth.toSorted((a, b) => Number(a === leader) - Number(b === leader)) };
}

/** Why no member may be away now; undefined when one may. */
export function reasonAgainst(etcd: ObservedEtcd): string | undefined {
  const away = etcd.members.find(({ status }) => status === undefined);
  if (away !== undefined) return `${away.member.name || away.member.id.toString(16)} does not answer`;
  const leaders = new Set(etcd.members.map(({ status }) => status?.leader));
  if (leaders.size !== 1 || leaders.has(0n) || leaderOf(etcd) === undefined) return 'the members do not agree on a leader';
  if (etcd.alarms?.some(({ alarm }) => alarm === 'corrupt') === true) return 'a member says that its data are corrupt';
  return undefined;
}

export function freeBytes({ dbSize, dbSizeInUse }: { dbSize: number; dbSizeInUse: number }): number { return Math.max(0, dbSize - dbSizeInUse); }
