import type { ObjectMeta } from '@kubernode/apimachinery';

/** How far the local copy of a resource is. */
export interface SeenSoFar {
  lister: { get(key: string): { metadata: ObjectMeta } | undefined };
  resourceVersion: string;
}

interface Expected { seen: SeenSoFar; objectKey: string; uid: string | undefined; version: number; deleted: boolean; untilMs: number }

/** After this long a write that the watch never showed is forgotten, so that a fault cannot stop a loop for good. */
const EXPECTATION_MAX_MS = 30_000;

/**
 * The writes of a loop that its local copies do not show yet. A key is not reconciled on a copy older than the loop's own last word:
 * else a ReplicaSet would make its pods twice.
 */
export class Expectations {
  readonly #byKey = new Map<string, Expected[]>();

  /** `written` is what the server answered; for a deletion the object that was deleted. */
  expect(key: string, seen: SeenSoFar, objectKey: string, written: { metadata: ObjectMeta }, { deleted, nowMs }: { deleted: boolean; nowMs: number }): void {
    const list = this.#byKey.get(key) ?? [];
    const { uid, resourceVersion } = written.metadata;
    list.push({ seen, objectKey, uid, version: Number(resourceVersion ?? 0), deleted, untilMs: nowMs + EXPECTATION_MAX_MS });
    this.#byKey.set(key, list);
  }

  /** Whether everything this key's reconciles wrote has been seen. */
  satisfied(key: string, nowMs: number): boolean {
    const left = (this.#byKey.get(key) ?? []).filter((one) => nowMs < one.untilMs && !isSeen(one));
    if (left.length === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, left);
    return left.length === 0;
  }
}

function isSeen({ seen, objectKey, uid, version, deleted }: Expected): boolean {
  const cached = seen.lister.get(objectKey);
  if (deleted) return cached === undefined || cached.metadata.uid !== uid || cached.metadata.deletionTimestamp !== undefined;
  if (Number(seen.resourceVersion) >= version) return true;
  return cached !== undefined && Number(cached.metadata.resourceVersion) >= version;
}
