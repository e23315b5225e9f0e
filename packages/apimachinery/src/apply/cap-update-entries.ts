import { union } from './field-set.ts';
import { type ManagedSet, type ManagedSets, managerId, seconds } from './managed-set.ts';
import { compareText } from './path-element.ts';

/** Entries of updates that an object keeps apart; more are merged. */
const UPDATE_ENTRIES_MAX = 10;
const MERGED_MANAGER = 'ancient-changes';

/** Merges the oldest entries of updates into one for each version until no more than the limit are left. */
export function capUpdateEntries(sets: ManagedSets): ManagedSets {
  const updates = [...sets].filter(([, { operation }]) => operation === 'Update');
  let excess = updates.length - UPDATE_ENTRIES_MAX;
  if (excess <= 0) return sets;
  updates.sort(([idA, a], [idB, b]) => seconds(a) - seconds(b) || compareText(idA, idB));
  const result = new Map(sets);
  const firstOfVersion = new Map<string, string>();
  for (const [id, entry] of updates) {
    if (excess <= 0) break;
    const first = firstOfVersion.get(entry.apiVersion);
    if (first === undefined) { firstOfVersion.set(entry.apiVersion, id); continue; }
    mergeInto(result, first, id, entry);
    excess--;
  }
  return result;
}

/** The first entry of a version becomes the merged one; it carries the time of the newest that went into it. */
function mergeInto(sets: Map<string, ManagedSet>, first: string, id: string, entry: ManagedSet): void {
  const merged = { ...entry, manager: MERGED_MANAGER, subresource: '' };
  const mergedId = managerId(merged);
  const before = sets.get(mergedId) ?? sets.get(first);
  if (!sets.has(mergedId)) sets.delete(first);
  sets.delete(id);
  sets.set(mergedId, { ...merged, set: before === undefined ? entry.set : union(entry.set, before.set) });
}
