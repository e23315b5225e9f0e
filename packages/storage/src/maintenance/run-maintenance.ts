import { errorMessage, linkSignals, type Clock } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import { defragmentMembers, freeBytes, FULL_SHARE, observeEtcd, planDefrag, type EtcdAdmin, type EtcdClient, type ObservedEtcd } from '@kubernode/rpc';
import { createDefragmentTrials } from './defragment-trials.ts';
import type { MaintenanceMetrics } from './maintenance-metrics.ts';

export interface MaintenanceOptions {
  etcd: EtcdClient;
  admin: EtcdAdmin;
  clock: Clock;
  logger: Logger;
  metrics: MaintenanceMetrics;
  /** Tells replicas apart. */
  identity: string;
  /** What members may use at most, where they do not tell themselves. */
  quotaBytes: number;
  intervalMs: number;
  /** Told once when a member gets full, and again only after it was not. */
  onFull: (notice: FullNotice) => void;
}

export interface FullNotice { member: string; message: string; isWritable: boolean }

/** Who holds it defragments; it ends by itself when its holder does. */
export const MAINTENANCE_KEY = '/registry/kubernode/etcd-maintenance';
const LOCK_SECONDS = 30;
/** Worth that a member answers nothing for a moment: half of a file, and not a small one. */
const WORTH = { minFreeBytes: 100 * 1024 ** 2, minFreeShare: 0.5 };
/** A member that is nearly full gives back what little it can. */
const WORTH_WHEN_FULL = { minFreeBytes: 10 * 1024 ** 2, minFreeShare: 0.1 };

/**
 * Looks after etcd's space until aborted. Every replica looks and tells; one of them, by a lock in etcd, gives free pages back, a member at a
 * time, the leader last, and only while all are well. A member with which that went wrong is left alone for an hour.
 */
export async function runMaintenance(options: MaintenanceOptions, signal: AbortSignal): Promise<void> {
  const { etcd, admin, clock, logger, metrics, intervalMs } = options;
  const told = new Set<string>();
  while (!signal.aborted) {
    try {
      await clock.sleep(intervalMs, { signal });
      const observed = await observeEtcd(admin, signal);
      metrics.observed(observed);
      tellOfFull(observed, told, options);
      const plan = planDefrag(observed, worth(observed, options));
      if (plan.verdict === 'go' && (await createDefragmentTrials(etcd).untried(plan.order, signal)).length > 0) await defragmentUnderLock(options, signal);
    } catch (error) {
      if (signal.aborted) return; // else what was aborted is the work under a lock that was lost
      logger.warn('etcd could not be looked after; the next round tries again', { err: errorMessage(error) });
    }
  }
}

/** Those that are full, by their own quota or by the one that is configured, or that refuse writes. */
export function fullMembers({ members, alarms }: ObservedEtcd, quotaBytes: number): FullNotice[] {
  return members.flatMap(({ member, status }) => {
    if (status === undefined) return [];
    const refuses = alarms?.some(({ memberId, alarm }) => alarm === 'noSpace' && memberId === member.id) === true;
    const quota = status.dbSizeQuota > 0 ? status.dbSizeQuota : quotaBytes;
    if (!refuses && status.dbSize < FULL_SHARE * quota) return [];
    const used = `${Math.round(100 * status.dbSize / quota)} % of ${Math.round(quota / 1024 ** 2)} MiB, of which ${Math.round(freeBytes(status) / 1024 ** 2)} MiB are free pages`;
    return [{ member: member.name, isWritable: !refuses, message: refuses ? `etcd member ${member.name} is full and takes no writes (${used}); 'kubernode etcd repair-space' makes room` : `etcd member ${member.name} uses ${used}` }];
  });
}

function tellOfFull(observed: ObservedEtcd, told: Set<string>, { quotaBytes, logger, onFull }: MaintenanceOptions): void {
  const full = fullMembers(observed, quotaBytes);
  for (const notice of full) {
    const once = `${notice.member} ${notice.isWritable}`;
    if (told.has(once)) continue;
    told.add(once);
    logger.warn('etcd is getting full', { member: notice.member, message: notice.message });
    onFull(notice);
  }
  for (const once of told) if (!full.some(({ member, isWritable }) => once === `${member} ${isWritable}`)) told.delete(once);
}

function worth(observed: ObservedEtcd, { quotaBytes }: MaintenanceOptions): typeof WORTH { return fullMembers(observed, quotaBytes).length > 0 ? WORTH_WHEN_FULL : WORTH; }

async function defragmentUnderLock(options: MaintenanceOptions, signal: AbortSignal): Promise<void> {
  const { etcd, admin, clock, logger, metrics, identity } = options;
  const { id: lease } = await etcd.grantLease(LOCK_SECONDS, { signal });
  using holding = linkSignals(signal);
  try {
    const { succeeded } = await etcd.txn({ compare: [{ key: MAINTENANCE_KEY, target: 'createRevision', equals: 0 }], success: [{ kind: 'put', key: MAINTENANCE_KEY, value: Buffer.from(identity), lease }], failure: [] }, { signal });
    if (!succeeded) return; // another replica is at it
    const keeping = keepLock(options, lease, holding);
    const plan = planDefrag(await observeEtcd(admin, signal), WORTH_WHEN_FULL); // seen under the lock: somebody may just have been done
    const trials = createDefragmentTrials(etcd);
    await defragmentMembers(plan.verdict === 'go' ? await trials.untried(plan.order, signal) : [], {
      admin, clock, signal: holding.signal,
      onBegin: (member) => trials.begin(member, holding.signal),
      async onDone(one, member) {
        metrics.defragmented(one);
        logger.info('etcd member defragmented', { ...one });
        await trials.end(member, holding.signal);
      },
    });
    holding.abort();
    await keeping;
  } finally {
    holding.abort();
    await etcd.revokeLease(lease).catch((error: unknown) => logger.debug('the lock ends by itself', { err: errorMessage(error) }));
  }
}

/** Ends what is done under the lock when it is lost. */
async function keepLock({ etcd, clock }: MaintenanceOptions, lease: bigint, holding: AbortController): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(LOCK_SECONDS * 1000 / 3, { signal: holding.signal });
      if ((await etcd.keepLeaseAlive(lease, { signal: holding.signal })).ttlSeconds === 0) { holding.abort(); return; }
    }
  } catch { holding.abort(); } // aborted, or etcd does not answer: then the lock cannot be relied on
}
