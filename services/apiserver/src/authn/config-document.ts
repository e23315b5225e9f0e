import { decodeYaml, goQuote, isJsonObject } from '@kubernode/apimachinery';

/** Which fields a configuration may have: `true` for any value, a list's element in a list, an object's fields in an object. */
export type ConfigShape = true | readonly [ConfigShape] | { readonly [field: string]: ConfigShape };

const GROUP = 'apiserver.config.k8s.io';

/**
 * A configuration file of the API server's own kinds (or of another `group`), in YAML or JSON. Strict: unknown and doubled fields are faults.
 * Throws an Error in Kubernetes' words.
 */
export function readConfigDocument(text: string, { group = GROUP, kind, versions, shape }: { group?: string; kind: string; versions: readonly string[]; shape: ConfigShape }): Readonly<Record<string, unknown>> {
  const { value, duplicates } = decodeYaml(text);
  if (!isJsonObject(value)) throw new Error(`couldn't get version/kind; json parse error: json: cannot unmarshal ${value === null ? 'null' : typeof value} into Go value of type struct`);
  const { apiVersion = '', kind: givenKind = '', ...fields } = value;
  if (givenKind === '') throw new Error(`Object 'Kind' is missing in '${JSON.stringify(value)}'`);
  if (apiVersion === '') throw new Error(`Object 'apiVersion' is missing in '${JSON.stringify(value)}'`);
  if (givenKind !== kind || !versions.some((version) => `${group}/${version}` === apiVersion)) throw new Error(`no kind ${goQuote(String(givenKind))} is registered for version ${goQuote(String(apiVersion))} in scheme`);
  const faults = [...duplicates, ...unknownFields(fields, shape, '')];
  if (faults.length > 0) throw new Error(`strict decoding error: ${faults.join(', ')}`);
  return fields;
}

function unknownFields(value: unknown, shape: ConfigShape, path: string): string[] {
  if (shape === true || value === null || value === undefined) return [];
  if (isList(shape)) return Array.isArray(value) ? value.flatMap((one, index) => unknownFields(one, shape[0], `${path}[${index}]`)) : [`${path}: expected a list`];
  if (!isJsonObject(value)) return [`${path}: expected an object`];
  return Object.entries(value).flatMap(([field, inner]) => {
    const at = path === '' ? field : `${path}.${field}`;
    const known = Object.hasOwn(shape, field) ? shape[field] : undefined;
    return known === undefined ? [`unknown field ${goQuote(at)}`] : unknownFields(inner, known, at);
  });
}

function isList(shape: Exclude<ConfigShape, true>): shape is readonly [ConfigShape] {
  return Array.isArray(shape);
}
