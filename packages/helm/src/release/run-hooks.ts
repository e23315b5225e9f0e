import { errorMessage } from '@kubernode/base';
import { resolveManifest, type ManifestObject } from './manifest-objects.ts';
import { ReleaseError } from './release-error.ts';
import type { ReleaseEnvironment, ReleaseRecord } from './release-operation.ts';
import type { HookEvent, HookDeletePolicy } from '../render/rendered-chart.ts';
import type { HookExecution, StoredHook } from './release.ts';
import { waitForDeletion, waitForHook } from './wait-for.ts';

export interface HookRun { event: HookEvent; timeoutMs: number; /** All where absent. */ only?: (hook: StoredHook) => boolean }

/** The hooks of an event in the order in which they run: by weight, then name, then as they were stored. */
export function hooksOf(hooks: readonly StoredHook[], event: HookEvent): StoredHook[] {
  return hooks.filter(({ events }) => events.includes(event)).sort((a, b) => (a.weight ?? 0) - (b.weight ?? 0) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Whether a hook's object goes at this moment. Without a policy it goes before the next run. Definitions never go: all that is of their kind would go with them. */
export function isDeletedBy({ kind, delete_policies: policies = [] }: StoredHook, policy: HookDeletePolicy): boolean {
  if (kind === 'CustomResourceDefinition') return false;
  return policies.length === 0 ? policy === 'before-hook-creation' : policies.includes(policy);
}

/**
 * Runs an event's hooks one after the other, each until it has ended well. What each did is stored with the release. Rejects when one
 * fails; what policies then ask to be deleted is deleted.
 */
export async function runHooks(environment: ReleaseEnvironment, record: ReleaseRecord, run: HookRun): Promise<void> {
  const hooks = hooksOf(record.release.hooks, run.event).filter(run.only ?? (() => true));
  const done: StoredHook[] = [];
  for (const hook of hooks) {
    if (isDeletedBy(hook, 'before-hook-creation')) await deleteHook(environment, hook, run);
    try { await runHook(environment, record, { hook, run }); } catch (error) {
      await outputLogs(environment, hook, 'hook-failed');
      for (const one of [...(isDeletedBy(hook, 'hook-failed') ? [hook] : []), ...done.filter((earlier) => isDeletedBy(earlier, 'hook-succeeded'))]) await deleteHook(environment, one, run);
      throw error;
    }
    done.push(hook);
    environment.report(`hook ${run.event} ${hook.kind} ${hook.name}`);
  }
  for (const hook of done.toReversed()) {
    await outputLogs(environment, hook, 'hook-succeeded');
    if (isDeletedBy(hook, 'hook-succeeded')) await deleteHook(environment, hook, run);
  }
}

async function runHook(environment: ReleaseEnvironment, record: ReleaseRecord, { hook, run }: { hook: StoredHook; run: HookRun }): Promise<void> {
  const { cluster, clock, signal, store } = environment;
  const entries = await objectsOf(environment, hook);
  const startedAt = timeText(clock.now());
  noteRun(record, hook, { started_at: startedAt, completed_at: '', phase: 'Running' });
  await store.update(record.release, { signal });
  const end = (phase: HookExecution['phase']): void => { noteRun(record, hook, { started_at: startedAt, completed_at: timeText(clock.now()), phase }); };
  try {
    for (const { ref, object } of entries) await cluster.create(ref, object, { signal });
    await waitForHook(entries, { cluster, clock, signal, timeoutMs: run.timeoutMs });
  } catch (error) {
    end('Failed');
    throw signal.aborted ? error : new ReleaseError(`${run.event} hook ${hook.path} failed: ${errorMessage(error)}`, { cause: error });
  }
  end('Succeeded');
}

/** In the record alone; it is stored with the next thing that happens to the release. */
function noteRun(record: ReleaseRecord, { path, name, kind }: StoredHook, last_run: HookExecution): void {
  const hooks = record.release.hooks.map((one) => (one.path === path && one.name === name && one.kind === kind ? { ...one, last_run } : one));
  record.release = { ...record.release, hooks };
}

async function deleteHook(environment: ReleaseEnvironment, hook: StoredHook, { timeoutMs }: HookRun): Promise<void> {
  const { cluster, clock, signal } = environment;
  const refs = (await objectsOf(environment, hook)).map(({ ref }) => ref);
  for (const ref of refs) await cluster.delete(ref, { signal, propagation: 'background' });
  await waitForDeletion(refs, { cluster, clock, signal, timeoutMs });
}

function objectsOf({ cluster, namespace, signal }: ReleaseEnvironment, hook: StoredHook): Promise<ManifestObject[]> {
  return resolveManifest(cluster, hook.manifest, { namespace, signal });
}

/** Logs are a help, no part of the action: what cannot be read is told and passed over. */
async function outputLogs(environment: ReleaseEnvironment, hook: StoredHook, policy: 'hook-succeeded' | 'hook-failed'): Promise<void> {
  if (hook.output_log_policies?.includes(policy) !== true || environment.signal.aborted) return;
  try { environment.hookOutput(await hookLogs(environment, hook)); } catch (error) { environment.warn(`cannot read the logs of hook ${hook.name}: ${errorMessage(error)}`); }
}

/** What a Job's or Pod's containers said. */
export async function hookLogs(environment: ReleaseEnvironment, hook: StoredHook): Promise<string> {
  const { cluster, signal } = environment;
  const texts: string[] = [];
  for (const { ref } of await objectsOf(environment, hook)) {
    const own = ref.kind === 'Pod' ? await cluster.get(ref, { signal }) : undefined;
    const pods = ref.kind === 'Job' ? await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: ref.namespace, labelSelector: `job-name=${ref.name}` }, { signal }) : own === undefined ? [] : [own];
    for (const pod of pods as readonly { metadata?: { name?: string }; spec?: { containers?: readonly { name: string }[] } }[]) { // Pods, from the API server
      for (const container of pod.spec?.containers ?? []) texts.push(await cluster.logs({ namespace: ref.namespace, name: pod.metadata?.name ?? '', container: container.name }, { signal }));
    }
  }
  return texts.join('');
}

/** RFC 3339 as releases have it. */
export function timeText(ms: number): string { return new Date(ms).toISOString(); }
