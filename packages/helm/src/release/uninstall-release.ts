import { errorMessage } from '@kubernode/base';
import { uninstallOrder } from './kind-order.ts';
import { resolveManifest, type ManifestObject } from './manifest-objects.ts';
import { isKept } from './plan-update.ts';
import type { ObjectRef, Propagation } from './release-cluster.ts';
import { carryOut } from './carry-out.ts';
import { ReleaseError, releaseNotFound } from './release-error.ts';
import { storeStatus, type ReleaseEnvironment, type ReleaseRecord } from './release-operation.ts';
import type { Release } from './release.ts';
import { runHooks, timeText } from './run-hooks.ts';
import { waitForDeletion } from './wait-for.ts';

export interface UninstallOptions {
  name: string;
  timeoutMs: number;
  /** Until nothing of it is there. */
  wait: boolean;
  hooks: boolean;
  keepHistory: boolean;
  propagation: Propagation;
  ignoreNotFound: boolean;
  dryRun: boolean;
  description?: string | undefined;
}

export interface UninstallResult {
  /** undefined: there was none, and that was allowed. */
  release: Release | undefined;
  deleted: readonly ObjectRef[];
  /** What stays by its policy. */
  kept: readonly ObjectRef[];
}

/** Deletes what a release installed, and its history unless that is kept. */
export async function uninstallRelease(environment: ReleaseEnvironment, options: UninstallOptions): Promise<UninstallResult> {
  const { store, signal, clock } = environment;
  const history = await store.history(options.name, { signal });
  const [last] = history;
  if (last === undefined && options.ignoreNotFound) return { release: undefined, deleted: [], kept: [] };
  if (last === undefined) throw releaseNotFound();
  if (last.info.status === 'uninstalled') {
    if (options.keepHistory) throw new ReleaseError(`the release named "${options.name}" is already deleted`);
    if (!options.dryRun) await forget(environment, history);
    return { release: last, deleted: [], kept: [] };
  }
  const { gone, kept } = planUninstall(await resolveManifest(environment.cluster, last.manifest, { namespace: environment.namespace, skipUnknown: true, signal }));
  const result = { deleted: gone.map(({ ref }) => ref), kept: kept.map(({ ref }) => ref) };
  if (options.dryRun) return { release: last, ...result };
  const record: ReleaseRecord = { release: { ...last, info: { ...last.info, status: 'uninstalling', deleted: timeText(clock.now()), description: 'Deletion in progress (or silently failed)' } } };
  if (options.hooks) await runHooks(environment, record, { event: 'pre-delete', timeoutMs: options.timeoutMs });
  await store.update(record.release, { signal });
  await deleteObjects(environment, gone, options);
  const faults = await finish(environment, record, { options, refs: result.deleted, history });
  if (faults.length > 0) throw new ReleaseError(`uninstallation completed with ${faults.length} error(s): ${faults.join('; ')}`);
  return { release: record.release, ...result };
}

/** What goes, in the order in which it goes, and what its policy keeps. */
export function planUninstall(entries: readonly ManifestObject[]): { gone: ManifestObject[]; kept: ManifestObject[] } {
  return { gone: uninstallOrder(entries.filter(({ object }) => !isKept(object))), kept: entries.filter(({ object }) => isKept(object)) };
}

async function deleteObjects({ cluster, signal, report }: ReleaseEnvironment, entries: readonly ManifestObject[], { name, propagation }: UninstallOptions): Promise<void> {
  const { faults } = await carryOut(entries.map((entry) => ({ do: 'delete', entry })), { cluster, signal, propagation });
  if (faults.length > 0) throw new ReleaseError(`failed to delete release: ${name}: ${faults.join('; ')}`);
  report(`${entries.length} objects are deleted`);
}

/** Goes to the end whatever happens, so that no record outlives what it describes; returns what went wrong. */
async function finish(environment: ReleaseEnvironment, record: ReleaseRecord, { options, refs, history }: { options: UninstallOptions; refs: readonly ObjectRef[]; history: readonly Release[] }): Promise<string[]> {
  const { cluster, clock, signal } = environment;
  const faults: string[] = [];
  const note = async (act: () => Promise<void>): Promise<void> => { try { await act(); } catch (error) { faults.push(errorMessage(error)); } };
  if (options.wait) await note(() => waitForDeletion(refs, { cluster, clock, signal, timeoutMs: options.timeoutMs }));
  if (options.hooks) await note(() => runHooks(environment, record, { event: 'post-delete', timeoutMs: options.timeoutMs }));
  if (!options.keepHistory) await note(() => forget(environment, history));
  else {
    await note(() => storeStatus(environment, record, 'uninstalled', options.description ?? 'Uninstallation complete'));
    for (const release of history.slice(1).filter(({ info }) => info.status === 'deployed')) await note(() => storeStatus(environment, { release }, 'superseded'));
  }
  return faults;
}

async function forget({ store, signal }: ReleaseEnvironment, history: readonly Release[]): Promise<void> {
  for (const release of history) await store.delete(release, { signal });
}
