import type { Clock } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import { defragmentMembers, observeEtcd, planDefrag, type Defragmented, type EtcdAdmin, type EtcdClient } from '@kubernode/rpc';
import { assertRoomToDefragment, type DataDisk } from './disk-room.ts';

export interface RepairSpaceOptions {
  client: EtcdClient;
  admin: EtcdAdmin;
  /** Of the members on this host. */
  disks: readonly DataDisk[];
  clock: Clock;
  signal: AbortSignal;
  onCompacted: (revision: number) => void;
  onDefragmented: (one: Defragmented) => void;
  onDisarmed: (member: string) => void;
}

/** `physical` waits until all of it is gone. */
const COMPACT_TIMEOUT_MS = 300_000;

/**
 * Makes a full etcd writable again: forgets all history, gives the room back, member by member, and takes back the alarm. Watchers that were
 * behind list anew; nothing that is there now is lost.
 */
export async function repairSpace({ client, admin, disks, clock, signal, onCompacted, onDefragmented, onDisarmed }: RepairSpaceOptions): Promise<void> {
  const { revision } = await client.range({ key: '\0', limit: 1, keysOnly: true }, { signal });
  try { await client.compact({ revision, physical: true }, { signal, timeoutMs: COMPACT_TIMEOUT_MS }); } catch (error) {
    if (!isAlreadyCompacted(error)) throw error;
  }
  onCompacted(revision);
  const etcd = await observeEtcd(admin, signal);
  const plan = planDefrag(etcd, { minFreeBytes: 0, minFreeShare: 0 });
  if (plan.verdict === 'unsafe') throw new UserError(`history is gone, but no room is given back while ${plan.why}; then run it again`);
  if (plan.verdict === 'go') await defragmentMembers(plan.order, { admin, clock, signal, onBegin: (member, status) => assertRoomToDefragment(member, status, { disks, admin, clock, signal }), onDone: onDefragmented });
  for (const alarm of await admin.alarms({ signal })) {
    if (alarm.alarm !== 'noSpace') continue;
    await admin.disarm(alarm, { signal });
    onDisarmed(etcd.members.find(({ member }) => member.id === alarm.memberId)?.member.name ?? alarm.memberId.toString(16));
  }
}

function isAlreadyCompacted(error: unknown): boolean { return error instanceof Error && error.message.includes('required revision has been compacted'); }
