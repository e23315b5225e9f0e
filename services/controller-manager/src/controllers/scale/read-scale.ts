import { formatApiVersion } from '@kubernode/apimachinery';
import type { autoscalingV1, ResourceRef } from '@kubernode/api';
import type { Reach } from '@kubernode/controller';
import { responseFault } from './response-fault.ts';

export type Scale = Readonly<autoscalingV1.Scale>;

/** `missing` tells that there is no such object, or that its kind has no scale. */
export type ScaleAnswer = { scale: Scale } | { fault: string; missing: boolean };

/** How many replicas an object has and should have, whatever its kind. */
export async function readScale(resource: ResourceRef, { namespace, name }: { namespace: string; name: string }, { client, signal }: Reach): Promise<ScaleAnswer> {
  const path = `${rootOf(resource)}/namespaces/${encodeURIComponent(namespace)}/${resource.resource}/${encodeURIComponent(name)}/scale`;
  const response = await client.request({ method: 'GET', path, accept: 'application/json', signal });
  if (response.status >= 400) return { missing: response.status === 404, fault: responseFault(response, { verb: 'get', resource: resource.resource, group: '', name }) };
  return { scale: JSON.parse(response.body.toString('utf8')) as Scale }; // a scale subresource answers with a Scale
}

/** Whether objects of a resource can be asked for their scale. */
export async function implementsScale(resource: ResourceRef, { client, signal }: Reach): Promise<boolean> {
  const { status, body } = await client.request({ method: 'GET', path: rootOf(resource), accept: 'application/json', signal });
  if (status >= 400) throw new Error(responseFault({ status, body }, { verb: 'get', resource: '', group: '' }));
  const { resources = [] } = JSON.parse(body.toString('utf8')) as { resources?: { name: string; kind: string }[] }; // an APIResourceList
  return resources.some(({ name, kind }) => name === `${resource.resource}/scale` && kind === 'Scale');
}

function rootOf(resource: ResourceRef): string { return resource.group === '' ? `/api/${resource.version}` : `/apis/${formatApiVersion(resource)}`; }
