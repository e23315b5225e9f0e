import { parseApiVersion, type OwnerReference } from '@kubernode/apimachinery';
import { appsV1Resources, coreV1Resources, type coreV1 } from '@kubernode/api';
import { errorMessage, isAbortError } from '@kubernode/base';
import { controllerOf, type Listers, type Reach } from '@kubernode/controller';
import type { ClusterResources } from '../scale/cluster-resources.ts';
import { implementsScale, readScale } from '../scale/read-scale.ts';

type Pod = Readonly<coreV1.Pod>;

/** How many pods a workload wishes; or why that cannot be told. */
export type WorkloadScale = { uid: string; replicas: number } | { fault: string };

/** A workload of a kind of our own, from what is known here; undefined for one that has to be asked for. A Deployment speaks for its ReplicaSets. */
export function knownScale(owner: OwnerReference, namespace: string, listers: Listers): WorkloadScale | undefined {
  const key = `${namespace}/${owner.name}`;
  switch (`${parseApiVersion(owner.apiVersion).group} ${owner.kind}`) {
    case ' ReplicationController': return scaleOf(listers.of(coreV1Resources.replicationcontrollers).get(key), owner.uid);
    case 'apps StatefulSet': return scaleOf(listers.of(appsV1Resources.statefulsets).get(key), owner.uid);
    case 'apps ReplicaSet': {
      const set = listers.of(appsV1Resources.replicasets).get(key);
      const above = set?.metadata.uid === owner.uid ? set && controllerOf(set) : undefined;
      return above?.kind === 'Deployment' ? scaleOf(listers.of(appsV1Resources.deployments).get(`${namespace}/${above.name}`), above.uid) : scaleOf(set, owner.uid);
    }
    default: return undefined;
  }
}

interface Replicated { metadata: { uid?: string }; spec?: { replicas?: number } }

function scaleOf(workload: Readonly<Replicated> | undefined, uid: string): WorkloadScale | undefined {
  return workload?.metadata.uid === uid ? { uid, replicas: workload.spec?.replicas ?? 1 } : undefined;
}

/** The workloads of these pods, each once, by the uid of the pods' owner. One that cannot be told is the last: nothing can be told then. */
export async function askScales(pods: readonly Pod[], known: ReadonlyMap<string, WorkloadScale>, resources: ClusterResources, reach: Reach): Promise<ReadonlyMap<string, WorkloadScale>> {
  const scales = new Map(known);
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined || scales.has(owner.uid)) continue;
    const scale = await askScale(owner, pod, resources, reach);
    scales.set(owner.uid, scale);
    if ('fault' in scale) break;
  }
  return scales;
}

async function askScale(owner: OwnerReference, { metadata: { name: podName, namespace = '' } }: Pod, resources: ClusterResources, reach: Reach): Promise<WorkloadScale> {
  const nobody = { fault: `found no controllers for pod "${podName}"` };
  try {
    const resource = await resources.ofKind({ ...parseApiVersion(owner.apiVersion), kind: owner.kind }, reach);
    const answer = await readScale(resource, { namespace, name: owner.name }, reach);
    if ('scale' in answer) return answer.scale.metadata.uid === owner.uid ? { uid: owner.uid, replicas: answer.scale.spec?.replicas ?? 0 } : nobody;
    if (!answer.missing) return { fault: answer.fault };
    if (await implementsScale(resource, reach)) return nobody;
    return { fault: `${resource.resource}${resource.group === '' ? '' : `.${resource.group}`} does not implement the scale subresource` };
  } catch (error) {
    if (isAbortError(error) && reach.signal.aborted) throw error;
    return { fault: errorMessage(error) };
  }
}
