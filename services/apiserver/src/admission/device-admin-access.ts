import type { coreV1, resourceV1 } from '@kubernode/api';
import { forbiddenField, invalid, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';

type Namespace = coreV1.Namespace & KubeObject;

const ADMIN_LABEL = 'resource.kubernetes.io/admin-access';
const NAMESPACES = { group: '', resource: 'namespaces' };

/**
 * Whoever may see and use devices that others have is in a namespace that administrators have labelled for it. In Kubernetes this belongs to
 * the validation of claims and templates, which here looks at no other objects; so it is always on, and answers as validation does.
 */
export function deviceAdminAccess({ get }: Pick<AdmissionDependencies, 'get'>): AdmissionPlugin {
  return {
    name: 'DeviceAdminAccess',
    validate(attributes) {
      const path = attributes.group === 'resource.k8s.io' ? adminPath(attributes) : undefined;
      return path === undefined ? undefined : judge(attributes, path, get);
    },
  };
}

/** Always newest: a label that was taken away no longer allows anything. */
async function judge({ group, kind, name, object, namespace }: AdmissionAttributes, path: string, get: AdmissionDependencies['get']): Promise<void> {
  const found = await get(NAMESPACES, '', namespace) as Namespace | undefined; // of this kind
  if (found?.metadata.labels?.[ADMIN_LABEL] === 'true') return;
  const fault: FieldError = forbiddenField(path, `admin access to devices requires the \`${ADMIN_LABEL}: true\` label on the containing namespace`);
  throw invalid({ group, kind: kind.kind }, object?.metadata?.name ?? name, [fault]);
}

/** Where administrators' access is asked for anew; undefined: nowhere. Specs never change, nor do allocations. */
function adminPath({ operation, resource, subresource, object, oldObject }: AdmissionAttributes): string | undefined {
  if (resource === 'resourceclaims' && subresource === 'status') return resultPath(object as resourceV1.ResourceClaim | undefined, oldObject as resourceV1.ResourceClaim | undefined); // by the resource
  if (operation !== 'CREATE') return undefined;
  if (resource === 'resourceclaims') return requestPath((object as resourceV1.ResourceClaim | undefined)?.spec); // by the resource
  return resource === 'resourceclaimtemplates' ? requestPath((object as resourceV1.ResourceClaimTemplate | undefined)?.spec.spec) : undefined; // by the resource
}

/** The path is Kubernetes' own, also for templates and for requests that stand in `exactly`. */
function requestPath(spec: Readonly<resourceV1.ResourceClaimSpec> | undefined): string | undefined {
  const index = (spec?.devices?.requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess === true);
  return index < 0 ? undefined : `spec.devices.requests[${index}].adminAccess`;
}

function resultPath(claim: Readonly<resourceV1.ResourceClaim> | undefined, old: Readonly<resourceV1.ResourceClaim> | undefined): string | undefined {
  const indexIn = (one: typeof claim): number => (one?.status?.allocation?.devices?.results ?? []).findIndex(({ adminAccess }) => adminAccess === true);
  const index = indexIn(claim);
  return index < 0 || indexIn(old) >= 0 ? undefined : `status.allocation.devices.results[${index}].adminAccess`;
}
