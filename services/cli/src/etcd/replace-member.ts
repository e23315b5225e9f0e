import { existsSync, renameSync } from 'node:fs';
import type { Clock } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import { isMembershipUnsafe, isNotReadyToPromote, observeEtcd } from '@kubernode/rpc';
import { saveClusterConfig } from '../cluster/cluster-config.ts';
import { readPidFile } from '../host/pid-file.ts';
import { holdProcesses, releaseProcesses } from '../supervisor/hold-processes.ts';
import { openEtcd, type EtcdTarget } from './etcd-target.ts';
import { ownCluster } from './recover-quorum.ts';
import type { Step } from './swap-data.ts';
import { untilAccepted } from './until-accepted.ts';

export interface ReplaceMemberOptions { target: EtcdTarget; member: number; step: Step; clock: Clock; signal: AbortSignal }

/** Until a learner has all that the leader has; it is sent whole. */
const CATCH_UP_TIMEOUT_MS = 300_000;
/** etcd wants its members to have been connected for five seconds. */
const SAFE_TIMEOUT_MS = 30_000;

/** Gives a member of a cluster that has a majority without it an empty beginning: it is removed, added as a learner, catches up, and votes again. Its old data are kept aside. */
export async function replaceMember({ target, member, step, clock, signal }: ReplaceMemberOptions): Promise<void> {
  const { config, layout } = ownCluster(target);
  const name = `etcd-${member}`;
  if (member >= config.etcdMembers) throw new UserError(`there is no ${name}; this cluster has ${config.etcdMembers} members`);
  if (config.etcdMembers < 3) throw new UserError("a member alone cannot be replaced by what others have; bring back a backup with 'kubernode restore'");
  if (readPidFile(layout.pidFile('supervisor')) === undefined) throw new UserError("the cluster is down; 'kubernode up' brings it up, with the members that can be had");
  const endpoints = target.endpoints.filter((_, n) => n !== member);
  using etcd = openEtcd({ ...target, endpoints });
  const { members } = await observeEtcd(etcd.admin, signal);
  const others = members.filter(({ member: one }) => one.name !== name);
  const away = others.find(({ status }) => status === undefined || status.leader === 0n);
  if (away !== undefined) throw new UserError(`${away.member.name || 'another member'} is not well either; without a majority, 'kubernode etcd recover' makes a new cluster of what one member has`);
  const old = members.find(({ member: one }) => one.name === name)?.member;
  await step(`removed ${name} and kept its data aside`, async () => {
    await holdProcesses([name], { layout, clock, signal });
    if (old !== undefined) await untilAccepted(() => etcd.admin.removeMember(old.id, { signal }), isMembershipUnsafe, { timeoutMs: SAFE_TIMEOUT_MS, clock, signal });
    const stamp = new Date(clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    if (existsSync(layout.etcdData(member))) renameSync(layout.etcdData(member), `${layout.etcdData(member)}.before-${stamp}`);
  });
  const peerUrls = old?.peerUrls ?? [peerUrlOf(target, member)];
  const added = await step(`added ${name} as a learner`, async () => {
    const waiting = members.find(({ member: one }) => one.name === '' && one.peerUrls.join() === peerUrls.join())?.member; // of an attempt that was cut off
    const learner = waiting ?? await untilAccepted(() => etcd.admin.addMember({ peerUrls, isLearner: true }, { signal }), isMembershipUnsafe, { timeoutMs: SAFE_TIMEOUT_MS, clock, signal });
    saveClusterConfig(layout.configFile, { ...config, etcdJoined: [...new Set([...config.etcdJoined ?? [], member])] });
    await releaseProcesses([name], { layout, clock, signal });
    return learner;
  });
  await step(`${name} has caught up and votes`, () => untilAccepted(() => etcd.admin.promoteMember(added.id, { signal }), isNotReadyToPromote, { timeoutMs: CATCH_UP_TIMEOUT_MS, clock, signal }));
}

/** A client's port and the one beside it, as members of a cluster on one host have them. */
function peerUrlOf({ endpoints }: EtcdTarget, member: number): string {
  const url = new URL(endpoints[member] ?? '');
  url.port = String(Number(url.port) + 1);
  return url.origin;
}
