import { badRequest, internalErrorWithoutReason } from '../errors/status-error.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { formatApiVersion, type GroupVersionKind } from '../meta/group-version.ts';
import type { KubeObject } from '../meta/kube-object.ts';
import type { ManagedFieldsEntry } from '../meta/object-meta.ts';
import type { GoFieldsOf } from '../schema/go-fields.ts';
import type { Schema, SchemaResolver } from '../schema/schema.ts';
import { ApplyConflict, conflictError } from './apply-conflict.ts';
import { capUpdateEntries } from './cap-update-entries.ts';
import { fieldFilter, type ResetFields } from './field-filter.ts';
import { difference, type FieldSet, fieldSetOf, isEmptySet, setEquals, union } from './field-set.ts';
import { fieldsOfLastApplied, withLastApplied } from './last-applied.ts';
import { decodeManagedFields, encodeManagedFields, type ManagedSets, type ManagerOperation, managerId, withEntry } from './managed-set.ts';
import { fieldElement } from './path-element.ts';
import { type Atom, typeModel } from './type-model.ts';
import { TypeMismatch } from './typed-value.ts';
import { type Actor, applyConfiguration, type Typed, updateManagedSets, type UpdaterContext } from './updater.ts';
import { validateTyped } from './validate-typed.ts';

export interface FieldManagerOptions {
  /** What is written: its kind in the version of the request. */
  kind: GroupVersionKind;
  /** The kind's schema, a reference for built-in kinds; undefined for custom resources without one. */
  schema: Schema | undefined;
  resolver: SchemaResolver;
  /** How Kubernetes' Go types write their fields, for built-in kinds: whoever creates an object does not own what is written of an empty one, too. */
  goFields?: GoFieldsOf;
  /** '' or left out for the object itself. Writes through a subresource have entries of their own. */
  subresource?: string;
  resetFields?: ResetFields;
  /** The object and its schema in another version of the kind; undefined when it is not served. Left out: one version alone. */
  convert?: (object: JsonObject, apiVersion: string) => { object: JsonObject; schema: Schema | undefined } | undefined;
}

export interface UpdateRequest {
  /** The object as it is stored; undefined for a create. */
  live: KubeObject | undefined;
  /** The object as it will be stored, defaulted, before admission. */
  next: KubeObject;
  /** Fields of the object itself (metadata, spec, …) in which `next` is known to say what `live` says: they are not looked at. */
  unchanged?: ReadonlySet<string> | undefined;
  manager: string;
  /** ms since 1970. */
  now: number;
}

export interface ApplyRequest {
  /** The object as it is stored; undefined when the apply creates it. */
  live: KubeObject | undefined;
  /** The configuration as it was sent, neither defaulted nor pruned. */
  applied: JsonObject;
  manager: string;
  force: boolean;
  now: number;
}

/** Keeps `metadata.managedFields` of one kind and subresource. Pure: the results are new objects that share parts with the inputs. */
export interface FieldManager {
  /** For create, update and every patch but apply: `next` with its managedFields. Never throws: garbage in entries clears them. */
  update(request: UpdateRequest): KubeObject;
  /**
   * Server-side apply: the merged object with its managedFields. It may hold nulls and lacks defaults: decode and
   * default it as if a client had sent it. Throws 409 for conflicts, 400 and 500 for what cannot be applied.
   */
  apply(request: ApplyRequest): KubeObject;
}

/** Fields that nobody ever owns. */
const NEVER_OWNED = fieldSetOf(
  ...['apiVersion', 'kind', 'metadata'].map((field) => [fieldElement(field)]),
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion']
    .map((field) => [fieldElement('metadata'), fieldElement(field)]),
);
/** Stands for whoever updates while it is not known yet whether anything changed. */
const CURRENT = 'current-operation';
/** The owner of all that was there when an object without entries is applied to first. */
const BEFORE_FIRST_APPLY = 'before-first-apply';
/** The applier that may take over from client-side apply. */
const KUBECTL = 'kubectl';

interface Scope { options: FieldManagerOptions; atom: Atom; context: UpdaterContext; subresource: string }

/**
 * The field manager of one kind and subresource; make it once and keep it. The order of a write:
 *
 *     decode, default → update()                      ┐
 *     apply() → decode, default what came out of it   ┴→ mutating admission → strategy, validation → keepTimesOfUnchanged() → store
 *
 * So nobody owns what admission and the strategy set. After admission the entries have to decode (decodeManagedFields);
 * where they do not, those from before are put back.
 */
export function createFieldManager(options: FieldManagerOptions): FieldManager {
  const { kind, schema, resolver, goFields, resetFields, convert } = options;
  const model = typeModel(resolver, goFields);
  const apiVersion = formatApiVersion(kind);
  const context: UpdaterContext = {
    apiVersion, filter: fieldFilter(resetFields),
    convert({ object }, version) {
      const converted = convert?.(object, version);
      return converted && { object: converted.object, atom: model.atomOf(converted.schema) };
    },
  };
  const scope: Scope = { options, atom: model.atomOf(schema), context, subresource: options.subresource ?? '' };
  return { update: (request) => update(scope, request), apply: (request) => apply(scope, request) };
}

function update(scope: Scope, { live, next, unchanged, manager, now }: UpdateRequest): KubeObject {
  const bare = withoutManagedFields(next);
  try {
    const sets = setsOfRequest(live, next, scope.subresource !== '');
    if (sets.size === 0 && live !== undefined) return asObject(bare); // tracking ended when the entries were cleared
    const before = live === undefined ? {} : withoutManagedFields(live);
    const liveTyped = typed(scope, before);
    const nextTyped = typed(scope, unchanged === undefined ? bare : sharing(bare, before, unchanged));
    return withManagedFields(bare, recordUpdate(scope, { live: liveTyped, next: nextTyped, sets, manager, now }));
  } catch (error) {
    if (error instanceof TypeMismatch) return asObject(bare);
    throw error;
  }
}

/** The entries that a request gives, where it gives readable ones and may; else those of the stored object. */
function setsOfRequest(live: KubeObject | undefined, next: KubeObject, isSubresource: boolean): ManagedSets {
  const given = next.metadata.managedFields;
  if (!isSubresource) {
    if (isReset(given)) return new Map();
    const sets = decodedOrNone(given);
    if (sets.size > 0) return sets;
  }
  return decodedOrNone(live?.metadata.managedFields);
}

/** An empty list, or a list of one empty entry, clears the entries. */
function isReset(entries: readonly ManagedFieldsEntry[] | null | undefined): boolean {
  const [only] = entries ?? [];
  return entries?.length === 0 || (entries?.length === 1 && only !== undefined && Object.keys(only).length === 0);
}

function decodedOrNone(entries: readonly ManagedFieldsEntry[] | undefined): ManagedSets {
  try { return decodeManagedFields(entries); } catch { return new Map(); } // clients write what they like: malformed entries count as none
}

function recordUpdate(scope: Scope, { live, next, sets, manager, now }: { live: Typed; next: Typed; sets: ManagedSets; manager: string; now: number }): ManagedSets {
  const actor = actorOf(scope, manager, 'Update');
  const updated = updateManagedSets({ live, next, sets, actor: { ...actor, id: CURRENT }, context: scope.context });
  const changed = updated.get(CURRENT);
  if (changed === undefined) return capUpdateEntries(updated);
  const others = withEntry(updated, CURRENT, undefined);
  const taken = difference(changed.set, NEVER_OWNED);
  if (isEmptySet(taken)) return capUpdateEntries(others);
  const before = others.get(actor.id);
  return capUpdateEntries(withEntry(others, actor.id, { ...actor.entry, timeMs: now, set: before === undefined ? taken : union(taken, before.set) }));
}

function apply(scope: Scope, { live, applied, manager, force, now }: ApplyRequest): KubeObject {
  checkKind(scope.options.kind, applied);
  if (metadataOf(applied)['managedFields'] !== undefined && metadataOf(applied)['managedFields'] !== null) throw badRequest('metadata.managedFields must be nil');
  const liveTyped = typed(scope, live === undefined ? {} : withoutManagedFields(live));
  let sets = decodedOrFailed(live);
  if (sets.size === 0) sets = recordUpdate(scope, { live: typed(scope, {}), next: liveTyped, sets, manager: BEFORE_FIRST_APPLY, now });
  validateApplied(scope, applied);
  const run = { scope, live: liveTyped, applied: typed(scope, applied), sets, manager, now };
  try {
    return applyOnce(run, force);
  } catch (error) {
    if (error instanceof TypeMismatch) throw internalErrorWithoutReason(`failed to create typed live object (${identity(scope, liveTyped.object)}): ${error.message}`);
    if (!(error instanceof ApplyConflict)) throw error;
    if (manager === KUBECTL) return applyOverClientSide(run, error);
    throw conflictError(error);
  }
}

interface ApplyRun { scope: Scope; live: Typed; applied: Typed; sets: ManagedSets; manager: string; now: number }

function applyOnce({ scope, live, applied, sets, manager, now }: ApplyRun, force: boolean): KubeObject {
  const actor = actorOf(scope, manager, 'Apply');
  const result = applyConfiguration({ live, applied, sets, actor, force, context: scope.context });
  const entry = result.sets.get(actor.id);
  const recorded = withEntry(result.sets, actor.id, entry && { ...entry, set: knownOrNew(sets.get(actor.id)?.set, difference(entry.set, NEVER_OWNED)), timeMs: result.object === undefined ? entry.timeMs : now });
  const object = result.object ?? live.object;
  return withManagedFields(manager === KUBECTL ? withLastApplied(object, applied.object) : object, recorded);
}

/** Mostly the same fields are applied again; the set of last time has its spelling already. */
function knownOrNew(known: FieldSet | undefined, set: FieldSet): FieldSet {
  return known !== undefined && setEquals(known, set) ? known : set;
}

/** Conflicts with what client-side apply left are no conflicts for kubectl. */
function applyOverClientSide(run: ApplyRun, error: ApplyConflict): KubeObject {
  const allowed = fieldsOfLastApplied(run.live, run.scope.context.apiVersion);
  if (allowed === undefined) throw conflictError(error);
  const remaining = [...error.conflicts].map(([id, { owner, set }]) => [id, { owner, set: difference(set, allowed) }] as const).filter(([, { set }]) => !isEmptySet(set));
  if (remaining.length > 0) throw conflictError(new ApplyConflict(new Map(remaining)));
  return applyOnce(run, true);
}

function checkKind(kind: GroupVersionKind, applied: JsonObject): void {
  const given = { apiVersion: String(applied['apiVersion'] ?? ''), kind: String(applied['kind'] ?? '') };
  if (given.apiVersion !== formatApiVersion(kind) || given.kind !== kind.kind) throw badRequest(`invalid object type: ${printKind(given)}`);
}

function validateApplied(scope: Scope, applied: JsonObject): void {
  try {
    validateTyped(applied, scope.atom);
  } catch (error) {
    if (!(error instanceof TypeMismatch)) throw error;
    throw internalErrorWithoutReason(`failed to create typed patch object (${identity(scope, applied)}): ${error.message}`);
  }
}

function identity({ context: { apiVersion }, options }: Scope, object: JsonObject): string {
  const { name = '', namespace = '' } = metadataOf(object);
  return `${String(namespace)}/${String(name)}; ${printKind({ apiVersion, kind: options.kind.kind })}`;
}

/** As Go prints a kind: `apps/v1, Kind=Deployment`, `/v1, Kind=ConfigMap`. */
function printKind({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}

function decodedOrFailed(live: KubeObject | undefined): ManagedSets {
  try {
    return decodeManagedFields(live?.metadata.managedFields);
  } catch (error) {
    throw internalErrorWithoutReason(`failed to decode managed fields: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function actorOf({ context: { apiVersion }, subresource }: Scope, manager: string, operation: ManagerOperation): Actor {
  const entry = { manager: manager === '' ? 'unknown' : manager, operation, apiVersion, subresource };
  return { id: managerId(entry), entry };
}

function typed({ atom }: Scope, object: JsonObject): Typed {
  return { object, atom };
}

function metadataOf(object: JsonObject): Record<string, Json> {
  const { metadata } = object;
  return isJsonObject(metadata) ? metadata : {};
}

function withoutManagedFields(object: KubeObject): JsonObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata } as unknown as JsonObject; // objects of the API are JSON
}

/** The object with these fields taken from another that says the same: comparisons pass over what is shared. */
function sharing(object: JsonObject, other: JsonObject, fields: ReadonlySet<string>): JsonObject {
  const result = { ...object };
  for (const field of fields) if (other[field] !== undefined) result[field] = other[field];
  return result;
}

function withManagedFields(object: JsonObject, sets: ManagedSets): KubeObject {
  const managedFields = encodeManagedFields(sets);
  const { managedFields: _, ...metadata } = metadataOf(object);
  return { ...object, metadata: { ...metadata, ...(managedFields && { managedFields }) } } as unknown as KubeObject; // checked by the type of the kind
}

function asObject(object: JsonObject): KubeObject {
  return object as unknown as KubeObject; // made from one
}
