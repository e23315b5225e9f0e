import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../meta/object-meta.ts';
import { parseApiVersion } from '../meta/group-version.ts';
import { goQuote } from '../codec/go-text.ts';
import { forbiddenField, invalidValue, required, tooLong, type FieldError } from './field-error.ts';
import { labelKeyFaults } from './label-rules.ts';
import { validateLabels } from './label-selector-rules.ts';
import { dnsLabelName, type NameRule } from './name-rules.ts';

/** Bytes of all keys and values together. */
export const ANNOTATIONS_MAX_BYTES: number = 256 * 1024;
const MANAGER_MAX_BYTES = 128;
const SUBRESOURCE_MAX_BYTES = 256;

export const fieldImmutable = 'field is immutable';

export interface ObjectMetaRules {
  namespaced: boolean;
  validateName: NameRule;
  /** `metadata` unless the object stands inside another. */
  path?: string;
  /** Set for custom resources: built-in kinds take finalizers with a domain and the standard ones only. */
  anyFinalizer?: boolean;
}

/** Faults of a new object's metadata, after its name was generated. */
export function validateObjectMeta(meta: Readonly<Partial<ObjectMeta>>, { namespaced, validateName, path = 'metadata', anyFinalizer = false }: ObjectMetaRules): FieldError[] {
  const errors: FieldError[] = [];
  if (filled(meta.generateName)) for (const fault of validateName(meta.generateName, true)) errors.push(invalidValue(`${path}.generateName`, meta.generateName, fault));
  if (!filled(meta.name)) errors.push(required(`${path}.name`, 'name or generateName is required'));
  else for (const fault of validateName(meta.name)) errors.push(invalidValue(`${path}.name`, meta.name, fault));
  errors.push(...validateNamespace(meta.namespace, namespaced, `${path}.namespace`));
  if ((meta.generation ?? 0) < 0) errors.push(invalidValue(`${path}.generation`, meta.generation, 'must be greater than or equal to 0'));
  errors.push(...validateLabels(meta.labels, `${path}.labels`), ...validateAnnotations(meta.annotations, `${path}.annotations`));
  errors.push(...validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`), ...validateFinalizers(meta.finalizers, `${path}.finalizers`));
  errors.push(...validateManagedFields(meta.managedFields, `${path}.managedFields`));
  if (!anyFinalizer) errors.push(...validateFinalizerDomains(meta.finalizers, `${path}.finalizers`));
  return errors;
}

/** Faults of changed metadata. What the server owns has to be carried over from the old object before. */
export function validateObjectMetaUpdate(meta: Readonly<Partial<ObjectMeta>>, old: Readonly<Partial<ObjectMeta>>, { path = 'metadata', anyFinalizer = false }: Pick<ObjectMetaRules, 'path' | 'anyFinalizer'> = {}): FieldError[] {
  const errors: FieldError[] = [];
  if (filled(old.deletionTimestamp)) errors.push(...validateNoNewFinalizers(meta.finalizers ?? [], old.finalizers ?? [], `${path}.finalizers`));
  if (!filled(meta.resourceVersion)) errors.push(invalidValue(`${path}.resourceVersion`, '', 'must be specified for an update'));
  if ((meta.generation ?? 0) < (old.generation ?? 0)) errors.push(invalidValue(`${path}.generation`, meta.generation ?? 0, 'must not be decremented'));
  for (const field of ['name', 'namespace', 'uid'] as const) errors.push(...immutableField(meta[field] ?? '', old[field] ?? '', `${path}.${field}`));
  for (const field of ['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) errors.push(...immutableField(meta[field] ?? null, old[field] ?? null, `${path}.${field}`));
  errors.push(...validateLabels(meta.labels, `${path}.labels`), ...validateAnnotations(meta.annotations, `${path}.annotations`));
  errors.push(...validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`), ...validateManagedFields(meta.managedFields, `${path}.managedFields`));
  if (!anyFinalizer) errors.push(...validateFinalizerDomains(meta.finalizers, `${path}.finalizers`));
  return errors;
}

function filled(text: string | null | undefined): text is string {
  return text !== undefined && text !== null && text !== '';
}

/** A scalar that may not change. */
export function immutableField(value: string | number | boolean | null, old: string | number | boolean | null, path: string): FieldError[] {
  return value === old ? [] : [invalidValue(path, value, fieldImmutable)];
}

function validateNamespace(namespace: string | undefined, namespaced: boolean, path: string): FieldError[] {
  if (!namespaced) return filled(namespace) ? [forbiddenField(path, 'not allowed on this type')] : [];
  return filled(namespace) ? dnsLabelName(namespace).map((fault) => invalidValue(path, namespace, fault)) : [required(path)];
}

export function validateAnnotations(annotations: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const fault of labelKeyFaults(key.toLowerCase())) errors.push(invalidValue(path, key, fault));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > ANNOTATIONS_MAX_BYTES) errors.push(tooLong(path, ANNOTATIONS_MAX_BYTES));
  return errors;
}

export function validateOwnerReferences(owners: readonly OwnerReference[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller = '';
  for (const owner of owners ?? []) {
    errors.push(...validateOwnerReference(owner, path));
    if (owner.controller !== true) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (controller === '') controller = name;
    else errors.push(invalidValue(path, (owners ?? []).map(inGoOrder), `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`));
  }
  return errors;
}

function validateOwnerReference(owner: OwnerReference, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { group, version } = parseApiVersion(owner.apiVersion ?? '');
  if (version === '') errors.push(invalidValue(`${path}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'));
  for (const field of ['kind', 'name', 'uid'] as const) if (!filled(owner[field])) errors.push(invalidValue(`${path}.${field}`, '', 'must not be empty'));
  if (group === '' && version === 'v1' && owner.kind === 'Event') errors.push(invalidValue(path, inGoOrder(owner), '/v1, Kind=Event is disallowed from being an owner'));
  return errors;
}

/** As Go's encoder orders the fields. */
function inGoOrder({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }: OwnerReference): OwnerReference {
  return { apiVersion, kind, name, uid, ...(controller !== undefined && { controller }), ...(blockOwnerDeletion !== undefined && { blockOwnerDeletion }) };
}

export function validateFinalizers(finalizers: readonly string[] | undefined, path: string): FieldError[] {
  const errors = (finalizers ?? []).flatMap((finalizer) => labelKeyFaults(finalizer).map((fault) => invalidValue(path, finalizer, fault)));
  if (finalizers?.includes('orphan') === true && finalizers.includes('foregroundDeletion')) {
    errors.push(invalidValue(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}

const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Finalizers of built-in kinds: without a domain only the standard ones. */
export function validateFinalizerDomains(finalizers: readonly string[] | undefined, path: string): FieldError[] {
  return (finalizers ?? []).flatMap((finalizer, i) => (finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer) ? [] : [invalidValue(`${path}[${i}]`, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')]));
}

/** While an object is being deleted its finalizers may only become fewer. */
export function validateNoNewFinalizers(finalizers: readonly string[], old: readonly string[], path: string): FieldError[] {
  const extra = [...new Set(finalizers)].filter((one) => !old.includes(one)).sort();
  if (extra.length === 0) return [];
  return [forbiddenField(path, `no new finalizers can be added if the object is being deleted, found new finalizers []string{${extra.map(goQuote).join(', ')}}`)];
}

export function validateManagedFields(entries: readonly ManagedFieldsEntry[] | undefined, path: string): FieldError[] {
  return (entries ?? []).flatMap(({ operation, fieldsType, manager, subresource }, i) => {
    const errors: FieldError[] = [];
    if (operation !== 'Apply' && operation !== 'Update') errors.push(invalidValue(`${path}[${i}].operation`, operation ?? '', 'must be `Apply` or `Update`'));
    if (filled(fieldsType) && fieldsType !== 'FieldsV1') errors.push(invalidValue(`${path}[${i}].fieldsType`, fieldsType, 'must be `FieldsV1`'));
    errors.push(...validateFieldManager(manager ?? '', `${path}[${i}].manager`));
    if (Buffer.byteLength(subresource ?? '') > SUBRESOURCE_MAX_BYTES) errors.push(tooLong(`${path}[${i}].subresource`, SUBRESOURCE_MAX_BYTES));
    return errors;
  });
}

/** The name under which a client writes: short and printable. */
export function validateFieldManager(manager: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > MANAGER_MAX_BYTES) errors.push(tooLong(path, MANAGER_MAX_BYTES));
  let position = 0; // in bytes, as Go counts
  for (const character of manager) {
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      errors.push(invalidValue(path, manager, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(character);
  }
  return errors;
}
