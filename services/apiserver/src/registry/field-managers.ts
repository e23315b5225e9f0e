import { resourceOfKind } from '@kubernode/api';
import { copyJson, createFieldManager, parseApiVersion, type FieldManager, type FieldManagerOptions, type JsonObject, type KubeObject, type ResetFields } from '@kubernode/apimachinery';
import { conversions } from '../conversion/conversions.ts';
import { builtInGoFields, builtInSchema } from './object-schemas.ts';
import type { ServedResource } from './served-resource.ts';

const managers = new WeakMap<ServedResource, Map<string, FieldManager>>();

/** The keeper of managedFields of a resource or subresource, made once. */
export function fieldManagerOf(served: ServedResource, subresource: string): FieldManager {
  let ofResource = managers.get(served);
  if (ofResource === undefined) { ofResource = new Map(); managers.set(served, ofResource); }
  let manager = ofResource.get(subresource);
  if (manager === undefined) {
    const { facts: { schema }, kind, custom } = served;
    const resetFields = resetFieldsOf(served, subresource);
    manager = createFieldManager({ kind, schema: schema === undefined ? custom?.fieldSchema : { $ref: `#/components/schemas/${schema}` }, resolver: builtInSchema, ...(schema !== undefined && { goFields: builtInGoFields }), subresource, convert: custom?.convertFields ?? builtInForm(served), ...(resetFields && { resetFields }) });
    ofResource.set(subresource, manager);
  }
  return manager;
}

/** An object in another version of its group: who wrote in one keeps what a write in another leaves alone. Another group's entries go (events). */
function builtInForm({ conversion, kind: { group, kind } }: ServedResource): NonNullable<FieldManagerOptions['convert']> {
  return (object, apiVersion) => {
    const facts = resourceOfKind({ ...parseApiVersion(apiVersion), kind });
    if (facts?.schema === undefined || facts.group !== group) return undefined;
    const copy = copyJson(object) as KubeObject; // a whole object, since what is written is one
    const stored = conversion === undefined ? copy : conversion.toStored(copy);
    const wanted = conversions.get(`${apiVersion}/${kind}`);
    return { object: (wanted === undefined ? stored : wanted.fromStored(stored)) as JsonObject, schema: { $ref: `#/components/schemas/${facts.schema}` } }; // JSON as it came
  };
}

/** What writers of a certificate request own: nothing of what they ask for, which never changes. */
const OF_CERTIFICATE_REQUESTS: ReadonlyMap<string, string[][]> = new Map([['', [['spec'], ['status']]], ['status', [['spec'], ['status', 'conditions']]], ['approval', [['spec'], ['status', 'certificate']]]]);

/** What a write of the status leaves as it is beside the spec, where it leaves more. */
const KEPT_BY_STATUS: Readonly<Record<string, string[][]>> = {
  ...Object.fromEntries(['customresourcedefinitions', 'apiservices', 'validatingadmissionpolicies', 'flowschemas', 'prioritylevelconfigurations', 'servicecidrs', 'resourceclaims', 'volumeattachments'].map((resource) => [resource, [['metadata']]])),
  deployments: [['metadata', 'labels']],
  pods: [['metadata', 'deletionTimestamp'], ['metadata', 'ownerReferences']],
};

/** Fields that a write of this kind leaves as they are, so that nobody comes to own them by it. */
function resetFieldsOf({ storage, custom }: ServedResource, subresource: string): ResetFields | undefined {
  if (storage.resource === 'certificatesigningrequests') return { exclude: OF_CERTIFICATE_REQUESTS.get(subresource) ?? [] };
  if (!storage.hasStatus) return undefined;
  if (subresource !== 'status') return { exclude: [['status']] };
  const more = custom === undefined ? KEPT_BY_STATUS[storage.resource] : [['metadata']];
  return { exclude: [...more ?? [], ['spec']] };
}
