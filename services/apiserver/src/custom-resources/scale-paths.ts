import type { apiextensionsV1 } from '@kubernode/api';
import { goJson, invalidValue, isJsonObject, type FieldError, type Json, type JsonObject } from '@kubernode/apimachinery';

export type ScalePaths = apiextensionsV1.CustomResourceSubresourceScale;

const INT32_MAX = 2_147_483_647;

/** `.spec.replicas` → spec, replicas. */
export function splitPath(path: string): string[] {
  return path.replace(/^\./, '').split('.');
}

export class PathFault extends Error { override readonly name = 'PathFault'; }

/** The number at a path; undefined where there is none. @throws PathFault in Kubernetes' words for anything else there. */
export function numberAt(object: Readonly<JsonObject>, path: string): number | undefined {
  const value = valueAt(object, path);
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(path, value, 'int64');
  return value;
}

/** Likewise for a text. */
export function textAt(object: Readonly<JsonObject>, path: string): string | undefined {
  const value = valueAt(object, path);
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw wrongType(path, value, 'string');
  return value;
}

/** Sets the value at a path, making the objects that lead there. */
export function setAt(object: JsonObject, path: string, value: Json): void {
  const fields = splitPath(path);
  let at = object;
  for (const field of fields.slice(0, -1)) {
    const next = at[field];
    if (next !== undefined && !isJsonObject(next)) throw new PathFault(`value cannot be set because .${fields.join('.')} is not a map[string]interface{}`);
    at = at[field] = next ?? {};
  }
  at[fields.at(-1) ?? ''] = value;
}

function valueAt(object: Readonly<JsonObject>, path: string): Json | undefined {
  let value: Json | undefined = object;
  for (const field of splitPath(path)) {
    if (value === undefined || value === null) return undefined;
    if (!isJsonObject(value)) throw new PathFault(`.${splitPath(path).join('.')} accessor error: ${shown(value)} is of the type ${goType(value)}, expected map[string]interface{}`);
    value = value[field];
  }
  return value;
}

function wrongType(path: string, value: Json, wanted: string): PathFault {
  return new PathFault(`.${splitPath(path).join('.')} accessor error: ${shown(value)} is of the type ${goType(value)}, expected ${wanted}`);
}

function shown(value: Json): string {
  return value === null ? '<nil>' : typeof value === 'string' ? value : goJson(value);
}

function goType(value: Json): string {
  if (value === null) return '<nil>';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? '[]interface {}' : typeof value === 'string' ? 'string' : 'map[string]interface {}';
}

/** What an object may not say where its scale is read from. */
export function scaleFaults(object: Readonly<JsonObject>, { specReplicasPath, statusReplicasPath, labelSelectorPath }: ScalePaths, parts: 'all' | 'status'): FieldError[] {
  return [
    ...(parts === 'all' ? replicasFaults(object, specReplicasPath) : []),
    ...replicasFaults(object, statusReplicasPath),
    ...(labelSelectorPath === undefined ? [] : faultsOf(labelSelectorPath, '', () => { textAt(object, labelSelectorPath); return []; })),
  ];
}

function replicasFaults(object: Readonly<JsonObject>, path: string): FieldError[] {
  return faultsOf(path, 0, () => {
    const replicas = numberAt(object, path) ?? 0;
    if (replicas < 0) return [invalidValue(path, replicas, 'should be a non-negative integer')];
    return replicas > INT32_MAX ? [invalidValue(path, replicas, `should be less than or equal to ${INT32_MAX}`)] : [];
  });
}

function faultsOf(path: string, shownValue: Json, find: () => FieldError[]): FieldError[] {
  try { return find(); } catch (error) {
    if (error instanceof PathFault) return [invalidValue(path, shownValue, error.message)];
    throw error;
  }
}
