import { copyJson, invalid, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { ResourceStorage } from '../served-resource.ts';
import type { StrategyContext } from '../strategy.ts';
import { validateMetadata, validateMetadataUpdate } from './validate-metadata.ts';
import { jsonEquals } from './json-equals.ts';

/** Prepares and judges a new object; throws 422 with all its faults. */
export function checkCreate(storage: ResourceStorage, object: KubeObject, context: StrategyContext, warn: (text: string) => void): void {
  const { strategy } = storage;
  prepareCreate(storage, object, context);
  refuse(storage, object, [...(strategy.judgesMetadataItself === true ? [] : validateMetadata(storage, object)), ...(strategy.validate?.(object, context) ?? [])]);
  for (const text of strategy.warnings?.(object, undefined, context) ?? []) warn(text);
}

/** What the server adds to a new object, and takes from it. */
export function prepareCreate(storage: ResourceStorage, object: KubeObject, context: StrategyContext): void {
  const { strategy } = storage;
  if (storage.hasStatus && strategy.keepsStatusOnCreate !== true) resetStatus(storage, object);
  strategy.prepareForCreate?.(object, context);
  if (strategy.generationFields !== undefined) object.metadata.generation = 1;
}

/** Prepares and judges the next state of an object. */
export function checkUpdate(storage: ResourceStorage, { object, old, context, warn }: { object: KubeObject; old: Readonly<KubeObject>; context: StrategyContext; warn: (text: string) => void }): void {
  const { strategy } = storage;
  prepareUpdate(storage, { object, old, context });
  const faults = strategy.validateUpdate?.(object, old, context) ?? strategy.validate?.(object, context) ?? [];
  refuse(storage, object, [...validateMetadataUpdate(storage, object, old), ...faults]);
  for (const text of strategy.warnings?.(object, old, context) ?? []) warn(text);
}

/** Keeps what an update may not change, and counts its generation. */
export function prepareUpdate({ strategy, hasStatus }: ResourceStorage, { object, old, context }: { object: KubeObject; old: Readonly<KubeObject>; context: StrategyContext }): void {
  if (hasStatus) separateStatus(object, old, context.subresource);
  strategy.prepareForUpdate?.(object, old, context);
  if (context.subresource !== 'status' && countsAsNewGeneration(strategy.generationFields, object, old)) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

/** A new object has the status of nothing, as its kind writes it. */
function resetStatus({ emptyStatus }: ResourceStorage, object: KubeObject): void {
  if (emptyStatus === undefined) delete object['status'];
  else object['status'] = copyJson(emptyStatus);
}

/** The main path leaves status as it is; /status leaves all but status and metadata as it is. What is left so is shared with the old object. */
function separateStatus(object: KubeObject, old: Readonly<KubeObject>, subresource: string): void {
  if (subresource === '' || subresource === 'scale') {
    if (old['status'] === undefined) delete object['status'];
    else object['status'] = old['status'];
  }
  if (subresource !== 'status') return;
  for (const field of new Set([...Object.keys(object), ...Object.keys(old)])) {
    if (field === 'status' || field === 'metadata' || field === 'kind' || field === 'apiVersion') continue;
    if (old[field] === undefined) delete object[field];
    else object[field] = old[field];
  }
}

function refuse(storage: ResourceStorage, object: KubeObject, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: storage.kind.group, kind: object.kind }, object.metadata.name ?? '', errors);
}

function countsAsNewGeneration(fields: readonly string[] | undefined, object: KubeObject, old: Readonly<KubeObject>): boolean {
  return fields !== undefined && fields.some((path) => !jsonEquals(valueAt(object, path), valueAt(old, path)));
}

/** `metadata.annotations` → that value; fields of generations are never inside lists. */
function valueAt(object: Readonly<KubeObject>, path: string): unknown {
  let value: unknown = object;
  for (const part of path.split('.')) value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined; // an object by the check
  return value;
}
