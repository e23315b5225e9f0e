import type { Json, JsonObject } from '@kubernode/apimachinery';
import { hasSecretName, REDACTED, redactText } from '@kubernode/component-base';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Their values are data of users, of which nobody knows what they are: of them only keys and sizes are told. */
const DATA_FIELDS = ['data', 'stringData', 'binaryData'] as const;
const DATA_KINDS: ReadonlySet<string> = new Set(['Secret', 'ConfigMap']);
/** Fields that hold credentials by Kubernetes' own definition. */
const CREDENTIAL_FIELDS: ReadonlySet<string> = new Set(['token', 'password', 'clientSecret', 'caBundle']);

/** A copy of an object that may be shown to others: no data of Secrets and ConfigMaps, no values that have names or looks of secrets, no managed fields. */
export function redactObject(object: JsonObject): JsonObject {
  const { managedFields: _managed, annotations, ...metadata } = (object['metadata'] ?? {}) as JsonObject; // metadata of an object of the API
  const kept = Object.entries((annotations ?? {}) as JsonObject).filter(([key]) => key !== LAST_APPLIED); // likewise: texts by name
  const shown: JsonObject = { ...object, metadata: { ...metadata, ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }) } };
  if (DATA_KINDS.has(String(object['kind']))) for (const field of DATA_FIELDS) if (shown[field] !== undefined) shown[field] = sizesOf(shown[field]);
  return redact(shown) as JsonObject; // an object stays one
}

function sizesOf(data: Json): Json {
  return Object.fromEntries(Object.entries((data ?? {}) as JsonObject).map(([key, value]) => [key, String(value).length])); // texts by key; in characters
}

function redact(value: Json): Json {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => redact(one));
  const isSecretVariable = typeof value['name'] === 'string' && typeof value['value'] === 'string' && hasSecretName(value['name']);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, isHidden(key, one) || (isSecretVariable && key === 'value') ? REDACTED : redact(one)]));
}

/** References to Secrets have such names, too, but are no texts. */
function isHidden(key: string, value: Json): boolean { return typeof value === 'string' && value !== '' && (CREDENTIAL_FIELDS.has(key) || (hasSecretName(key) && !key.endsWith('Name'))); }
