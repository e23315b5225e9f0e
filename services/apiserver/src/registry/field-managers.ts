import { createFieldManager, type FieldManager, type ResetFields } from '@kubernode/apimachinery';
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
    manager = createFieldManager({ kind, schema: schema === undefined ? custom?.fieldSchema : { $ref: `#/components/schemas/${schema}` }, resolver: builtInSchema, ...(schema !== undefined && { goFields: builtInGoFields }), subresource, ...(custom && { convert: custom.convertFields }), ...(resetFields && { resetFields }) });
    ofResource.set(subresource, manager);
  }
  return manager;
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
