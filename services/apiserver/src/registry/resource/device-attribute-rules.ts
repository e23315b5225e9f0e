import type { resourceV1 } from '@kubernode/api';
import { invalidValue, tooLong, type FieldError } from '@kubernode/apimachinery';
import { internalJson } from '../shared/go-text/internal-json.ts';

const VALUE_BYTES_MAX = 64;
const PRE_RELEASE = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const SEMANTIC_VERSION = new RegExp(`^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(-${PRE_RELEASE}(\\.${PRE_RELEASE})*)?(\\+[0-9a-zA-Z-]+(\\.[0-9a-zA-Z-]+)*)?$`);
const VALUES = ['bool', 'int', 'string', 'version', 'bools', 'ints', 'strings', 'versions'] as const;
const LISTS = ['bools', 'ints', 'strings', 'versions'] as const;

type Attribute = Readonly<resourceV1.DeviceAttribute>;

/** What a device is said to have: one value of one type. Lists of values are kept of slices that were stored with them. */
export function deviceAttributeFaults(attribute: Attribute, path: string): FieldError[] {
  const given = VALUES.filter((field) => (attribute[field] ?? undefined) !== undefined);
  return [
    ...given.flatMap((field) => valueFaults(attribute, field, `${path}.${field}`)),
    ...(given.length === 1 ? [] : [invalidValue(path, given.length === 0 ? '' : internalJson('DeviceAttribute', attribute), 'exactly one value must be specified')]),
  ];
}

/** How many values the attributes have, those of lists one by one. */
export function attributeValueCount(attributes: Readonly<Record<string, Attribute>>): number {
  return Object.values(attributes).reduce((sum, attribute) => sum + Math.max(LISTS.reduce((count, list) => count + (attribute[list] ?? []).length, 0), 1), 0);
}

export function hasListAttributes(attributes: Readonly<Record<string, Attribute>>): boolean {
  return Object.values(attributes).some((attribute) => LISTS.some((list) => attribute[list] !== undefined));
}

/** Lists of values are of a feature that Kubernetes 1.36 leaves off. */
export function dropListValues(attributes: Readonly<Record<string, resourceV1.DeviceAttribute>>): void {
  for (const attribute of Object.values(attributes)) for (const list of LISTS) delete attribute[list];
}

function valueFaults(attribute: Attribute, field: typeof VALUES[number], path: string): FieldError[] {
  switch (field) {
    case 'bool': case 'int': return [];
    case 'string': return textFaults(attribute.string ?? '', path);
    case 'version': return versionFaults(attribute.version ?? '', path);
    case 'bools': case 'ints': return emptyFaults(attribute[field], path);
    case 'strings': return [...emptyFaults(attribute.strings, path), ...(attribute.strings ?? []).flatMap((one, index) => textFaults(one, `${path}[${index}]`))];
    case 'versions': return [...emptyFaults(attribute.versions, path), ...(attribute.versions ?? []).flatMap((one, index) => versionFaults(one, `${path}[${index}]`))];
  }
}

function emptyFaults(values: readonly unknown[] | undefined, path: string): FieldError[] {
  return values?.length === 0 ? [invalidValue(path, values, 'must not be empty if specified')] : [];
}

function textFaults(text: string, path: string): FieldError[] {
  return Buffer.byteLength(text) > VALUE_BYTES_MAX ? [tooLong(path, VALUE_BYTES_MAX)] : [];
}

function versionFaults(version: string, path: string): FieldError[] {
  return [...(SEMANTIC_VERSION.test(version) ? [] : [invalidValue(path, version, 'must be a string compatible with semver.org spec 2.0.0')]), ...textFaults(version, path)];
}
