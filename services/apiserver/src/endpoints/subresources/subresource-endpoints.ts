import type { ResolveResource, ServedResource } from '../../registry/served-resource.ts';
import type { ResourceEndpoint } from '../endpoint.ts';
import type { EndpointServices } from '../endpoint-services.ts';
import { bindingHandler } from './binding.ts';
import { evictionHandler } from './eviction.ts';
import type { NodeConnection } from './backend-location.ts';
import { podStreamEndpoints } from './pod-streams.ts';
import { proxyEndpoints } from './proxy-endpoints.ts';
import { scaleHandlers } from './scale.ts';

const SCALABLE = [['apps', 'deployments'], ['apps', 'replicasets'], ['apps', 'statefulsets'], ['', 'replicationcontrollers']] as const;

/** Subresources that are kinds of their own: scales, bindings, evictions, and what nodes answer. */
export function subresourceEndpoints({ resolve, services, nodes }: { resolve: ResolveResource; services: EndpointServices; nodes: NodeConnection }): ResourceEndpoint[] {
  const served = (group: string, version: string, resource: string): ServedResource => {
    const found = resolve(group, version, resource);
    if (found === undefined) throw new Error(`broken invariant: ${resource}.${group} is not served`);
    return found;
  };
  const pods = served('', 'v1', 'pods');
  const locations = { pods, nodes: served('', 'v1', 'nodes'), services: served('', 'v1', 'services'), endpoints: served('', 'v1', 'endpoints'), connection: nodes, rng: services.write.rng };
  const bind = bindingHandler(pods, services);
  return [
    ...SCALABLE.flatMap(([group, resource]) => Object.entries(scaleHandlers(served(group, 'v1', resource), services)).map(([verb, handle]) => ({ group, resource, subresource: 'scale', verb, handle }))),
    { group: '', resource: 'pods', subresource: 'binding', verb: 'create', handle: bind },
    { group: '', resource: 'bindings', subresource: '', verb: 'create', handle: bind },
    { group: '', resource: 'pods', subresource: 'eviction', verb: 'create', handle: evictionHandler(pods, served('policy', 'v1', 'poddisruptionbudgets'), services) },
    ...podStreamEndpoints({ ...locations, reasonAgainstCreate: services.reasonAgainstCreate, admission: services.write.admission }),
    ...proxyEndpoints(locations, services.write.admission),
  ];
}
