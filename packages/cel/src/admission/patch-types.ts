import type { Json } from '@kubernode/apimachinery';
import type { TypeProvider } from '../check/declarations.ts';
import { dynType, stringType, structType, type CelType } from '../types/cel-type.ts';
import { listToJson, toJson } from '../values/json.ts';
import { CelList } from '../values/list.ts';
import { CelMap } from '../values/map.ts';
import { CelError, CelStruct, type SameValues, type Value } from '../values/value.ts';

export const objectPatchType: CelType = structType('Object');
export const jsonPatchType: CelType = structType('JSONPatch');

const JSON_PATCH_FIELDS: ReadonlyMap<string, CelType> = new Map([['op', stringType], ['path', stringType], ['from', stringType], ['value', dynType]]);

/** Types that mutations are written in. Of `Object.spec.containers{…}` and the like no fields are known: any may be given. */
export const patchTypes: TypeProvider = {
  hasStruct: (name) => name === jsonPatchType.name || isObjectType(name),
  fieldType: (struct, field) => (struct === jsonPatchType.name ? JSON_PATCH_FIELDS.get(field) : dynType),
  create: (struct, fields) => new PatchStruct(struct, fields),
};

function isObjectType(name: string): boolean {
  return name === objectPatchType.name || name.startsWith(`${objectPatchType.name}.`);
}

/** What `Object{…}` or `JSONPatch{…}` made. */
export class PatchStruct extends CelStruct {
  readonly type: CelType;
  readonly fields: ReadonlyMap<string, Value>;

  constructor(name: string, fields: ReadonlyMap<string, Value>) {
    super();
    this.type = structType(name);
    this.fields = fields;
  }

  get(field: string): Value | undefined {
    return this.fields.get(field);
  }

  equals(other: CelStruct, same: SameValues): boolean {
    if (!(other instanceof PatchStruct) || other.fields.size !== this.fields.size) return false;
    return [...this.fields].every(([name, value]) => {
      const theirs = other.fields.get(name);
      return theirs !== undefined && same(value, theirs);
    });
  }
}

/** Why types and fields do not go together: below `spec` stands `Object.spec{…}`, whatever lists and maps are between. */
export function typeNameFaults(value: Value, path: string = objectPatchType.name): string[] {
  if (value instanceof PatchStruct) {
    const own = value.type.name === path ? [] : [`unexpected type name ${JSON.stringify(value.type.name)}, expected ${JSON.stringify(path)}, which matches field name path from root Object type`];
    return [...own, ...[...value.fields].flatMap(([name, field]) => typeNameFaults(field, `${path}.${name}`))];
  }
  if (value instanceof CelList) return [...value].flatMap((item) => typeNameFaults(item, path));
  if (value instanceof CelMap) return [...value.keys()].flatMap((key) => typeNameFaults(value.get(key) ?? null, path));
  return [];
}

/** The JSON of a value that may hold patch objects; an error for what JSON cannot say. */
export function patchJson(value: Value): Json | CelError {
  if (value instanceof PatchStruct) return entriesJson([...value.fields]);
  if (value instanceof CelList) return listToJson(value, patchJson);
  if (!(value instanceof CelMap)) return toJson(value);
  const keys = [...value.keys()];
  const odd = keys.find((key) => typeof key !== 'string');
  if (odd !== undefined) return new CelError(`map key ${JSON.stringify(String(odd as bigint))} is not string`); // keys are scalars
  return entriesJson(keys.map((key) => [key as string, value.get(key) ?? null])); // strings, all of them
}

function entriesJson(entries: readonly (readonly [string, Value])[]): Json | CelError {
  const result: [string, Json][] = [];
  for (const [name, value] of entries) {
    const json = patchJson(value);
    if (json instanceof CelError) return json;
    result.push([name, json]);
  }
  return Object.fromEntries(result);
}
