import type { Clock } from '@kubernode/base';
import type { EtcdAdmin, EtcdMember, EtcdStatus } from '../etcd/etcd-admin.ts';
import { EtcdError } from '../etcd/etcd-error.ts';
import { observeEtcd, type ObservedMember } from './observe-members.ts';
import { reasonAgainst } from './space-plan.ts';

export interface Defragmented { name: string; before: number; after: number; tookMs: number }

export interface DefragmentOptions {
  admin: EtcdAdmin;
  clock: Clock;
  signal: AbortSignal;
  /** Told of each right before its turn; what it rejects with ends all of it. */
  onBegin?: (member: EtcdMember, status: EtcdStatus) => Promise<void>;
  onDone: (one: Defragmented, member: EtcdMember) => void | Promise<void>;
}

const WELL_TIMEOUT_MS = 30_000;
const POLL_MS = 200;

/** One after the other: the next only when all are well again. Rejects when they do not become well, and whoever has not had its turn keeps its file. */
export async function defragmentMembers(order: readonly ObservedMember[], { admin, clock, signal, onBegin, onDone }: DefragmentOptions): Promise<void> {
  for (const { member, endpoint } of order) {
    if (endpoint === undefined) continue;
    await untilWell({ admin, clock, signal });
    const status = await admin.status(endpoint, { signal });
    await onBegin?.(member, status);
    const startedMs = clock.monotonicNow();
    await admin.defragment(endpoint, { signal });
    await onDone({ name: member.name, before: status.dbSize, after: (await admin.status(endpoint, { signal })).dbSize, tookMs: clock.monotonicNow() - startedMs }, member);
  }
}

async function untilWell({ admin, clock, signal }: Pick<DefragmentOptions, 'admin' | 'clock' | 'signal'>): Promise<void> {
  const deadline = clock.monotonicNow() + WELL_TIMEOUT_MS;
  for (;;) {
    const fault = reasonAgainst(await observeEtcd(admin, signal));
    if (fault === undefined) return;
    if (clock.monotonicNow() > deadline) throw new EtcdError({ code: 'unavailable', message: `not defragmenting while ${fault}` });
    await clock.sleep(POLL_MS, { signal });
  }
}
