import { errorMessage } from '@kubernode/base';
import { judge, refuseLabels, refuseName, type ReleaseResult } from './install-release.ts';
import { identityOf, resolveManifest, type ManifestObject } from './manifest-objects.ts';
import { withOwner } from './ownership.ts';
import { planUpdate, type ObjectAction, type UpdateMethod } from './plan-update.ts';
import type { ObjectRef } from './release-cluster.ts';
import { operationInProgress, ReleaseError } from './release-error.ts';
import { afterInterruption, applyPlan, failureText, readLive, requireOwnership, storeStatus, type ActionOptions, type ReleaseEnvironment, type ReleaseRecord } from './release-operation.ts';
import { isPending, withStatus, type Release } from './release.ts';
import { recordOf, renderForCluster, type ChartOptions } from './render-release.ts';
import { reuseValues, type ValuePolicy } from './reuse-values.ts';
import { rollbackRelease } from './rollback-release.ts';
import { runHooks } from './run-hooks.ts';

export interface UpgradeOptions extends ActionOptions, ChartOptions {
  name: string;
  valuePolicy: ValuePolicy;
  /** A failed upgrade is rolled back. */
  atomic: boolean;
  /** What a failed upgrade created is deleted. */
  cleanupOnFail: boolean;
  takeOwnership: boolean;
  method: UpdateMethod;
  forceConflicts: boolean;
  historyMax: number;
}

/** An upgrade as it was prepared: nothing has changed yet. */
export interface PreparedUpgrade {
  /** The revision that is deployed, or the last where none is. */
  current: Release;
  next: Release;
  target: readonly ManifestObject[];
  actions: readonly ObjectAction[];
}

/** Brings a release to another chart or other values. A failure is stored as a failed revision and rejects. */
export async function upgradeRelease(environment: ReleaseEnvironment, options: UpgradeOptions): Promise<ReleaseResult> {
  const { store, signal } = environment;
  const { current, next, target, actions } = await prepareUpgrade(environment, options);
  if (options.dryRun !== undefined) {
    if (options.dryRun === 'server') await judge(environment, actions, options);
    return { release: withStatus(next, next.info.status, options.description ?? 'Dry run complete'), actions };
  }
  await store.create(next, { signal, historyMax: options.historyMax });
  const record: ReleaseRecord = { release: next };
  const created: ObjectRef[] = [];
  try {
    if (options.hooks) await runHooks(environment, record, { event: 'pre-upgrade', timeoutMs: options.timeoutMs });
    await applyPlan(environment, actions, { target, options: { ...options, wait: options.wait || options.atomic }, forceConflicts: options.forceConflicts, created });
    if (options.hooks) await runHooks(environment, record, { event: 'post-upgrade', timeoutMs: options.timeoutMs });
    await storeStatus(environment, { release: current }, 'superseded');
    await storeStatus(environment, record, 'deployed', options.description ?? 'Upgrade complete');
  } catch (error) { await recoverUpgrade(environment, options, { record, created, error }); }
  return { release: record.release, actions };
}

/** What an upgrade would do: renders, reads, decides. */
export async function prepareUpgrade(environment: ReleaseEnvironment, options: UpgradeOptions): Promise<PreparedUpgrade> {
  const { cluster, clock, signal, namespace } = environment;
  refuseName(options.name);
  refuseLabels(options.labels);
  const { last, current } = await currentRevision(environment, options.name);
  const given = reuseValues({ policy: options.valuePolicy, given: options.values, current });
  const chart = given.chartValues === undefined ? options.chart : { ...options.chart, values: given.chartValues };
  const facts = { name: options.name, namespace, revision: last.version + 1, isUpgrade: true };
  const rendered = await renderForCluster(environment, { ...options, chart, values: given.values }, facts);
  const next = recordOf(rendered, {
    chart, values: given.values, release: facts, status: 'pending-upgrade', description: 'Preparing upgrade', firstDeployed: current.info.first_deployed, labels: mergeLabels(last.labels, options.labels), now: clock.now(),
  });
  const original = await resolveManifest(cluster, current.manifest, { namespace, skipUnknown: true, signal }); // of a kind that is no longer served there can be nothing to change or delete
  const target = (await resolveManifest(cluster, next.manifest, { namespace, signal })).map((entry) => withOwner(entry, { name: options.name, namespace }));
  const live = await readLive(cluster, [...original, ...target].map(({ ref }) => ref), { signal });
  const before = new Set(original.map(({ ref }) => identityOf(ref)));
  if (!options.takeOwnership) requireOwnership(target.filter(({ ref }) => !before.has(identityOf(ref))), live, { owner: { name: options.name, namespace }, doing: 'update' });
  return { current, next, target, actions: planUpdate({ original, target, live, method: options.method }) };
}

/** The revision to start from. Refused while another operation is under way, and where nothing was ever deployed. */
async function currentRevision({ store, signal }: ReleaseEnvironment, name: string): Promise<{ last: Release; current: Release }> {
  const history = await store.history(name, { signal });
  const [last] = history;
  if (last === undefined) throw new ReleaseError(`"${name}" has no deployed releases`);
  if (isPending(last)) throw operationInProgress();
  const deployed = history.find(({ info }) => info.status === 'deployed');
  if (deployed !== undefined) return { last, current: deployed };
  if (last.info.status !== 'failed' && last.info.status !== 'superseded') throw new ReleaseError(`"${name}" has no deployed releases`);
  return { last, current: last };
}

/** `null` takes a label away. */
function mergeLabels(current: Readonly<Record<string, string>>, given: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...current, ...given }).filter(([, value]) => value !== 'null'));
}

/** Stores the failure and, where asked, cleans up or rolls back. Always rejects. */
async function recoverUpgrade(environment: ReleaseEnvironment, options: UpgradeOptions, { record, created, error }: { record: ReleaseRecord; created: readonly ObjectRef[]; error: unknown }): Promise<never> {
  using after = afterInterruption(environment, 2 * options.timeoutMs); // a rollback waits for hooks and for objects
  const why = failureText(error, environment.signal);
  await storeStatus(after, record, 'failed', `Upgrade "${options.name}" failed: ${why}`);
  if (options.cleanupOnFail) await cleanUp(after, created, why);
  if (!options.atomic) throw new ReleaseError(why, { cause: error });
  const good = (await after.store.history(options.name, after)).find(({ info }) => info.status === 'superseded' || info.status === 'deployed');
  if (good === undefined) throw new ReleaseError(`unable to find a previously successful release when attempting to rollback. original upgrade error: ${why}`, { cause: error });
  try {
    await rollbackRelease(after, { ...options, revision: good.version, wait: true, dryRun: false });
  } catch (failure) { throw new ReleaseError(`an error occurred while rolling back the release: ${errorMessage(failure)}. original upgrade error: ${why}`, { cause: error }); }
  throw new ReleaseError(`release ${options.name} failed, and has been rolled back due to atomic being set: ${why}`, { cause: error });
}

async function cleanUp({ cluster, signal, report }: ReleaseEnvironment, created: readonly ObjectRef[], why: string): Promise<void> {
  try {
    for (const ref of created) await cluster.delete(ref, { signal, propagation: 'background' });
    if (created.length > 0) report(`${created.length} new objects are deleted again`);
  } catch (failure) { throw new ReleaseError(`unable to cleanup resources: ${errorMessage(failure)}. original upgrade error: ${why}`, { cause: failure }); }
}
