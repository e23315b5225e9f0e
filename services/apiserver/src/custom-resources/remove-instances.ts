import { isNotFound, notFound } from '@kubernode/apimachinery';
import type { ResourceStorage } from '../registry/served-resource.ts';
import { decideDeletion } from '../registry/write/delete-object.ts';
import { encodeForStore } from '../registry/write/encode-object.ts';
import type { KubeObject } from '@kubernode/apimachinery';

const OBJECTS_PER_PAGE = 500;

/** Deletes every object of a resource, as DELETE would without admission. Returns how many are still there, held by finalizers. */
export async function removeInstances(storage: ResourceStorage, { now, signal }: { now: () => number; signal: AbortSignal }): Promise<number> {
  let held = 0;
  let afterKey: string | undefined;
  do {
    const page = await storage.store.list({ keyPrefix: '', limit: OBJECTS_PER_PAGE, afterKey, freshness: { kind: 'consistent' }, signal });
    for (const { key } of page.items) if (!await removeOne(storage, key, { now: now(), signal })) held++;
    afterKey = page.nextKey;
  } while (afterKey !== undefined);
  return held;
}

/** True once it is gone. */
async function removeOne(storage: ResourceStorage, key: string, { now, signal }: { now: number; signal: AbortSignal }): Promise<boolean> {
  try {
    const { outcome } = await storage.store.update(key, (current) => {
      if (current === undefined) throw notFound(storage, key);
      const decision = decideDeletion(storage, current.read<KubeObject>(), { dryRun: false, preconditions: {}, raw: {} }, now);
      return decision.kind === 'write' ? { kind: 'write', bytes: encodeForStore(decision.object) } : { kind: decision.kind };
    }, { signal });
    return outcome === 'deleted';
  } catch (error) {
    if (isNotFound(error)) return true; // another replica was faster
    throw error;
  }
}
