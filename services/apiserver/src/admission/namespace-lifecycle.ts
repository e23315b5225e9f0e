import { forbidden, notFound, StatusError, type KubeObject } from '@kubernode/apimachinery';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { refusal } from './refusal.ts';

const NAMESPACES = { group: '', resource: 'namespaces' };
/** May not be deleted: the cluster itself lives there. */
const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/** Nothing new in a namespace that is missing or going; namespaces that the cluster needs stay. */
export function namespaceLifecycle({ sources, get }: AdmissionDependencies): AdmissionPlugin {
  const namespaces = sources(NAMESPACES);
  const find = async (name: string): Promise<Readonly<KubeObject> | undefined> => namespaces.get('', name) ?? await get(NAMESPACES, '', name) as KubeObject | undefined; // what is stored there is one
  return {
    name: 'NamespaceLifecycle',
    admit: (attributes) => {
      if (attributes.operation !== 'CREATE' || isExempt(attributes)) return undefined;
      const known = namespaces.get('', attributes.namespace);
      if (known !== undefined && !isTerminating(known)) return undefined;
      return checkCreate(attributes, find);
    },
    validate: ({ operation, resource, group, subresource, name }) => {
      if (operation === 'DELETE' && resource === 'namespaces' && group === '' && subresource === '' && IMMORTAL.has(name)) throw forbidden(NAMESPACES, name, 'this namespace may not be deleted');
    },
  };
}

/** Cluster-scoped objects, and reviews that are never stored. */
function isExempt({ namespace, resource, group }: AdmissionAttributes): boolean {
  return namespace === '' || (resource === 'namespaces' && group === '') || (group === 'authorization.k8s.io' && resource === 'localsubjectaccessreviews');
}

function isTerminating({ metadata, status }: Readonly<KubeObject>): boolean {
  return metadata.deletionTimestamp !== undefined || (status as { phase?: string } | undefined)?.phase === 'Terminating'; // a namespace's status
}

async function checkCreate(attributes: AdmissionAttributes, find: (name: string) => Promise<Readonly<KubeObject> | undefined>): Promise<void> {
  const { namespace } = attributes;
  const found = await find(namespace);
  if (found === undefined) throw notFound(NAMESPACES, namespace);
  if (!isTerminating(found)) return;
  const { message, details } = refusal(attributes, `unable to create new content in namespace ${namespace} because it is being terminated`);
  throw new StatusError({ code: 403, reason: 'Forbidden', message, details: { ...details, causes: [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }] } });
}
