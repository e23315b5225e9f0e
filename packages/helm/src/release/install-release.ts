import { errorMessage } from '@kubernode/base';
import { StatusError } from '@kubernode/apimachinery';
import type { RenderedChart } from '../render/rendered-chart.ts';
import { carryOut } from './carry-out.ts';
import { resolveManifest, type ManifestObject } from './manifest-objects.ts';
import { withOwner } from './ownership.ts';
import { planUpdate, type ObjectAction, type UpdateMethod } from './plan-update.ts';
import type { ObjectRef } from './release-cluster.ts';
import { ReleaseError } from './release-error.ts';
import { afterInterruption, applyPlan, failureText, readLive, requireOwnership, storeStatus, type ActionOptions, type ReleaseEnvironment, type ReleaseRecord } from './release-operation.ts';
import { SYSTEM_LABELS } from './release-secret.ts';
import { releaseNameFault, withStatus, type Release } from './release.ts';
import { recordOf, renderForCluster, type ChartOptions } from './render-release.ts';
import { runHooks } from './run-hooks.ts';
import { uninstallRelease } from './uninstall-release.ts';
import { waitForReady } from './wait-for.ts';

export interface InstallOptions extends ActionOptions, ChartOptions {
  name: string;
  createNamespace: boolean;
  skipCrds: boolean;
  /** A name whose release was uninstalled with its history kept, or failed, may be used again. */
  replace: boolean;
  /** A failed release is uninstalled. */
  atomic: boolean;
  /** Objects that are there already become the release's, whoever owned them. */
  takeOwnership: boolean;
  method: UpdateMethod;
  forceConflicts: boolean;
  historyMax: number;
}

/** How long the definitions of a chart may take to be served. */
const CRD_TIMEOUT_MS = 60_000;

/** What a release's actions come to: its record and what is, or would be, done with its objects. */
export interface ReleaseResult { release: Release; actions: readonly ObjectAction[] }

/** Installs a chart under a name that is free. A failure is stored with the release and rejects. */
export async function installRelease(environment: ReleaseEnvironment, options: InstallOptions): Promise<ReleaseResult> {
  const { cluster, store, signal, clock, namespace } = environment;
  refuseName(options.name);
  refuseLabels(options.labels);
  const replaced = await nameFor(environment, options);
  const facts = { name: options.name, namespace, revision: (replaced?.version ?? 0) + 1, isUpgrade: false };
  const rendered = await renderWithDefinitions(environment, options, facts);
  const release = recordOf(rendered, { ...options, release: facts, status: 'pending-install', description: 'Initial install underway', firstDeployed: '', now: clock.now() });
  const owner = { name: release.name, namespace };
  const target = (await resolveManifest(cluster, release.manifest, { namespace, skipUnknown: options.dryRun !== undefined && rendered.crds.length > 0, signal })).map((entry) => withOwner(entry, owner));
  const live = await readLive(cluster, target.map(({ ref }) => ref), { signal });
  if (!options.takeOwnership) requireOwnership(target, live, { owner, doing: 'install' });
  const actions = planUpdate({ original: [], target, live, method: options.method });
  if (options.dryRun !== undefined) {
    if (options.dryRun === 'server') await judge(environment, actions, options);
    return { release: withStatus(release, 'pending-install', 'Dry run complete'), actions };
  }
  if (options.createNamespace) await ensureNamespace(environment);
  if (replaced !== undefined && replaced.info.status !== 'failed') await store.update(withStatus(replaced, 'superseded', 'superseded by new release'), { signal });
  await store.create(release, { signal, historyMax: options.historyMax });
  const record: ReleaseRecord = { release };
  try { await perform(environment, options, { record, actions, target }); } catch (error) { await recoverInstall(environment, options, { record, error }); }
  return { release: record.release, actions };
}

/** Asks the server what it would say to each object, and keeps none. Where the namespace is still to be made there is nobody to ask. */
export async function judge({ cluster, namespace, signal }: ReleaseEnvironment, actions: readonly ObjectAction[], { forceConflicts }: { forceConflicts: boolean }): Promise<void> {
  const there = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace }, { signal });
  if (there === undefined) return;
  const { faults } = await carryOut(actions, { cluster, signal, dryRun: true, forceConflicts });
  if (faults.length > 0) throw new ReleaseError(faults.join('; '));
}

export function refuseName(name: string): void {
  const fault = releaseNameFault(name);
  if (fault !== undefined) throw new ReleaseError(`release name "${name}": ${fault}`);
}

export function refuseLabels(labels: Readonly<Record<string, string>>): void {
  const taken = Object.keys(labels).filter((label) => SYSTEM_LABELS.includes(label));
  if (taken.length > 0) throw new ReleaseError(`labels may not be named ${taken.join(', ')}: Helm uses ${SYSTEM_LABELS.join(', ')} itself`);
}

/** The last revision of the name where it may be used again; rejects where it may not be. */
async function nameFor({ store, signal }: ReleaseEnvironment, { name, replace, dryRun }: InstallOptions): Promise<Release | undefined> {
  const [last] = dryRun === undefined ? await store.history(name, { signal }) : [];
  if (last === undefined || (replace && (last.info.status === 'uninstalled' || last.info.status === 'failed'))) return last;
  throw new ReleaseError('cannot re-use a name that is still in use');
}

/** Definitions are there before anything is asked of the cluster, so that templates and the plan know their kinds. */
async function renderWithDefinitions(environment: ReleaseEnvironment, options: InstallOptions, facts: Parameters<typeof renderForCluster>[2]): Promise<RenderedChart> {
  const rendered = await renderForCluster(environment, options, facts);
  if (options.skipCrds || options.dryRun !== undefined || rendered.crds.length === 0) return rendered;
  return await installDefinitions(environment, rendered.crds) ? renderForCluster(environment, options, facts) : rendered;
}

/** Whether any is new. Those that are there already stay as they are: changing them is their owner's decision. */
async function installDefinitions({ cluster, clock, signal, namespace, report }: ReleaseEnvironment, crds: RenderedChart['crds']): Promise<boolean> {
  const created: ManifestObject[] = [];
  for (const { source, content } of crds) {
    for (const entry of await resolveManifest(cluster, content, { namespace, signal })) {
      try { await cluster.create(entry.ref, entry.object, { signal }); } catch (error) {
        if (error instanceof StatusError && error.reason === 'AlreadyExists') continue;
        throw new ReleaseError(`failed to install CRD ${source}: ${errorMessage(error)}`, { cause: error });
      }
      created.push(entry);
    }
  }
  if (created.length === 0) return false;
  await waitForReady(created, { cluster, clock, signal, timeoutMs: CRD_TIMEOUT_MS, jobs: false });
  cluster.forgetKinds();
  report(`${created.length} definitions of custom resources`);
  return true;
}

async function ensureNamespace({ cluster, namespace, signal, report }: ReleaseEnvironment): Promise<void> {
  const ref: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace };
  try {
    await cluster.create(ref, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { name: namespace } } }, { signal });
    report(`namespace ${namespace}`);
  } catch (error) { if (!(error instanceof StatusError && error.reason === 'AlreadyExists')) throw error; }
}

async function perform(environment: ReleaseEnvironment, options: InstallOptions, { record, actions, target }: { record: ReleaseRecord; actions: readonly ObjectAction[]; target: readonly ManifestObject[] }): Promise<void> {
  if (options.hooks) await runHooks(environment, record, { event: 'pre-install', timeoutMs: options.timeoutMs });
  await applyPlan(environment, actions, { target, options: { ...options, wait: options.wait || options.atomic }, forceConflicts: options.forceConflicts, created: [] });
  if (options.hooks) await runHooks(environment, record, { event: 'post-install', timeoutMs: options.timeoutMs });
  await storeStatus(environment, record, 'deployed', options.description ?? 'Install complete');
}

/** Stores the failure, or with `atomic` leaves nothing. Always rejects. */
async function recoverInstall(environment: ReleaseEnvironment, options: InstallOptions, { record, error }: { record: ReleaseRecord; error: unknown }): Promise<never> {
  using after = afterInterruption(environment, options.timeoutMs);
  const why = failureText(error, environment.signal);
  await storeStatus(after, record, 'failed', `Release "${options.name}" failed: ${why}`);
  if (!options.atomic) throw new ReleaseError(why, { cause: error });
  try {
    await uninstallRelease(after, { name: options.name, timeoutMs: options.timeoutMs, wait: false, hooks: options.hooks, keepHistory: false, propagation: 'background', ignoreNotFound: false, dryRun: false });
  } catch (failure) { throw new ReleaseError(`an error occurred while uninstalling the release: ${errorMessage(failure)}. original install error: ${why}`, { cause: error }); }
  throw new ReleaseError(`release ${options.name} failed, and has been uninstalled due to atomic being set: ${why}`, { cause: error });
}
