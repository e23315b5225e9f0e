import { createFieldManager, type FieldManager, type KubeObject, type ResetFields } from '@kubernode/apimachinery';
import type { ApiRequest } from '../pipeline/api-request.ts';
import { builtInGoFields, builtInSchema } from '../registry/object-schemas.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { EndpointServices } from './endpoint-services.ts';

export interface TrackOptions { served: ServedResource; services: EndpointServices; request: ApiRequest; fieldManager: string; subresource: string; unchanged?: ReadonlySet<string> }

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

/** Fields that a write of this kind leaves as they are, so that nobody comes to own them by it. */
function resetFieldsOf({ storage, custom }: ServedResource, subresource: string): ResetFields | undefined {
  if (storage.resource === 'certificatesigningrequests') return { exclude: OF_CERTIFICATE_REQUESTS.get(subresource) ?? [] };
  if (!storage.hasStatus) return undefined;
  if (subresource !== 'status') return { exclude: [['status']] };
  return { exclude: custom === undefined ? [['spec']] : [['metadata'], ['spec']] };
}

/** Records in managedFields which fields a write that is no apply has changed. */
export function trackUpdate(live: Readonly<KubeObject> | undefined, object: KubeObject, { served, services, request, fieldManager, subresource, unchanged }: TrackOptions): KubeObject {
  return fieldManagerOf(served, subresource).update({ live, next: object, unchanged, manager: managerOf(fieldManager, request.headers['user-agent']), now: services.clock.now() });
}

const MANAGER_LENGTH_MAX = 128;

/** Who writes when no field manager is named: the first word of the user agent. */
export function managerOf(fieldManager: string, userAgent: string | undefined): string {
  if (fieldManager !== '') return fieldManager;
  const [prefix = ''] = (userAgent ?? '').split('/');
  const printable = prefix.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '');
  return printable.slice(0, MANAGER_LENGTH_MAX);
}
