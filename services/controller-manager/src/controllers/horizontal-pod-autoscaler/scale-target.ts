import { errorMessage, isAbortError } from '@kubernode/base';
import type { ResourceRef } from '@kubernode/api';
import type { Reach } from '@kubernode/controller';
import type { Autoscaler, Scale, Target } from './autoscaler-snapshot.ts';
import type { ClusterResources } from './cluster-resources.ts';
import { responseFault } from './response-fault.ts';

/** Finds what an autoscaler scales, whatever kind it is, by the scale subresource of that. */
export async function findTarget({ metadata: { namespace = '' }, spec: { scaleTargetRef } }: Autoscaler, resources: ClusterResources, reach: Reach): Promise<Target> {
  const { apiVersion = '', kind, name } = scaleTargetRef;
  const parts = apiVersion.split('/');
  if (parts.length > 2) return { fault: `unexpected GroupVersion string: ${apiVersion}` };
  const group = parts.length === 2 ? parts[0] ?? '' : '';
  try {
    const resource = await resources.ofKind({ group, kind }, reach);
    return await readScale(resource, { namespace, name }, reach);
  } catch (error) {
    if (isAbortError(error) && reach.signal.aborted) throw error;
    return { fault: errorMessage(error) };
  }
}

export async function readScale(resource: ResourceRef, { namespace, name }: { namespace: string; name: string }, { client, signal }: Reach): Promise<Target> {
  const { group, version, resource: plural } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const path = `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}/${encodeURIComponent(name)}/scale`;
  const response = await client.request({ method: 'GET', path, accept: 'application/json', signal });
  if (response.status >= 400) return { fault: responseFault(response, { verb: 'get', resource: plural, group: '', name }) };
  return { scale: JSON.parse(response.body.toString('utf8')) as Scale, resource }; // a scale subresource answers with a Scale
}
