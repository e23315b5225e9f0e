import { StatusError, type JsonObject } from '@kubernode/apimachinery';
import { errorMessage, type Clock } from '@kubernode/base';
import type { ManifestObject } from './manifest-objects.ts';
import { hookOutcome, readiness, relatedQuery, type Readiness } from './readiness.ts';
import { ReleaseError } from './release-error.ts';
import type { ObjectRef, ReleaseCluster } from './release-cluster.ts';

const POLL_MS = 500;
/** Reads in a row that may fail before a wait gives up. */
const FAILURES_MAX = 30;

export interface WaitOptions {
  cluster: ReleaseCluster;
  clock: Clock;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Waits until all are ready. ReleaseError naming what is not when the time is over, or what cannot become ready. */
export function waitForReady(entries: readonly ManifestObject[], { jobs, ...options }: WaitOptions & { jobs: boolean }): Promise<void> {
  return waitForEach(entries.map(({ ref }) => ref), options, async (ref) => {
    const object = await options.cluster.get(ref, options);
    return object === undefined ? { state: 'waiting', why: `${ref.kind} ${ref.name} is not there` } : readiness({ object, related: await relatedOf(object, ref, options), jobs });
  });
}

/** Waits until what runs has ended well; ReleaseError when it failed or the time is over. An object that was removed meanwhile counts as done. */
export function waitForHook(entries: readonly ManifestObject[], options: WaitOptions): Promise<void> {
  return waitForEach(entries.map(({ ref }) => ref), options, async (ref) => {
    const object = await options.cluster.get(ref, options);
    return object === undefined ? { state: 'ready' } : hookOutcome(object);
  });
}

/** Waits until none is there any more. */
export function waitForDeletion(refs: readonly ObjectRef[], options: WaitOptions): Promise<void> {
  return waitForEach(refs, options, async (ref) => {
    const object = await options.cluster.get(ref, options);
    return object === undefined ? { state: 'ready' } : { state: 'waiting', why: `${ref.kind} ${ref.name} is still there` };
  });
}

/** Looks at one after the other, at each until it is ready. */
async function waitForEach(refs: readonly ObjectRef[], { clock, timeoutMs, signal }: WaitOptions, look: (ref: ObjectRef) => Promise<Readiness>): Promise<void> {
  const deadline = clock.monotonicNow() + timeoutMs;
  for (const ref of refs) {
    for (let failures = 0; ;) {
      const found = await attempt(() => look(ref));
      if (found.state === 'ready') break;
      failures = found.state === 'unknown' ? failures + 1 : 0;
      if (found.state === 'failed' || failures > FAILURES_MAX) throw new ReleaseError(found.why);
      if (clock.monotonicNow() >= deadline) throw new ReleaseError(`timed out after ${timeoutMs / 1000} s waiting: ${found.why}`);
      await clock.sleep(POLL_MS, { signal });
    }
    signal.throwIfAborted();
  }
}

/** What may pass is waited for: overload, a replica that restarts, a broken connection. */
async function attempt(look: () => Promise<Readiness>): Promise<Readiness | { state: 'unknown'; why: string }> {
  try { return await look(); } catch (error) {
    if (error instanceof StatusError && error.code < 500 && error.code !== 429) throw error;
    return { state: 'unknown', why: errorMessage(error) };
  }
}

/** What else has to be known of an object to say whether it is ready. */
export async function relatedOf(object: JsonObject, { namespace }: ObjectRef, { cluster, signal }: Pick<WaitOptions, 'cluster'> & { signal?: AbortSignal | undefined }): Promise<readonly JsonObject[]> {
  const query = relatedQuery(object);
  if (query === undefined) return [];
  const labelSelector = Object.entries(query.matchLabels).map(([key, value]) => `${key}=${value}`).join(',');
  return cluster.list({ apiVersion: query.apiVersion, kind: query.kind, namespace, labelSelector }, { signal });
}
