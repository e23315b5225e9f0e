import { errorMessage } from '@kubernode/base';
import type { ReleaseResult } from './install-release.ts';
import { resolveManifest } from './manifest-objects.ts';
import { withOwner } from './ownership.ts';
import { planUpdate, type UpdateMethod } from './plan-update.ts';
import { ReleaseError, releaseNotFound } from './release-error.ts';
import type { ObjectRef } from './release-cluster.ts';
import { afterInterruption, applyPlan, failureText, readLive, storeStatus, type ActionOptions, type ReleaseEnvironment, type ReleaseRecord } from './release-operation.ts';
import type { Release } from './release.ts';
import { runHooks, timeText } from './run-hooks.ts';

export interface RollbackOptions extends ActionOptions {
  name: string;
  /** 0: the one before the last. */
  revision: number;
  dryRun: boolean;
  cleanupOnFail: boolean;
  method: UpdateMethod;
  forceConflicts: boolean;
  historyMax: number;
}

/**
 * Brings a release back to what an earlier revision was, as a new revision. Allowed as well while another operation is said to be under way:
 * it is the way out when one was ended in the middle.
 */
export async function rollbackRelease(environment: ReleaseEnvironment, options: RollbackOptions): Promise<ReleaseResult> {
  const { cluster, store, signal, namespace, clock } = environment;
  const history = await store.history(options.name, { signal });
  const { current, next } = planRollback(history, { revision: options.revision, now: clock.now() });
  const original = await resolveManifest(cluster, current.manifest, { namespace, skipUnknown: true, signal });
  const target = (await resolveManifest(cluster, next.manifest, { namespace, signal })).map((entry) => withOwner(entry, { name: options.name, namespace }));
  const plan = async (): Promise<ReleaseResult['actions']> => planUpdate({ original, target, live: await readLive(cluster, [...original, ...target].map(({ ref }) => ref), { signal }), method: options.method });
  if (options.dryRun) return { release: next, actions: await plan() };
  await store.create(next, { signal, historyMax: options.historyMax });
  const record: ReleaseRecord = { release: next };
  const created: ObjectRef[] = [];
  try {
    if (options.hooks) await runHooks(environment, record, { event: 'pre-rollback', timeoutMs: options.timeoutMs });
    const actions = await plan();
    await applyPlan(environment, actions, { target, options, forceConflicts: options.forceConflicts, created });
    if (options.hooks) await runHooks(environment, record, { event: 'post-rollback', timeoutMs: options.timeoutMs });
    for (const release of history.filter(({ info }) => info.status === 'deployed')) await storeStatus(environment, { release }, 'superseded');
    await storeStatus(environment, record, 'deployed');
    return { release: record.release, actions };
  } catch (error) { return recoverRollback(environment, options, { record, current, created, error }); }
}

/** The revision that a rollback makes. `history` is the newest first. */
export function planRollback(history: readonly Release[], { revision, now }: { revision: number; now: number }): { current: Release; next: Release } {
  const [current] = history;
  if (current === undefined) throw releaseNotFound();
  const wanted = revision === 0 ? current.version - 1 : revision;
  const previous = history.find(({ version }) => version === wanted);
  if (previous === undefined) throw new ReleaseError(`release has no ${wanted} version`);
  const { notes } = previous.info;
  const info: Release['info'] = { first_deployed: current.info.first_deployed, last_deployed: timeText(now), deleted: '', description: `Rollback to ${wanted}`, status: 'pending-rollback', ...(notes !== undefined && { notes }) };
  return { current, next: { ...previous, namespace: current.namespace, version: current.version + 1, info } };
}

/** Always rejects. */
async function recoverRollback(environment: ReleaseEnvironment, options: RollbackOptions, { record, current, created, error }: { record: ReleaseRecord; current: Release; created: readonly ObjectRef[]; error: unknown }): Promise<never> {
  using after = afterInterruption(environment, options.timeoutMs);
  const why = failureText(error, environment.signal);
  if (current.info.status !== 'failed') await storeStatus(after, { release: current }, 'superseded');
  await storeStatus(after, record, 'failed', `Rollback "${options.name}" failed: ${why}`);
  try {
    if (options.cleanupOnFail) for (const ref of created) await after.cluster.delete(ref, { signal: after.signal, propagation: 'background' });
  } catch (failure) { throw new ReleaseError(`unable to cleanup resources: ${errorMessage(failure)}. original rollback error: ${why}`, { cause: failure }); }
  throw new ReleaseError(why, { cause: error });
}
