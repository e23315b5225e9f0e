import { parseApiVersion, type OwnerReference } from '@kubernode/apimachinery';
import type { AuthorizationAttributes, Decision } from '../pipeline/api-request.ts';
import { jsonEquals } from '../registry/write/json-equals.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { refusal } from './refusal.ts';

type References = readonly Readonly<OwnerReference>[];
type Ask = (what: Partial<AuthorizationAttributes>) => Promise<Decision>;

/** Who names owners must be allowed to delete the object, and to hold up the owners' deletion where the reference does that. */
export function ownerReferencesPermissionEnforcement({ authorizer, resourcesOfKind }: AdmissionDependencies): AdmissionPlugin {
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    validate: (attributes) => {
      const { operation, group, resource, subresource, object, oldObject } = attributes;
      if ((operation !== 'CREATE' && operation !== 'UPDATE') || (group === '' && resource === 'pods' && subresource === 'status')) return undefined; // a pod's status changes no owners
      const [owners, before]: [References, References] = [object?.metadata?.ownerReferences ?? [], oldObject?.metadata?.ownerReferences ?? []];
      if (jsonEquals(owners, before)) return undefined;
      const ask: Ask = async (what) => authorizer.authorize({ user: attributes.user, verb: 'update', group: '', version: '', resource: '', subresource: 'finalizers', namespace: '', name: '', path: '', isResourceRequest: true, ...what });
      return check(attributes, newlyBlocking(owners, before), { ask, resourcesOfKind });
    },
  };
}

async function check(attributes: AdmissionAttributes, blocking: References, { ask, resourcesOfKind }: Pick<AdmissionDependencies, 'resourcesOfKind'> & { ask: Ask }): Promise<void> {
  const { operation, namespace, group, version, resource, subresource, name } = attributes;
  if (operation !== 'CREATE') {
    const { verdict, reason } = await ask({ verb: 'delete', namespace, group, version, resource, subresource, name });
    if (verdict !== 'allow') throw refusal(attributes, `cannot set an ownerRef on a resource you can't delete: ${reason}, <nil>`);
  }
  if (blocking.length === 0 || (await ask({ group: '*', version: '*', resource: '*', name: '*' })).verdict === 'allow') return;
  for (const { apiVersion, kind, name: owner } of blocking) {
    const gvk = { ...parseApiVersion(apiVersion), kind };
    const resources = resourcesOfKind(gvk);
    if (resources.length === 0) throw refusal(attributes, `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`);
    for (const of of resources) {
      const { verdict, reason } = await ask({ group: gvk.group, version: gvk.version, resource: of.resource, name: owner, namespace: of.namespaced ? namespace : '' });
      if (verdict !== 'allow') throw refusal(attributes, `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${reason}, <nil>`);
    }
  }
}

/** References that hold up a deletion and did not before. */
function newlyBlocking(owners: References, before: References): References {
  const blocked = new Set(before.filter(({ blockOwnerDeletion }) => blockOwnerDeletion === true).map(({ uid }) => uid));
  return owners.filter(({ blockOwnerDeletion, uid }) => blockOwnerDeletion === true && !blocked.has(uid));
}
