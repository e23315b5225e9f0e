import { FULL_SHARE, reasonAgainst, type ObservedEtcd, type ObservedMember } from '@kubernode/rpc';

/** A member as `kubernode etcd status -o json` tells of it. */
export interface MemberStatus {
  name: string;
  id: string;
  endpoint: string;
  state: 'leader' | 'follower' | 'learner' | 'without a leader' | 'not started' | 'does not answer';
  version: string;
  dbSize: number;
  dbSizeInUse: number;
  /** 0 when the member does not tell, as those before 3.6. */
  dbSizeQuota: number;
  revision: number;
  raftTerm: number;
  raftIndex: number;
  raftAppliedIndex: number;
}

export interface EtcdDescription { members: MemberStatus[]; alarms: { member: string; alarm: string }[]; faults: string[] }

export function describeEtcd(etcd: ObservedEtcd): EtcdDescription {
  const nameOf = (id: bigint): string => etcd.members.find(({ member }) => member.id === id)?.member.name ?? id.toString(16);
  const alarms = (etcd.alarms ?? []).map(({ memberId, alarm }) => ({ member: nameOf(memberId), alarm }));
  const faults = [reasonAgainst(etcd), etcd.alarms === undefined ? 'there is no majority' : undefined].filter((one) => one !== undefined);
  for (const { member, alarm } of alarms) faults.push(alarm === 'noSpace' ? `${member} is full: nothing can be written; 'kubernode etcd repair-space' makes room` : `${member} has the alarm ${alarm}`);
  const members = etcd.members.map(describeMember);
  for (const { name, dbSize, dbSizeQuota } of members) if (dbSizeQuota > 0 && dbSize >= FULL_SHARE * dbSizeQuota) faults.push(`${name} uses ${Math.round(100 * dbSize / dbSizeQuota)} % of its quota`);
  return { members, alarms, faults };
}

function describeMember({ member, endpoint, status }: ObservedMember): MemberStatus {
  const { version = '-', dbSize = 0, dbSizeInUse = 0, dbSizeQuota = 0, revision = 0, raftTerm = 0, raftIndex = 0, raftAppliedIndex = 0 } = status ?? {};
  return { name: member.name === '' ? '-' : member.name, id: member.id.toString(16), endpoint: endpoint ?? '-', state: stateOf({ member, endpoint, status }), version, dbSize, dbSizeInUse, dbSizeQuota, revision, raftTerm, raftIndex, raftAppliedIndex };
}

function stateOf({ member, endpoint, status }: ObservedMember): MemberStatus['state'] {
  if (endpoint === undefined) return 'not started';
  if (status === undefined) return 'does not answer';
  if (member.isLearner) return 'learner';
  if (status.leader === 0n) return 'without a leader';
  return status.leader === status.memberId ? 'leader' : 'follower';
}
