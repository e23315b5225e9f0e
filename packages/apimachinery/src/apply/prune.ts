import { difference, EMPTY_SET, type FieldSet, intersection, isSubset, union } from './field-set.ts';
import { fieldSetOfObject } from './field-set-of-object.ts';
import type { ManagedSet, ManagedSets } from './managed-set.ts';
import { removeItems, withNamedFields } from './remove-items.ts';
import type { Convert, Typed, UpdaterContext } from './updater.ts';

/**
 * Removes from a merged object what its applier applied `before` and applies no more, as far as nobody else owns it.
 * `sets` holds what the applier claims `now` too. Names of fields are compared in the version in which they were recorded.
 */
export function prune({ merged, sets, before, now, context }: { merged: Typed; sets: ManagedSets; before: ManagedSet; now: ManagedSet; context: UpdaterContext }): Typed {
  if (before.apiVersion === now.apiVersion && isSubset(before.set, now.set)) return merged; // nothing was dropped: the usual case
  const owned = ownedByVersion(sets);
  if (isSubset(before.set, owned.get(before.apiVersion) ?? EMPTY_SET)) return merged; // all that was dropped is owned by others
  const start = before.apiVersion === context.apiVersion ? merged : context.convert(merged, before.apiVersion);
  if (start === undefined) return merged;
  let pruned: Typed = { atom: start.atom, object: removeItems(start.object, withNamedFields(before.set, start.atom), start.atom) };
  pruned = addBackOwned({ merged: start, pruned, version: before.apiVersion, owned, convert: context.convert });
  pruned = addBackDangling(start, pruned, before.set);
  return (before.apiVersion === context.apiVersion ? pruned : context.convert(pruned, context.apiVersion)) ?? merged;
}

/** What anybody owns, by version. */
function ownedByVersion(sets: ManagedSets): Map<string, FieldSet> {
  const owned = new Map<string, FieldSet>();
  for (const { apiVersion, set } of sets.values()) owned.set(apiVersion, union(owned.get(apiVersion) ?? EMPTY_SET, set));
  return owned;
}

/** Puts back what was pruned and is owned, version by version, that of the pruned object first. */
function addBackOwned({ merged, pruned, version, owned, convert }: { merged: Typed; pruned: Typed; version: string; owned: Map<string, FieldSet>; convert: Convert }): Typed {
  const versions = [...new Set([version, ...owned.keys()])].filter((one) => owned.has(one));
  let [whole, result, at] = [merged, pruned, version];
  for (const next of versions) {
    if (next !== at) {
      const [wholeThere, resultThere] = [convert(whole, next), convert(result, next)];
      if (wholeThere === undefined || resultThere === undefined) continue;
      [whole, result, at] = [wholeThere, resultThere, next];
    }
    const { atom } = whole;
    const kept = union(namedSetOf(result), withNamedFields(owned.get(next) ?? EMPTY_SET, atom));
    result = { atom, object: removeItems(whole.object, difference(namedSetOf(whole), kept), atom) };
  }
  return at === version ? result : convert(result, version) ?? result;
}

/** Puts back what went with a removed parent without ever having been the applier's. */
function addBackDangling(merged: Typed, pruned: Typed, before: FieldSet): Typed {
  const gone = difference(namedSetOf(merged), namedSetOf(pruned));
  return { atom: merged.atom, object: removeItems(merged.object, intersection(gone, withNamedFields(before, merged.atom)), merged.atom) };
}

function namedSetOf({ object, atom }: Typed): FieldSet {
  return withNamedFields(fieldSetOfObject(object, atom), atom);
}
