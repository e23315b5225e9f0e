import {
  dns1035LabelFaults, invalidValue, isJsonObject, required, validateObjectMeta, type FieldError, type Json, type JsonObject, type ObjectMeta,
} from '@kubernode/apimachinery';
import { itemsOf, propertyOf, schemaOfKey, type SchemaProps } from '../structural/schema-parts.ts';
import { childPath } from './list-types.ts';

/** Objects inside of objects have a kind, an apiVersion and metadata like any other. The object itself is not looked at. */
export function validateEmbeddedObjects(object: JsonObject, schema: SchemaProps): FieldError[] {
  return Object.entries(object).flatMap(([key, value]) => below(value, schemaOfKey(schema, key), propertyOf(schema, key) === undefined ? `[${key}]` : key));
}

function below(value: Json, schema: SchemaProps | undefined, path: string): FieldError[] {
  if (schema === undefined) return [];
  const items = itemsOf(schema);
  if (Array.isArray(value)) return value.flatMap((item, i) => below(item, items, `${path}[${i}]`));
  if (!isJsonObject(value)) return [];
  return [
    ...(schema['x-kubernetes-embedded-resource'] === true ? embedded(value, path) : []),
    ...Object.entries(value).flatMap(([key, child]) => below(child, schemaOfKey(schema, key), propertyOf(schema, key) === undefined ? `${path}[${key}]` : childPath(path, key))),
  ];
}

function embedded(object: JsonObject, path: string): FieldError[] {
  return [...apiVersionFaults(object, `${path}.apiVersion`), ...kindFaults(object, `${path}.kind`), ...metadataFaults(object['metadata'], `${path}.metadata`)];
}

function apiVersionFaults({ apiVersion }: JsonObject, path: string): FieldError[] {
  if (apiVersion === undefined) return [required(path)];
  if (typeof apiVersion !== 'string') return [invalidValue(path, apiVersion, 'must be a string')];
  if (apiVersion === '') return [invalidValue(path, apiVersion, 'must not be empty')];
  return apiVersion.split('/').length > 2 ? [invalidValue(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)] : [];
}

function kindFaults({ kind }: JsonObject, path: string): FieldError[] {
  if (kind === undefined) return [required(path)];
  if (typeof kind !== 'string') return [invalidValue(path, kind, 'must be a string')];
  if (kind === '') return [invalidValue(path, kind, 'must not be empty')];
  const faults = dns1035LabelFaults(kind.toLowerCase());
  return faults.length === 0 ? [] : [invalidValue(path, kind, `may have mixed case, but should otherwise match: ${faults.join(',')}`)];
}

function metadataFaults(metadata: Json | undefined, path: string): FieldError[] {
  if (!isJsonObject(metadata ?? null)) return [];
  const meta = metadata as JsonObject & Partial<ObjectMeta>; // its fields were brought to their types before
  return validateObjectMeta({ ...meta, name: meta.name === undefined || meta.name === '' ? 'fakename' : meta.name }, { path, namespaced: (meta.namespace ?? '') !== '', validateName: pathSegmentFaults });
}

function pathSegmentFaults(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((one) => name.includes(one)).map((one) => `may not contain '${one}'`);
}
