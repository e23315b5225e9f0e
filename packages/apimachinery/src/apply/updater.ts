import type { JsonObject } from '../json.ts';
import { jsonEquals } from '../patch/json-equals.ts';
import { ApplyConflict, type Conflicts } from './apply-conflict.ts';
import { compareObjects, type Comparison } from './compare-objects.ts';
import type { FieldFilter } from './field-filter.ts';
import { difference, EMPTY_SET, type FieldSet, intersection, isEmptySet, union } from './field-set.ts';
import { fieldSetOfObject } from './field-set-of-object.ts';
import { type ManagedSet, type ManagedSets, withEntry } from './managed-set.ts';
import { mergeObjects } from './merge-objects.ts';
import { prune } from './prune.ts';
import { reconcileWithSchema } from './reconcile-with-schema.ts';
import type { Atom } from './type-model.ts';

/** An object in one version, with its type. */
export interface Typed { readonly object: JsonObject; readonly atom: Atom }
/** The object in another version; undefined when that version is served no more. */
export type Convert = (typed: Typed, apiVersion: string) => Typed | undefined;

export interface UpdaterContext {
  /** The version of the request. */
  readonly apiVersion: string;
  readonly convert: Convert;
  readonly filter: FieldFilter;
}

/** Whose entry an operation writes. */
export interface Actor { readonly id: string; readonly entry: Omit<ManagedSet, 'set' | 'timeMs'> }

/** The entries after an update: the actor owns what it changed or added, all others lose it and what is gone. */
export function updateManagedSets({ live, next, sets, actor, context }: { live: Typed; next: Typed; sets: ManagedSets; actor: Actor; context: UpdaterContext }): ManagedSets {
  const current = reconciled(sets, live, context);
  const { sets: others, comparison } = takeOwnership({ live, next, sets: current, actorId: actor.id, force: true, context });
  const before = others.get(actor.id);
  const kept = difference(before?.set ?? EMPTY_SET, comparison.removed);
  const set = context.filter(union(kept, comparison.changed));
  return withEntry(others, actor.id, { ...actor.entry, timeMs: before?.timeMs, set });
}

/**
 * Merges a configuration into the object. Fields that the actor applied before and applies no more are removed unless
 * others own them. Throws an ApplyConflict for fields that others own, unless forced.
 * `object` is undefined when nothing changes.
 */
export function applyConfiguration({ live, applied, sets, actor, force, context }: { live: Typed; applied: Typed; sets: ManagedSets; actor: Actor; force: boolean; context: UpdaterContext }): { object: JsonObject | undefined; sets: ManagedSets } {
  const current = reconciled(sets, live, context);
  const before = current.get(actor.id);
  const entry: ManagedSet = { ...actor.entry, timeMs: before?.timeMs, set: context.filter(fieldSetOfObject(applied.object, applied.atom)) };
  const claimed = new Map(current).set(actor.id, entry);
  const merged: Typed = { atom: live.atom, object: mergeObjects(live.object, applied.object, live.atom) };
  const next = before === undefined ? merged : prune({ merged, sets: claimed, before, now: entry, context });
  const { sets: result } = takeOwnership({ live, next, sets: claimed, actorId: actor.id, force, context });
  return { object: jsonEquals(live.object, next.object) ? undefined : next.object, sets: result };
}

/** What one write changed or added, and what it removed; without the fields that it resets. */
interface Change { changed: FieldSet; removed: FieldSet }

/** Takes what changed from all but the actor; entries that end empty or in a version that is gone are dropped. */
function takeOwnership({ live, next, sets, actorId, force, context }: { live: Typed; next: Typed; sets: ManagedSets; actorId: string; force: boolean; context: UpdaterContext }): { sets: ManagedSets; comparison: Change } {
  const comparisonIn = comparisons(live, next, context);
  const result = new Map<string, ManagedSet>();
  const conflicts: Map<string, { owner: ManagedSet; set: FieldSet }> = new Map();
  for (const [id, entry] of sets) {
    if (id === actorId) { if (!isEmptySet(entry.set)) result.set(id, entry); continue; }
    const comparison = comparisonIn(entry.apiVersion);
    if (comparison === undefined) continue;
    const taken = intersection(entry.set, comparison.changed);
    if (!isEmptySet(taken)) conflicts.set(id, { owner: entry, set: taken });
    const set = difference(difference(entry.set, taken), comparison.removed);
    if (!isEmptySet(set)) result.set(id, set === entry.set ? entry : { ...entry, set });
  }
  if (!force && conflicts.size > 0) throw new ApplyConflict(conflicts satisfies Conflicts);
  return { sets: result, comparison: comparisonIn(context.apiVersion) as Change }; // the version of the request is served
}

/** The comparison of two objects in any version, each made once. */
function comparisons(live: Typed, next: Typed, { apiVersion, convert, filter }: UpdaterContext): (version: string) => Change | undefined {
  const made = new Map<string, Change | undefined>();
  return (version) => {
    if (!made.has(version)) made.set(version, compareIn(version));
    return made.get(version);
  };
  function compareIn(version: string): Change | undefined {
    const [from, to] = version === apiVersion ? [live, next] : [convert(live, version), convert(next, version)];
    if (from === undefined || to === undefined) return undefined;
    const comparison = compareObjects(from.object, to.object, from.atom);
    return Object.keys(from.object).length === 0 ? rememberedChange(comparison, filter) : changeOf(comparison, filter);
  }
}

function changeOf({ added, modified, removed }: Comparison, filter: FieldFilter): Change {
  return { changed: union(filter(modified), filter(added)), removed: filter(removed) };
}

/** Comparisons of new objects are remembered by shape, and so are the changes that they amount to. */
const changesOfNew = new WeakMap<FieldFilter, WeakMap<Comparison, Change>>();

function rememberedChange(comparison: Comparison, filter: FieldFilter): Change {
  let changes = changesOfNew.get(filter);
  if (changes === undefined) changesOfNew.set(filter, changes = new WeakMap<Comparison, Change>());
  let change = changes.get(comparison);
  if (change === undefined) changes.set(comparison, change = changeOf(comparison, filter));
  return change;
}

function reconciled(sets: ManagedSets, live: Typed, { apiVersion, convert }: UpdaterContext): ManagedSets {
  const result = new Map<string, ManagedSet>();
  for (const [id, entry] of sets) {
    const atom = entry.apiVersion === apiVersion ? live.atom : convert(live, entry.apiVersion)?.atom;
    if (atom !== undefined) result.set(id, { ...entry, set: reconcileWithSchema(entry.set, atom) });
  }
  return result;
}
