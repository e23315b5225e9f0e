import { forbiddenField, invalidValue, jsonEquals, required, type FieldError, type Json } from '@kubernode/apimachinery';
import { compileRegex } from '@kubernode/cel';
import { additionalOf, itemsOf, type SchemaProps } from '../structural/schema-parts.ts';

type Level = 'root' | 'items' | 'field';

const INT_OR_STRING: Json = [{ type: 'integer' }, { type: 'string' }];
const EMPTY_TYPE: Readonly<Record<Level, string>> = { root: 'must not be empty at the root', items: 'must not be empty for specified array items', field: 'must not be empty for specified object fields' };

/** What keeps a schema from being structural: types stand outside of anyOf and its like, and everything has one. Sorted as Kubernetes sorts it. */
export function structuralFaults(schema: SchemaProps, path: string): FieldError[] {
  const faults = [...invariantFaults(schema, 'root', path), ...completenessFaults(schema, schema, path, path)];
  const text = ({ field, message }: FieldError): string => `${field}: ${message}`;
  return faults.sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
}

function invariantFaults(schema: SchemaProps, level: Level, path: string): FieldError[] {
  const items = itemsOf(schema);
  const additional = additionalOf(schema);
  return [
    ...(schema.type === 'array' && items === undefined ? [required(`${path}.items`, 'must be specified')] : []),
    ...(items === undefined ? [] : invariantFaults(items, 'items', `${path}.items`)),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => invariantFaults(property, 'field', `${path}.properties[${name}]`)),
    ...(schema.additionalProperties !== undefined && level === 'root' ? [forbiddenField(`${path}.additionalProperties`, 'must not be used at the root')] : []),
    ...(additional === undefined ? [] : invariantFaults(additional, 'field', `${path}.additionalProperties`)),
    ...extensionFaults(schema, path), ...choiceFaults(schema, path), ...typeFaults(schema, level, path), ...metadataFaults(schema, level, path),
  ];
}

function extensionFaults(schema: SchemaProps, path: string): FieldError[] {
  if (schema['x-kubernetes-int-or-string'] !== true) return [];
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .flatMap((key) => (schema[key] === true ? [invalidValue(`${path}.${key}`, true, 'must be false if x-kubernetes-int-or-string is true')] : []));
}

/** anyOf, allOf, oneOf and not hold values to something; they say nothing of types. */
function choiceFaults(schema: SchemaProps, path: string, { isAllOf = false } = {}): FieldError[] {
  const isIntOrString = (anyOf: SchemaProps[] | undefined): boolean => anyOf !== undefined && jsonEquals(anyOf as unknown as Json, INT_OR_STRING); // decoded JSON
  const anyOf = isIntOrString(schema.anyOf) ? [] : schema.anyOf ?? [];
  return [
    ...anyOf.flatMap((one, i) => nestedFaults(one, `${path}.anyOf[${i}]`, {})),
    ...(schema.allOf ?? []).flatMap((one, i) => nestedFaults(i === 0 && isIntOrString(one.anyOf) ? withoutAnyOf(one) : one, `${path}.allOf[${i}]`, { rulesAllowed: isAllOf })),
    ...(schema.oneOf ?? []).flatMap((one, i) => nestedFaults(one, `${path}.oneOf[${i}]`, {})),
    ...(schema.not === undefined ? [] : nestedFaults(schema.not, `${path}.not`, {})),
    ...patternFaults(schema.pattern, path),
  ];
}

function withoutAnyOf({ anyOf: _anyOf, ...rest }: SchemaProps): SchemaProps {
  return rest;
}

function patternFaults(pattern: string | undefined, path: string): FieldError[] {
  const compiled = pattern === undefined || pattern === '' ? undefined : compileRegex(pattern);
  return typeof compiled === 'string' ? [invalidValue(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${compiled}`)] : [];
}

function nestedFaults(schema: SchemaProps, path: string, { rulesAllowed = false }: { rulesAllowed?: boolean }): FieldError[] {
  const items = itemsOf(schema);
  const forbid = (key: keyof SchemaProps, detail: string): FieldError[] => (isSet(schema[key]) ? [forbiddenField(`${path}.${key}`, `${detail} to be structural`)] : []);
  return [
    ...choiceFaults(schema, path),
    ...(items === undefined ? [] : nestedFaults(items, `${path}.items`, {})),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => nestedFaults(property, `${path}.properties[${name}]`, {})),
    ...forbid('type', 'must be empty'), ...forbid('additionalProperties', 'must be undefined'), ...forbid('default', 'must be undefined'), ...forbid('title', 'must be empty'),
    ...forbid('description', 'must be empty'), ...forbid('nullable', 'must be false'), ...forbid('x-kubernetes-preserve-unknown-fields', 'must be false'),
    ...forbid('x-kubernetes-embedded-resource', 'must be false'), ...forbid('x-kubernetes-int-or-string', 'must be false'), ...forbid('x-kubernetes-list-map-keys', 'must be empty'),
    ...forbid('x-kubernetes-list-type', 'must be undefined'), ...forbid('x-kubernetes-map-type', 'must be undefined'),
    ...(rulesAllowed ? [] : forbid('x-kubernetes-validations', 'must be empty')),
    ...(schema.properties?.['metadata'] === undefined ? [] : [forbiddenField(`${path}.properties[metadata]`, 'must not be specified in a nested context')]),
  ];
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== '' && value !== false && !(Array.isArray(value) && value.length === 0);
}

function typeFaults(schema: SchemaProps, level: Level, path: string): FieldError[] {
  const { type = '' } = schema;
  const faults: FieldError[] = [];
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const demand = 'must be object if x-kubernetes-embedded-resource is true';
  if (embedded && type !== 'object') faults.push(type === '' ? required(`${path}.type`, demand) : invalidValue(`${path}.type`, type, demand));
  else if (type === '' && schema['x-kubernetes-int-or-string'] !== true && !keepsUnknown) faults.push(required(`${path}.type`, EMPTY_TYPE[level]));
  if (embedded && schema.additionalProperties !== undefined) faults.push(forbiddenField(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set'));
  if (level === 'root' && type !== '' && type !== 'object') faults.push(invalidValue(`${path}.type`, type, 'must be object at the root'));
  if (embedded && !keepsUnknown && Object.keys(schema.properties ?? {}).length === 0) {
    faults.push(required(`${path}.properties`, 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'));
  }
  return faults;
}

/** kind, apiVersion and metadata are the server's: a schema may at most narrow the name. */
function metadataFaults(schema: SchemaProps, level: Level, path: string): FieldError[] {
  if (level !== 'root' && schema['x-kubernetes-embedded-resource'] !== true) return [];
  const { kind, apiVersion, metadata } = schema.properties ?? {};
  const faults: FieldError[] = [];
  if (kind !== undefined && kind.type !== 'string') faults.push(invalidValue(`${path}.properties[kind].type`, kind.type ?? '', 'must be string'));
  if (apiVersion !== undefined && apiVersion.type !== 'string') faults.push(invalidValue(`${path}.properties[apiVersion].type`, apiVersion.type ?? '', 'must be string'));
  if (metadata === undefined) return faults;
  if (metadata.type !== 'object') faults.push(invalidValue(`${path}.properties[metadata].type`, metadata.type ?? '', 'must be object'));
  if (level === 'root' && saysMoreThanName(metadata)) faults.push(forbiddenField(`${path}.properties[metadata]`, 'must not specify anything other than name and generateName, but metadata is implicitly specified'));
  return faults;
}

function saysMoreThanName({ type: _type, properties, default: _default, ...rest }: SchemaProps): boolean {
  return Object.values(rest).some(isSet) || Object.keys(properties ?? {}).some((name) => name !== 'name' && name !== 'generateName');
}

/** What the root's choices hold values to must be declared outside of them. */
function completenessFaults(choice: SchemaProps, schema: SchemaProps, schemaPath: string, path: string): FieldError[] {
  const within = (one: SchemaProps, at: string): FieldError[] => [...completenessFaults(one, schema, schemaPath, at), ...partFaults(one, schema, schemaPath, at)];
  return [
    ...(choice.not === undefined ? [] : within(choice.not, `${path}.not`)),
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((key) => (choice[key] ?? []).flatMap((one, i) => within(one, `${path}.${key}[${i}]`))),
  ];
}

function partFaults(choice: SchemaProps, schema: SchemaProps, schemaPath: string, path: string): FieldError[] {
  const parts: [at: string, of: SchemaProps, declared: SchemaProps | undefined][] = [
    ...(itemsOf(choice) === undefined ? [] : [['.items', itemsOf(choice) ?? {}, itemsOf(schema)] as [string, SchemaProps, SchemaProps | undefined]]),
    ...Object.entries(choice.properties ?? {}).map(([name, property]): [string, SchemaProps, SchemaProps | undefined] => [`.properties[${name}]`, property, schema.properties?.[name]]),
  ];
  return parts.flatMap(([at, of, declared]) => {
    if (declared === undefined) return [required(`${schemaPath}${at}`, `because it is defined in ${path}${at}`)];
    return [...completenessFaults(of, declared, `${schemaPath}${at}`, `${path}${at}`), ...partFaults(of, declared, `${schemaPath}${at}`, `${path}${at}`)];
  });
}
