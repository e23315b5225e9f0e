import { errorMessage, isAbortError } from '@kubernode/base';
import type { Reach } from '@kubernode/controller';
import type { ClusterResources } from '../scale/cluster-resources.ts';
import { readScale } from '../scale/read-scale.ts';
import type { Autoscaler, Target } from './autoscaler-snapshot.ts';

/** Finds what an autoscaler scales, whatever kind it is, by the scale subresource of that. */
export async function findTarget({ metadata: { namespace = '' }, spec: { scaleTargetRef } }: Autoscaler, resources: ClusterResources, reach: Reach): Promise<Target> {
  const { apiVersion = '', kind, name } = scaleTargetRef;
  const parts = apiVersion.split('/');
  if (parts.length > 2) return { fault: `unexpected GroupVersion string: ${apiVersion}` };
  try {
    const resource = await resources.ofKind({ group: parts.length === 2 ? parts[0] ?? '' : '', kind }, reach);
    const answer = await readScale(resource, { namespace, name }, reach);
    return 'scale' in answer ? { scale: answer.scale, resource } : { fault: answer.fault };
  } catch (error) {
    if (isAbortError(error) && reach.signal.aborted) throw error;
    return { fault: errorMessage(error) };
  }
}
