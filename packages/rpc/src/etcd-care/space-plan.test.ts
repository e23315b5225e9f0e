import type { EtcdStatus } from '../etcd/etcd-admin.ts';
import type { ObservedEtcd, ObservedMember } from './observe-members.ts';
import { planDefrag } from './space-plan.ts';

const MB = 1_000_000;
const choice = { minFreeBytes: 10 * MB, minFreeShare: 0.5 };
const member = (id: bigint, change: Partial<EtcdStatus> | 'away' = {}): ObservedMember => ({
  member: { id, name: `etcd-${id}`, peerUrls: [], clientUrls: [`http://${id}`], isLearner: false }, endpoint: `http://${id}`,
  status: change === 'away' ? undefined : { version: '3.4.23', memberId: id, clusterId: 9n, isLearner: false, leader: 1n, revision: 1, raftTerm: 1, raftIndex: 1, raftAppliedIndex: 1, dbSize: 100 * MB, dbSizeInUse: 10 * MB, dbSizeQuota: 0, errors: [], ...change },
});
const etcd = (members: ObservedMember[], alarms: ObservedEtcd['alarms'] = []): ObservedEtcd => ({ members, alarms });

test('the leader goes last', () => {
  const plan = planDefrag(etcd([member(1n), member(2n), member(3n)]), choice);
  expect(plan.verdict === 'go' ? plan.order.map(({ member: { id } }) => id) : plan).toEqual([2n, 3n, 1n]);
});

test('members that would gain too little are left alone', () => {
  const plan = planDefrag(etcd([member(1n), member(2n, { dbSizeInUse: 60 * MB }), member(3n, { dbSize: 12 * MB, dbSizeInUse: 3 * MB })]), choice);
  expect(plan.verdict === 'go' ? plan.order.map(({ member: { id } }) => id) : plan).toEqual([1n]);
  expect(planDefrag(etcd([member(1n, { dbSizeInUse: 99 * MB })]), choice)).toEqual({ verdict: 'nothing', why: 'no member would gain enough' });
});

test.each<[string, ObservedEtcd, string]>([
  ['a member is away', etcd([member(1n), member(2n), member(3n, 'away')]), 'etcd-3 does not answer'],
  ['they follow different leaders', etcd([member(1n), member(2n, { leader: 2n }), member(3n)]), 'the members do not agree on a leader'],
  ['there is no leader', etcd([member(1n, { leader: 0n })]), 'the members do not agree on a leader'],
  ['data are corrupt', etcd([member(1n)], [{ memberId: 1n, alarm: 'corrupt' }]), 'a member says that its data are corrupt'],
])('nobody is defragmented while %s', (_, observed, why) => {
  expect(planDefrag(observed, choice)).toEqual({ verdict: 'unsafe', why });
});
