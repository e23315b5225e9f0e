import { forbiddenField, invalidValue, notSupported, repeatedIndexes, required, type FieldError } from '@kubernode/apimachinery';
import { itemsOf, type SchemaProps } from '../structural/schema-parts.ts';

const LIST_TYPES = ['atomic', 'set', 'map'];
const MAP_TYPES = ['atomic', 'granular'];

/** Faults of what a schema says about how lists and maps are merged. */
export function listTypeFaults(schema: SchemaProps, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const mapType = schema['x-kubernetes-map-type'];
  return [
    ...(schema['x-kubernetes-preserve-unknown-fields'] === false ? [invalidValue(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined')] : []),
    ...(mapType === undefined ? [] : wrongTypeFaults(schema, 'object', 'x-kubernetes-map-type', path)),
    ...(mapType === undefined || MAP_TYPES.includes(mapType) ? [] : [notSupported(`${path}.x-kubernetes-map-type`, mapType, MAP_TYPES)]),
    ...(listType === undefined ? [] : listType === 'set' && schema.type === 'array' ? setFaults(schema, path) : wrongTypeFaults(schema, 'array', 'x-kubernetes-list-type', path)),
    ...(listType === undefined || LIST_TYPES.includes(listType) ? [] : [notSupported(`${path}.x-kubernetes-list-type`, listType, LIST_TYPES)]),
    ...strayKeyFaults(schema, path),
    ...(listType === 'map' ? keyedListFaults(schema, path) : []),
    ...nullabilityFaults(schema, path),
  ];
}

function wrongTypeFaults({ type = '' }: SchemaProps, wanted: string, because: string, path: string): FieldError[] {
  if (type === wanted) return [];
  const detail = `must be ${wanted} if ${because} is specified`;
  return [type === '' ? required(`${path}.type`, detail) : invalidValue(`${path}.type`, type, detail)];
}

/** What is in a set is compared as a whole. */
function setFaults(schema: SchemaProps, path: string): FieldError[] {
  const items = itemsOf(schema);
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items?.['x-kubernetes-list-type'];
  if (items?.type === 'array' && listType !== undefined && listType !== 'atomic') return [invalidValue(`${path}.items.x-kubernetes-list-type`, listType, detail)];
  if (items?.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') return [invalidValue(`${path}.items.x-kubernetes-map-type`, listType ?? null, detail)];
  return [];
}

function strayKeyFaults(schema: SchemaProps, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  if ((schema['x-kubernetes-list-map-keys'] ?? []).length === 0 || listType === 'map') return [];
  const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
  return [listType === undefined ? required(`${path}.x-kubernetes-list-type`, detail) : invalidValue(`${path}.x-kubernetes-list-type`, listType, detail)];
}

function keyedListFaults(schema: SchemaProps, path: string): FieldError[] {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const items = itemsOf(schema);
  const faults: FieldError[] = [];
  if (keys.length === 0) faults.push(required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'));
  if (items === undefined) return [...faults, required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map')];
  if (items.type !== 'object') return [...faults, invalidValue(`${path}.items.type`, items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map")];
  const repeated = repeatedIndexes(keys);
  keys.forEach((key, i) => {
    const property = items.properties?.[key];
    if (property === undefined) faults.push(invalidValue(`${path}.x-kubernetes-list-map-keys`, keys, 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object') faults.push(invalidValue(`${path}.items.properties[${key}].type`, items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map"));
    if (repeated.has(i)) faults.push(invalidValue(`${path}.x-kubernetes-list-map-keys`, keys, 'must not contain duplicate entries'));
  });
  return faults;
}

/** Items of sets and keyed lists are there, and so are their keys. */
function nullabilityFaults(schema: SchemaProps, path: string): FieldError[] {
  const items = itemsOf(schema);
  const listType = schema['x-kubernetes-list-type'];
  if (items === undefined || (listType !== 'set' && listType !== 'map')) return [];
  const faults = items.nullable === true ? [forbiddenField(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`)] : [];
  for (const key of listType === 'map' ? schema['x-kubernetes-list-map-keys'] ?? [] : []) {
    const property = items.properties?.[key];
    if (property === undefined) continue;
    const at = `${path}.items.properties[${key}]`;
    if (items.required?.includes(key) !== true && property.default === undefined) faults.push(required(`${at}.default`, 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property'));
    if (property.nullable === true) faults.push(forbiddenField(`${at}.nullable`, 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'));
  }
  return faults;
}
