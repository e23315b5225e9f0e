import {
  dns1035LabelFaults, duplicate, forbiddenField, invalidValue, isJsonObject, jsonEquals, notSupported, repeatedIndexes, required, subdomainFaults, tooMany, type FieldError, type Json,
} from '@kubernode/apimachinery';
import type { apiextensionsV1 } from '@kubernode/api';
import { isUrl } from '@kubernode/cel';
import { findField } from '../rules/rule-field-path.ts';
import type { SchemaProps } from '../structural/schema-parts.ts';
import { isShared, placeParts, type Placed } from './placed-parts.ts';
import { schemaFaults } from './schema-faults.ts';

type Definition = apiextensionsV1.CustomResourceDefinition;
type Spec = apiextensionsV1.CustomResourceDefinitionSpec;
type Version = apiextensionsV1.CustomResourceDefinitionVersion;

/** Judges the address of a webhook; the same rules as for admission. */
export type ClientConfigFaults = (config: Readonly<apiextensionsV1.WebhookClientConfig>, path: string) => FieldError[];

const SCOPES = ['Cluster', 'Namespaced'];
const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const MOST_SELECTABLE_FIELDS = 8;
const APPROVAL = 'api-approved.kubernetes.io';

/** Faults of a definition, in the order in which Kubernetes tells them. With `old` what was accepted before stays accepted. */
export function validateDefinition(definition: Readonly<Definition>, clientConfigFaults: ClientConfigFaults, old?: Readonly<Definition>): FieldError[] {
  const spec = { ...definition.spec, versions: definition.spec.versions as Version[] | null ?? [] }; // null where the client sent none
  return [
    ...specFaults(spec, clientConfigFaults, old?.spec).map((fault) => (definition.spec.versions as Version[] | null === null ? showingNull(fault) : fault)),
    ...(old === undefined ? [] : immutableFaults(spec, old)),
    ...nameFaults(definition.status?.acceptedNames, 'status.acceptedNames'),
    ...storedVersionFaults({ ...definition, spec }),
    ...approvalFaults(definition, old),
    ...(spec.preserveUnknownFields === true && old?.spec.preserveUnknownFields !== true
      ? [invalidValue('spec.preserveUnknownFields', true, 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead')] : []),
  ];
}

/** Versions that were not given are shown as null. */
function showingNull(fault: FieldError): FieldError {
  return fault.field === 'spec.versions' ? { ...fault, message: fault.message.replace('Invalid value: []', 'Invalid value: null') } : fault;
}

function specFaults(spec: Readonly<Spec>, clientConfigFaults: ClientConfigFaults, old: Readonly<Spec> | undefined): FieldError[] {
  const { names } = spec;
  return [
    ...groupFaults(spec.group), ...oneOfFaults('spec.scope', spec.scope, SCOPES), ...missingSchemaFaults(spec),
    ...spec.versions.flatMap((version, i) => versionFaults(version, `spec.versions[${i}]`)),
    ...versionSetFaults(spec),
    ...(spec.versions[0] === undefined ? [] : labelFaults(spec.versions[0].name, 'spec.version')),
    ...(['plural', 'singular', 'kind', 'listKind'] as const).flatMap((key) => ((names[key] ?? '') === '' ? [required(`spec.names.${key}`)] : [])),
    ...nameFaults(names, 'spec.names'),
    ...placeParts(spec, 'schema', 'validation').flatMap((placed) => validationFaults(placed, spec, old)),
    ...placeParts(spec, 'subresources', 'subresources').flatMap(({ path, value }) => scaleFaults(value.scale, `${path}.scale`)),
    ...placeParts(spec, 'additionalPrinterColumns', 'additionalPrinterColumns').flatMap(({ path, value }) => value.flatMap((column, i) => columnFaults(column, `${path}[${i}]`))),
    ...placeParts(spec, 'selectableFields', 'selectableFields').flatMap((placed) => selectableFaults(placed, spec, old)),
    ...conversionFaults(spec, clientConfigFaults),
  ];
}

function groupFaults(group: string): FieldError[] {
  if (group === '') return [required('spec.group')];
  const faults = subdomainFaults(group);
  if (faults.length > 0) return [invalidValue('spec.group', group, faults.join(','))];
  return group.includes('.') ? [] : [invalidValue('spec.group', group, 'should be a domain with at least one dot')];
}

function oneOfFaults(path: string, value: string, accepted: readonly string[]): FieldError[] {
  if (value === '') return [required(path)];
  return accepted.includes(value) ? [] : [notSupported(path, value, accepted)];
}

function missingSchemaFaults({ versions }: Readonly<Spec>): FieldError[] {
  return versions.flatMap(({ schema }, i) => (schema?.openAPIV3Schema === undefined ? [required(`spec.versions[${i}].schema.openAPIV3Schema`)] : []));
}

function versionFaults({ name, deprecated, deprecationWarning }: Readonly<Version>, path: string): FieldError[] {
  return [...labelFaults(name, `${path}.name`), ...warningFaults(deprecated === true, deprecationWarning).map((fault) => invalidValue(`${path}.deprecationWarning`, deprecationWarning, fault))];
}

function warningFaults(deprecated: boolean, warning: string | undefined): string[] {
  if (warning === undefined) return [];
  if (!deprecated) return ['can only be set for deprecated versions'];
  const odd = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(warning);
  return [
    ...(Buffer.byteLength(warning) > 256 ? ['must be <= 256 characters long'] : []),
    ...(warning === '' ? ['must not be an empty string'] : []),
    ...(odd === null ? [] : [`must only contain printable UTF-8 characters; non-printable character found at index ${Buffer.byteLength(warning.slice(0, odd.index))}`]),
  ];
}

function versionSetFaults(spec: Readonly<Spec>): FieldError[] {
  const { versions } = spec;
  const value = versions.map((version) => internalVersion(version, spec));
  const faults: FieldError[] = [];
  if (new Set(versions.map(({ name }) => name)).size < versions.length) faults.push(invalidValue('spec.versions', value, 'must contain unique version names'));
  if (versions.filter(({ storage }) => storage).length !== 1) faults.push(invalidValue('spec.versions', value, 'must have exactly one version marked as storage version'));
  return faults;
}

/** A version as Kubernetes' internal form has it: parts that all versions share are gone from it. */
function internalVersion(version: Readonly<Version>, spec: Readonly<Spec>): Json {
  const own = (key: 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields'): Json => (isShared(spec, key) ? null : (version[key] ?? null) as Json); // decoded JSON
  return {
    Name: version.name, Served: version.served, Storage: version.storage, Deprecated: version.deprecated ?? false, DeprecationWarning: version.deprecationWarning ?? null,
    Schema: own('schema'), Subresources: own('subresources'), AdditionalPrinterColumns: own('additionalPrinterColumns'), SelectableFields: own('selectableFields'),
  };
}

function nameFaults(names: Readonly<apiextensionsV1.CustomResourceDefinitionNames> | undefined, path: string): FieldError[] {
  if (names === undefined) return [];
  const { plural, singular = '', kind, listKind = '', shortNames = [], categories = [] } = names;
  return [
    ...(plural === '' ? [] : labelFaults(plural, `${path}.plural`)), ...(singular === '' ? [] : labelFaults(singular, `${path}.singular`)),
    ...kindFaults(kind, `${path}.kind`), ...kindFaults(listKind, `${path}.listKind`),
    ...shortNames.flatMap((name, i) => labelFaults(name, `${path}.shortNames[${i}]`)),
    ...(kind !== '' && kind === listKind ? [invalidValue(`${path}.listKind`, listKind, 'kind and listKind may not be the same')] : []),
    ...categories.flatMap((name, i) => labelFaults(name, `${path}.categories[${i}]`)),
  ];
}

function kindFaults(kind: string, path: string): FieldError[] {
  const faults = kind === '' ? [] : dns1035LabelFaults(kind.toLowerCase());
  return faults.length === 0 ? [] : [invalidValue(path, kind, `may have mixed case, but should otherwise match: ${faults.join(',')}`)];
}

function labelFaults(name: string, path: string): FieldError[] {
  const faults = dns1035LabelFaults(name);
  return faults.length === 0 ? [] : [invalidValue(path, name, faults.join(','))];
}

function validationFaults({ path, value, version }: Placed<apiextensionsV1.CustomResourceValidation>, spec: Readonly<Spec>, old: Readonly<Spec> | undefined): FieldError[] {
  const schema = value.openAPIV3Schema;
  if (schema === undefined) return [];
  const concerned = version === undefined ? spec.versions : [version];
  return schemaFaults(schema, `${path}.openAPIV3Schema`, {
    hasStatus: concerned.some(({ subresources }) => subresources?.status !== undefined),
    unchanged: old !== undefined && concerned.every(({ name }) => jsonEquals((schemaOf(old, name) ?? null) as Json, schema as Json)), // decoded JSON
  });
}

function schemaOf({ versions }: Readonly<Spec>, name: string): SchemaProps | undefined {
  return versions.find((version) => version.name === name)?.schema?.openAPIV3Schema;
}

function scaleFaults(scale: Readonly<apiextensionsV1.CustomResourceSubresourceScale> | undefined, path: string): FieldError[] {
  if (scale === undefined) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath = '' } = scale;
  return [
    ...replicasPathFaults(specReplicasPath, `${path}.specReplicasPath`, '.spec.'), ...replicasPathFaults(statusReplicasPath, `${path}.statusReplicasPath`, '.status.'),
    ...(labelSelectorPath === '' ? [] : selectorPathFaults(labelSelectorPath, `${path}.labelSelectorPath`)),
  ];
}

function replicasPathFaults(jsonPath: string, path: string, prefix: string): FieldError[] {
  if (jsonPath === '') return [required(path)];
  const faults = jsonPathFaults(jsonPath, path);
  return faults.length > 0 || jsonPath.startsWith(prefix) ? faults : [invalidValue(path, jsonPath, `should be a json path under ${prefix.slice(0, -1)}`)];
}

function selectorPathFaults(jsonPath: string, path: string): FieldError[] {
  const faults = jsonPathFaults(jsonPath, path);
  return faults.length > 0 || /^\.(spec|status)\./.test(jsonPath) ? faults : [invalidValue(path, jsonPath, 'should be a json path under either .spec or .status')];
}

function jsonPathFaults(jsonPath: string, path: string): FieldError[] {
  return jsonPath.startsWith('.') ? [] : [invalidValue(path, jsonPath, 'must be a simple json path starting with .')];
}

function columnFaults({ name, type, format = '', jsonPath }: Readonly<apiextensionsV1.CustomResourceColumnDefinition>, path: string): FieldError[] {
  const types = `must be one of ${COLUMN_TYPES.join(',')}`;
  return [
    ...(name === '' ? [required(`${path}.name`)] : []),
    ...(type === '' ? [required(`${path}.type`, types)] : COLUMN_TYPES.includes(type) ? [] : [invalidValue(`${path}.type`, type, types)]),
    ...(format === '' || COLUMN_FORMATS.includes(format) ? [] : [invalidValue(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(',')}`)]),
    ...(jsonPath === '' ? [required(`${path}.JSONPath`)] : jsonPathFaults(jsonPath, `${path}.JSONPath`)),
  ];
}

function selectableFaults({ path, value, version }: Placed<apiextensionsV1.SelectableField[]>, spec: Readonly<Spec>, old: Readonly<Spec> | undefined): FieldError[] {
  const schema = (version ?? spec.versions[0])?.schema?.openAPIV3Schema;
  if (schema === undefined) return [];
  const seen = new Set<string>();
  const faults = value.flatMap(({ jsonPath }, i) => selectableFieldFaults(jsonPath, `${path}[${i}].jsonPath`, schema, seen));
  const before = old?.versions.find(({ name }) => name === (version ?? spec.versions[0])?.name)?.selectableFields;
  const wasTooMany = before !== undefined && before.length > MOST_SELECTABLE_FIELDS && jsonEquals(before as unknown as Json, value as unknown as Json); // decoded JSON
  return seen.size > MOST_SELECTABLE_FIELDS && !wasTooMany ? [...faults, tooMany(path, seen.size, MOST_SELECTABLE_FIELDS)] : faults;
}

function selectableFieldFaults(jsonPath: string, path: string, schema: SchemaProps, seen: Set<string>): FieldError[] {
  if (jsonPath === '') return [required(path)];
  try {
    const found = findField(jsonPath, schema, { arrays: false });
    const faults: FieldError[] = [];
    if (found.path.startsWith('metadata')) faults.push(invalidValue(path, jsonPath, 'must not point to fields in metadata'));
    if (!['string', 'boolean', 'integer'].includes(found.schema.type ?? '')) faults.push(invalidValue(path, jsonPath, 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'));
    if (seen.has(found.path)) faults.push(duplicate(path, jsonPath));
    seen.add(found.path);
    return faults;
  } catch (error) {
    return [invalidValue(path, jsonPath, `is an invalid path: ${(error as Error).message}`)]; // findField throws nothing else
  }
}

function conversionFaults({ conversion, preserveUnknownFields }: Readonly<Spec>, clientConfigFaults: ClientConfigFaults): FieldError[] {
  if (conversion === undefined) return [];
  const path = 'spec.conversion';
  const { strategy, webhook } = conversion;
  const faults = [
    ...(strategy !== 'None' && preserveUnknownFields === true ? [invalidValue(`${path}.strategy`, strategy, 'must be None if spec.preserveUnknownFields is true')] : []),
    ...oneOfFaults(`${path}.strategy`, strategy, ['None', 'Webhook']),
  ];
  const config = webhook?.clientConfig;
  const reviewVersions = webhook?.conversionReviewVersions ?? [];
  if (strategy === 'Webhook') {
    faults.push(...(config === undefined ? [required(`${path}.webhookClientConfig`, 'required when strategy is set to Webhook')] : clientConfigFaults(config, `${path}.webhookClientConfig`)));
    return [...faults, ...reviewVersionFaults(reviewVersions, `${path}.conversionReviewVersions`)];
  }
  if (config !== undefined) faults.push(forbiddenField(`${path}.webhookClientConfig`, 'should not be set when strategy is not set to Webhook'));
  if (reviewVersions.length > 0) faults.push(forbiddenField(`${path}.conversionReviewVersions`, 'should not be set when strategy is not set to Webhook'));
  return faults;
}

function reviewVersionFaults(versions: readonly string[], path: string): FieldError[] {
  if (versions.length === 0) return [required(path)];
  const repeated = repeatedIndexes(versions);
  const faults = versions.flatMap((version, i) => {
    if (repeated.has(i)) return [invalidValue(`${path}[${i}]`, version, 'duplicate version')];
    return dns1035LabelFaults(version).map((fault) => invalidValue(`${path}[${i}]`, version, fault));
  });
  return versions.some((version) => REVIEW_VERSIONS.includes(version)) ? faults : [...faults, invalidValue(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`)];
}

/** Group and plural never change; scope and kind not once the resource is served. */
function immutableFaults(spec: Readonly<Spec>, { spec: old, status }: Readonly<Definition>): FieldError[] {
  const fixed = (path: string, value: string, before: string): FieldError[] => (value === before ? [] : [invalidValue(path, value, 'field is immutable')]);
  const isEstablished = status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') === true;
  return [
    ...(isEstablished ? [...fixed('spec.scope', spec.scope, old.scope), ...fixed('spec.names.kind', spec.names.kind, old.names.kind)] : []),
    ...fixed('spec.group', spec.group, old.group), ...fixed('spec.names.plural', spec.names.plural, old.names.plural),
  ];
}

function storedVersionFaults({ spec, status }: Readonly<Definition>): FieldError[] {
  const path = 'status.storedVersions';
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) return [invalidValue(path, null, 'must have at least one stored version')];
  const names = new Set(spec.versions.map(({ name }) => name));
  return [
    ...spec.versions.flatMap(({ name, storage }) => (storage && !stored.includes(name) ? [invalidValue(path, stored, `must have the storage version ${name}`)] : [])),
    ...stored.flatMap((name, i) => (names.has(name) ? [] : [invalidValue(`${path}[${i}]`, name, `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`)])),
  ];
}

/** Groups of the community need an approval; what had none before may go on without. */
function approvalFaults({ spec: { group }, metadata: { annotations } }: Readonly<Definition>, old: Readonly<Definition> | undefined): FieldError[] {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(group)) return [];
  const approval = annotations?.[APPROVAL] ?? '';
  if (old !== undefined && approvalState(old.metadata.annotations?.[APPROVAL] ?? '') === approvalState(approval)) return [];
  const path = `metadata.annotations[${APPROVAL}]`;
  const link = 'see https://github.com/kubernetes/enhancements/pull/1111';
  switch (approvalState(approval)) {
    case 'missing': return [required(path, `protected groups must have approval annotation "${APPROVAL}", ${link}`)];
    case 'invalid': return [invalidValue(path, approval, `protected groups must have approval annotation "${APPROVAL}" with either a URL or a reason starting with "unapproved", ${link}`)];
    default: return [];
  }
}

function approvalState(approval: string): 'missing' | 'bypassed' | 'approved' | 'invalid' {
  if (approval === '') return 'missing';
  if (approval.startsWith('unapproved')) return 'bypassed';
  return isUrl(approval) && /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(approval) ? 'approved' : 'invalid';
}

/** Formats of a definition's schemas that have no effect, each once. */
export function unknownFormats({ spec }: Readonly<Definition>, isKnown: (type: string, format: string) => boolean): string[] {
  const found: string[] = [];
  const look = (json: unknown): void => {
    if (Array.isArray(json)) return json.forEach(look);
    if (!isJsonObject(json as Json)) return;
    const { type, format } = json as SchemaProps; // schemas, or maps of them
    if (typeof format === 'string' && format !== '' && !isKnown(typeof type === 'string' ? type : '', format)) found.push(format);
    Object.values(json as object).forEach(look);
  };
  for (const { schema } of spec.versions as Version[] | null ?? []) look(schema?.openAPIV3Schema); // warnings are told of faulty definitions as well
  return [...new Set(found)];
}
