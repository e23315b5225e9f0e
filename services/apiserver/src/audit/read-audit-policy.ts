import { DecodeError, decodeYaml, formatFieldErrors, isJsonObject, readTypeMeta, schemaSet, type Schema } from '@kubernode/apimachinery';
import type { AuditPolicy } from './audit-policy.ts';
import { validateAuditPolicy } from './validate-audit-policy.ts';

const texts: Schema = { type: 'array', items: { type: 'string' } };
const listOf = (name: string): Schema => ({ type: 'array', items: { $ref: `#/components/schemas/${name}` } });
const SCHEMAS: Readonly<Record<string, Schema>> = {
  'audit.v1.Policy': { type: 'object', properties: { kind: { type: 'string' }, apiVersion: { type: 'string' }, metadata: { type: 'object' }, rules: listOf('audit.v1.PolicyRule'), omitStages: texts, omitManagedFields: { type: 'boolean' } } },
  'audit.v1.PolicyRule': {
    type: 'object', properties: {
      level: { type: 'string' }, users: texts, userGroups: texts, verbs: texts, resources: listOf('audit.v1.GroupResources'), namespaces: texts, nonResourceURLs: texts, omitStages: texts, omitManagedFields: { type: 'boolean' },
    },
  },
  'audit.v1.GroupResources': { type: 'object', properties: { group: { type: 'string' }, resources: texts, resourceNames: texts } },
};
const schema = schemaSet({ resolve: (name) => SCHEMAS[name] })('audit.v1.Policy');

const API_VERSION = 'audit.k8s.io/v1';

/**
 * The policy in a file's text. What would be refused in strict reading (unknown and doubled fields) is only told to `warn`; everything else
 * that is wrong throws an Error in kube-apiserver's words.
 */
export function readAuditPolicy(text: string, warn: (fault: string) => void): AuditPolicy {
  const { value, duplicates } = decode(text);
  checkKind(value);
  const { object, unknownFields } = normalise(value);
  const faults = [...duplicates, ...unknownFields.map((path) => `unknown field ${JSON.stringify(path)}`)];
  if (faults.length > 0) warn(`strict decoding error: ${faults.join(', ')}`);
  const policy = { rules: [], ...object } as AuditPolicy; // of the schema's types; the words in it are judged next
  const errors = validateAuditPolicy(policy);
  if (errors.length > 0) throw new Error(formatFieldErrors(errors));
  if (policy.rules.length === 0) throw new Error('loaded illegal policy with 0 rules');
  return policy;
}

function decode(text: string): { value: unknown; duplicates: readonly string[] } {
  try { return decodeYaml(text); } catch (error) { throw failedDecoding(error); }
}

/** A file may leave the kind out, not the version. */
function checkKind(value: unknown): void {
  const { kind, apiVersion } = isJsonObject(value) ? readTypeMeta(value) : { kind: '', apiVersion: '' };
  if (apiVersion === '') throw new Error('unknown group version field audit.k8s.io/__internal, Kind=Policy in policy');
  if ((kind !== '' && kind !== 'Policy') || apiVersion !== API_VERSION) throw new Error(`failed decoding: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "k8s.io/apiserver/pkg/audit/scheme.go:30"`);
}

function normalise(value: unknown): { object: Record<string, unknown>; unknownFields: readonly string[] } {
  try { return schema?.normalise(value, { report: 'collect' }) ?? { object: {}, unknownFields: [] }; } catch (error) { throw failedDecoding(error); }
}

function failedDecoding(error: unknown): Error {
  if (!(error instanceof DecodeError)) throw error;
  return new Error(`failed decoding: ${error.message}`, { cause: error });
}
